"""What may be said against a version, and in which form it is kept."""

import json

import pytest

from ninety.rules import deprecation
from ninety.rules.deprecation import LONGEST_MESSAGE, Deprecation
from ninety.rules.errors import FieldRefused


def test_reasons_are_kept_once_and_in_one_order() -> None:
    assert deprecation.checked(["Other", "Legacy", "Other"]) == Deprecation(
        reasons=("Legacy", "Other")
    )


@pytest.mark.parametrize("reasons", [[], ["legacy"], ["Legacy", "Dull"], [""]])
def test_there_is_a_reason_and_clients_know_it(reasons: list[str]) -> None:
    with pytest.raises(FieldRefused, match="at least one of the reasons") as refused:
        deprecation.checked(reasons)
    assert refused.value.field == "reasons"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Use Acme.Next.  \r\n", "Use Acme.Next."),
        ("One.\r\nTwo.\rThree.\nFour.", "One.\nTwo.\nThree.\nFour."),
        ("a\0b\x1b[31mc\x85d\ud800e\tf", "ab[31mcdef"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Änderung 変更 👩‍💻", "Änderung 変更 👩‍💻"),
        (" \r\n ", ""),
    ],
)
def test_a_message_is_text_without_what_cannot_be_shown(typed: str, kept: str) -> None:
    assert deprecation.checked(["Other"], typed).message == kept


def test_the_line_ends_of_browsers_do_not_count_twice() -> None:
    longest = ("x" * 99 + "\r\n") * 39 + "x" * 100
    assert len(deprecation.checked(["Other"], longest).message) == LONGEST_MESSAGE
    with pytest.raises(FieldRefused, match="4001 characters; 4000 are allowed") as refused:
        deprecation.checked(["Other"], "x" * 4001)
    assert refused.value.field == "message"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("", "*"),
        (" * ", "*"),
        ("2.0", "[2.0.0, )"),
        ("[2.0,3.0)", "[2.0.0, 3.0.0)"),
        ("(, 1.0]", "(, 1.0.0]"),
    ],
)
def test_an_alternative_has_any_version_or_a_range(written: str, kept: str) -> None:
    found = deprecation.checked(["Legacy"], "", " Acme.Next ", written)
    assert (found.alternative_id, found.alternative_range) == ("Acme.Next", kept)


@pytest.mark.parametrize(
    ("id", "versions", "field"),
    [
        ("Acme Next", "", "alternative_id"),
        ("../etc", "", "alternative_id"),
        ("A" * 101, "", "alternative_id"),
        ("", "2.0", "alternative_id"),
        ("Acme.Next", "2.*", "alternative_range"),
        ("Acme.Next", "soon", "alternative_range"),
        ("Acme.Next", "[2.0, 1.0]", "alternative_range"),
    ],
)
def test_an_alternative_that_cannot_be_is_refused_by_its_field(
    id: str, versions: str, field: str
) -> None:
    with pytest.raises(FieldRefused) as refused:
        deprecation.checked(["Legacy"], "", id, versions)
    assert refused.value.field == field


def test_a_deprecation_survives_json() -> None:
    found = deprecation.checked(["Legacy", "CriticalBugs"], "Old.\nVery.", "Acme.Next", "[2.0, )")
    assert Deprecation.from_json(json.loads(json.dumps(found.to_json()))) == found
