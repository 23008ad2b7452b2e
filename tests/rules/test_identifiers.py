import pytest
from hypothesis import given
from hypothesis import strategies as st

from ninety.rules.errors import BadPackage
from ninety.rules.identifiers import check_id, key


@pytest.mark.parametrize(
    "text",
    ["A", "Acme.Core", "acme-core", "_", "_1.a", "A_b-C.d0", "3D", "x" * 100, "runtime.any.System"],
)
def test_an_id_of_ascii_words_between_single_dots_and_hyphens_is_taken(text):
    assert check_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "..", ".a", "a.", "a..b", "a.-b", "-a", "a-", "a b", " a", "a\n", "a/b", "a\\b"),
        *("$id$", "a+b", "a%2e", "a\x00", "x" * 101, "\u00c4cme", "\u0130d", "\u0410cme", "\uff21"),
        *("a\u200b", "../../etc/passwd", "a;b", "<id>", "a'b", 'a"b', "\ud800"),
    ],
)
def test_any_other_id_is_refused_by_name_on_one_ascii_line(text):
    with pytest.raises(BadPackage) as refused:
        check_id(text)
    sentence = str(refused.value)
    assert sentence.isascii()
    assert sentence.isprintable()
    assert len(sentence) <= 200


def test_a_refused_id_is_named():
    with pytest.raises(BadPackage, match=r"'a\.\.b' is not a package id"):
        check_id("a..b")
    with pytest.raises(BadPackage, match=r"'x{60}\.\.\.' has 101 characters; 100 are allowed"):
        check_id("x" * 101)


def test_ids_that_differ_in_case_only_have_one_key():
    assert key("Acme.Core") == key("ACME.core") == "acme.core"


@given(st.text(max_size=120))
def test_any_text_is_an_id_or_refused(text):
    try:
        taken = check_id(text)
    except BadPackage as refused:
        sentence = str(refused)
        assert sentence.isascii()
    else:
        assert taken == text
        assert taken.isascii()
