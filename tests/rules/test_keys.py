"""What a key may be called, and how long it may live."""

import pytest

from ninety.rules import keys
from ninety.rules.errors import FieldRefused


@pytest.mark.parametrize("name", ["ci", "Schlüssel", "鍵", "build server 3", "a" * 64, "🔑"])
def test_a_name_is_any_letters_on_one_line(name):
    assert keys.check_name(f"  {name} ") == name


@pytest.mark.parametrize(
    "name", ["", "   ", "a" * 65, "two\nlines", "carriage\rreturn", "nul\0", "\u202eright to left"]
)
def test_a_name_that_would_break_a_header_or_a_page_is_refused(name):
    with pytest.raises(FieldRefused) as refused:
        keys.check_name(name)
    assert refused.value.field == "name"


def test_names_differ_by_more_than_letter_case_and_width():
    assert keys.name_identity("CI") == keys.name_identity("ｃｉ")
    assert keys.name_identity("ci") != keys.name_identity("ci2")


@pytest.mark.parametrize(("text", "days"), [("1", 1), ("90", 90), (" 30 ", 30), (7, 7)])
def test_a_lifetime_is_whole_days(text, days):
    assert keys.check_days(text, 90) == days


@pytest.mark.parametrize("text", ["", "0", "91", "-1", "1.5", "ten", "１０", "9" * 30, 0, 91])
def test_any_other_lifetime_is_refused(text):
    with pytest.raises(FieldRefused) as refused:
        keys.check_days(text, 90)
    assert refused.value.field == "days"
