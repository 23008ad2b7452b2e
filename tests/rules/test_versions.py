"""NuGet's own cases first, then properties that hold for every version."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ninety.rules.versions import LARGEST, Version, parse

READ = [
    # written, normalised, with metadata
    ("2", "2.0.0", "2.0.0"),
    ("2.0", "2.0.0", "2.0.0"),
    ("2.0.0.0", "2.0.0", "2.0.0"),
    ("1.022", "1.22.0", "1.22.0"),
    ("1.0.0009.01-1.1+A", "1.0.9.1-1.1", "1.0.9.1-1.1+A"),
    ("1.3.42.10133", "1.3.42.10133", "1.3.42.10133"),
    ("3.4.0.3-RC-3", "3.4.0.3-RC-3", "3.4.0.3-RC-3"),
    ("2.3-alpha", "2.3.0-alpha", "2.3.0-alpha"),
    ("1.0+A", "1.0.0", "1.0.0+A"),
    ("1.0-1.1+B.B", "1.0.0-1.1", "1.0.0-1.1+B.B"),
    ("1.2-Pre", "1.2.0-Pre", "1.2.0-Pre"),
    ("  1.022-Beta", "1.22.0-Beta", "1.22.0-Beta"),
    ("19   .19   ", "19.19.0", "19.19.0"),
    ("   19.   19.   19", "19.19.19", "19.19.19"),
    ("01.1.1.1", "1.1.1.1", "1.1.1.1"),
    ("1.2.3-X.yZ.3.234+META", "1.2.3-X.yZ.3.234", "1.2.3-X.yZ.3.234+META"),
    ("1.2.3-0", "1.2.3-0", "1.2.3-0"),
    ("1.2.3+0", "1.2.3", "1.2.3+0"),
    ("0.1.2-02A", "0.1.2-02A", "0.1.2-02A"),
    ("0.1.2--B-C-", "0.1.2--B-C-", "0.1.2--B-C-"),
    ("2147483647.1.1.1", "2147483647.1.1.1", "2147483647.1.1.1"),
    ("1.2.3+a-b", "1.2.3", "1.2.3+a-b"),
    ("1.2.3+00.01", "1.2.3", "1.2.3+00.01"),
    ("0" * 5000 + "1.2.3", "1.2.3", "1.2.3"),
]

NO_VERSION = [
    *("0.1.2-02", "1.2.3.Beta", "1beta", "1.34.2Alpha", "1.4.7-", "1.4.7-*", "1.4.7+*"),
    *("1.4.7-A^A", "1.2147483648", "1..2", "1.", "1.1.", "-1.1.1.1", "1.-1.1", "1.2.3.4.5"),
    *("1 9", "1. .1", "", "  ", "1.2.3-00", "1.2.3-A.00.B", "1.2.3-A..B", "0.1.2-a&444"),
    *("0.1.2-alp=ha", "1.2.3-a$b", "1.2.3+", "1.2.3+a+b", "1.2.3 -a b", "1.2.3- a", "v1.0", "1,0"),
    *("\uff11.0", "1.\u00b2", "\u0661.0", "1.0-\u00df", "1.0+\u00e9", "1.0\x00", "\u00a01.0"),
    *("9" * 5000, "1.0-\n", "1\n.\n\n2-a\n.b", "$version$", "*", "1.*"),
]

IN_ORDER = [
    "0.0.0-0",
    "0.0.0",
    "0.1.2--",
    "0.1.2--B-C-",
    "0.1.2-02A",
    "0.1.2",
    "1.0.0-0",
    "1.0.0-1",
    "1.0.0-1.1",
    "1.0.0-2",
    "1.0.0-10",
    "1.0.0-2147483647",
    "1.0.0--1",
    "1.0.0-10000000000",  # above 32 bits: text, after every number
    "1.0.0-2147483648",
    "1.0.0-9999999999",
    "1.0.0-a",
    "1.0.0-a.0",
    "1.0.0-a.a",
    "1.0.0-a-",
    "1.0.0-a0",
    "1.0.0-alpha.5.77.0",
    "1.0.0-alpha.5.79.0",
    "1.0.0-alpha.5.790.0",
    "1.0.0-BETA",
    "1.0.0-beta.1",
    "1.0.0-beta11",
    "1.0.0-beta2",
    "1.0.0+aa",
    "1.0.0.1-1.2.A",
    "1.0.0.1-1.2.a.A",
    "1.0.0.1",
    "1.0.1",
    "1.01-RC-1",
    "1.01",
    "1.2-preview",
    "1.4.5.6",
    "1.4.5.60",
    "1.10.0-rc-2",
    "1.10",
    "1.23",
    "1.45.6",
    "1.231",
    "1.999.9999",
    "2.1.1",
    "2147483647.1.1.1",
]

ONE_VERSION = [
    ("1.0", "1.0.0.0"),
    ("1.0.01", "1.0.1.0"),
    ("1.0.0.1-1.2.A", "1.0.0.1-1.2.a+A"),
    ("1.0.0-BETA", "1.0.0-beta"),
    ("1.0.0", "1.0.0+beta"),
    ("1.0.0.0+beta.2", "1.0.0.0+beta.1"),
]


@pytest.mark.parametrize(("written", "normal", "full"), READ)
def test_a_version_is_read_and_normalised(written, normal, full):
    version = parse(written)
    assert (str(version), version.full, version.key) == (normal, full, normal.lower())


@pytest.mark.parametrize("written", NO_VERSION)
def test_what_is_no_version_is_refused_by_name_on_one_ascii_line(written):
    with pytest.raises(ValueError, match=r"^'.*' (is not a version|has a number above)") as refused:
        parse(written)
    sentence = str(refused.value)
    assert sentence.isascii()
    assert sentence.isprintable()
    assert len(sentence) <= 200


@pytest.mark.parametrize(("lesser", "greater"), [*combinations(IN_ORDER, 2)])
def test_versions_order(lesser, greater):
    assert parse(lesser) < parse(greater)
    assert parse(greater) > parse(lesser)
    assert parse(lesser) != parse(greater)
    assert parse(lesser).sort_key.encode() < parse(greater).sort_key.encode()


@pytest.mark.parametrize(("one", "other"), ONE_VERSION)
def test_versions_that_differ_in_zeros_case_or_metadata_are_one(one, other):
    assert parse(one) == parse(other)
    assert hash(parse(one)) == hash(parse(other))
    assert parse(one).key == parse(other).key
    assert parse(one).sort_key == parse(other).sort_key


@pytest.mark.parametrize(
    ("written", "semver2"),
    [
        ("1.0.0-beta", False),
        ("1.0.0-beta.1", True),
        ("1.0.0+a", True),
        ("1.0.0.1-a", False),
        ("1.0.0-a-b", False),
        ("1.0.0", False),
    ],
)
def test_a_dotted_label_or_metadata_needs_semver_2(written, semver2):
    assert parse(written).is_semver2 is semver2


def test_only_labels_make_a_prerelease():
    assert parse("1.0.0-a").is_prerelease
    assert not parse("1.0.0+a").is_prerelease


def test_a_version_is_not_equal_to_its_text():
    assert parse("1.0.0") != "1.0.0"


numbers = st.integers(0, LARGEST) | st.integers(0, 12)
labels = (
    st.from_regex(r"[0-9A-Za-z-]{1,4}", fullmatch=True) | st.integers(0, 10**11).map(str)
).filter(lambda label: not (label.isdigit() and len(label) > 1 and label[0] == "0"))
versions = st.builds(
    Version,
    st.tuples(numbers, numbers, numbers, numbers),
    st.lists(labels, max_size=4).map(tuple),
    st.from_regex(r"([0-9A-Za-z-]{1,3}(\.[0-9A-Za-z-]{1,3})?)?", fullmatch=True),
)


def by_the_book(version):
    """SemVer 2.0.0 §11 with NuGet's fourth number, written as a tuple to compare."""

    def rank(label):
        if label.isdigit() and int(label) <= LARGEST:
            return (0, int(label), "")
        return (1, 0, label.upper())

    return (version.numbers, not version.labels, [rank(label) for label in version.labels])


@given(versions)
def test_writing_and_reading_back_gives_the_same_version(version):
    again = parse(version.full)
    assert (again, again.full) == (version, version.full)
    assert parse(version.key) == version


@given(versions)
def test_the_normal_form_is_its_own_normal_form(version):
    assert str(parse(str(version))) == str(version)
    assert parse(version.key).key == version.key


@given(versions, versions)
def test_the_order_is_that_of_the_book_and_so_is_the_sort_key(one, other):
    expected = by_the_book(one) < by_the_book(other)
    assert (one < other) is expected
    assert (one.sort_key.encode() < other.sort_key.encode()) is expected
    assert (one == other) is (by_the_book(one) == by_the_book(other))
    assert (one == other) is (one.key == other.key)
    assert [one < other, one == other, one > other].count(True) == 1


@given(st.text(max_size=80))
def test_any_text_is_a_version_or_a_value_error(text):
    try:
        version = parse(text)
    except ValueError as refused:
        sentence = str(refused)
        assert sentence.isascii()
    else:
        assert parse(version.full).full == version.full
