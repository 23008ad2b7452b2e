"""Ranges as dependencies write them, and their one normal form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ninety.rules.ranges import parse_range


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("1.0", "[1.0.0, )"),
        (" 1.0 ", "[1.0.0, )"),
        ("1.0.0-BETA", "[1.0.0-BETA, )"),
        ("[1.0]", "[1.0.0, 1.0.0]"),
        ("(1.0,2.0]", "(1.0.0, 2.0.0]"),
        ("[1.0,2.0)", "[1.0.0, 2.0.0)"),
        ("[ 1.0 , 2.0 )", "[1.0.0, 2.0.0)"),
        ("(,1.0)", "(, 1.0.0)"),
        ("[,1.0]", "(, 1.0.0]"),
        ("[1.0,]", "[1.0.0, )"),
        ("(1.0,)", "(1.0.0, )"),
        ("(1.0,1.0)", "(1.0.0, 1.0.0)"),
        ("", "(, )"),
        ("   ", "(, )"),
        ("(, )", "(, )"),
        ("[ , ]", "(, )"),
        ("[1.0.0.0+a, 2]", "[1.0.0, 2.0.0]"),
    ],
)
def test_a_range_is_read_and_normalised(written, normal):
    assert str(parse_range(written)) == normal
    assert str(parse_range(normal)) == normal


@pytest.mark.parametrize(
    "written",
    [
        *("[", "]", "[]", "()", "(,)", "[,]", "(1.0)", "[1.0)", "(1.0]", "[1.0", "1.0]", "{1.0}"),
        *("[1,2,3]", "[2.0,1.0]", "[1.0,1.0)", "(1.0,1.0]", "1,2", "[x,y]", "[1.0;2.0]", "x"),
        *("*", "1.*", "1.0-*", "[1.*, 2)", "$version$", ">=1.0", "[[1.0]]", "\u00b2"),
    ],
)
def test_what_is_no_range_is_refused_by_name_on_one_ascii_line(written):
    with pytest.raises(ValueError, match=r"^'.+' (is|has|both) ") as refused:
        parse_range(written)
    assert str(refused.value).isascii()
    assert len(str(refused.value)) <= 200


@pytest.mark.parametrize(
    ("written", "semver2"),
    [
        ("1.0-a", False),
        ("1.0-a.1", True),
        ("[1.0,2.0-b.2]", True),
        ("[1.0,2.0)", False),
        ("", False),
    ],
)
def test_a_range_needs_semver_2_where_one_of_its_bounds_does(written, semver2):
    assert parse_range(written).is_semver2 is semver2


@given(st.text(alphabet="[](), .0123456789-+ab*", max_size=24) | st.text(max_size=24))
def test_any_text_is_a_range_with_a_fixed_normal_form_or_a_value_error(text):
    try:
        normal = str(parse_range(text))
    except ValueError as refused:
        sentence = str(refused)
        assert sentence.isascii()
    else:
        assert str(parse_range(normal)) == normal


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1.0", "1.0.0 or higher"),
        ("[1.0, )", "1.0.0 or higher"),
        ("[1.0]", "1.0.0"),
        ("(1.0, )", "(1.0.0, )"),
        ("[1.0, 2.0)", "[1.0.0, 2.0.0)"),
        ("(, 2.0]", "(, 2.0.0]"),
        ("", "any version"),
    ],
)
def test_the_commonest_ranges_are_said_in_words(written, said):
    assert parse_range(written).in_words == said
