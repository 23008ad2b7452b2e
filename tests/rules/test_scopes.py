"""A glob speaks of whole ids, and a scope can be compared with another."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ninety.rules import scopes
from ninety.rules.errors import FieldRefused


@pytest.mark.parametrize(
    ("globs", "package_id", "covered"),
    [
        (["Acme.*"], "acme.core", True),
        (["Acme.*"], "ACME.Core.Json", True),
        (["Acme.*"], "Acme", False),
        (["Acme.*"], "Acmexyz", False),
        (["Acme.*"], "My.Acme.Core", False),
        (["Acme"], "acme", True),
        (["Acme"], "Acme.Core", False),
        (["*"], "Anything.At.All", True),
        (["*.Core"], "Acme.Core", True),
        (["Acme.*.Tests"], "Acme.Core.Tests", True),
        (["Acme.*.Tests"], "Acme.Tests", False),
        (["Acme.Core", "Other.*"], "Other.Thing", True),
        ([], "Acme.Core", False),
    ],
)
def test_a_glob_covers_whole_ids_whatever_their_case(globs, package_id, covered):
    assert scopes.covers(globs, package_id) is covered


def test_a_dot_is_a_dot():
    assert not scopes.covers(["Acme.Core"], "AcmeXCore")


@pytest.mark.parametrize(
    ("packages", "wider", "inside"),
    [
        (["Acme.Core"], ["Acme.*"], True),
        (["Acme.Core.*"], ["Acme.*"], True),
        (["Acme.*"], ["Acme.Core"], False),
        (["Acme.*"], ["*"], True),
        (["*"], ["Acme.*"], False),
        (["*"], ["*"], True),
        (["A*", "B*"], ["*"], True),
        (["Acme.*", "Other"], ["Acme.*"], False),
        (["ACME.*"], ["acme.*"], True),
        (["A*B"], ["A*"], True),
        (["A*"], ["A*B"], False),
    ],
)
def test_packages_are_within_others_or_not(packages, wider, inside):
    assert scopes.within(["push"], packages, ["push"], wider) is inside


def test_an_action_more_is_wider():
    every = scopes.EVERY_PACKAGE
    assert scopes.within(["read"], every, ["read", "push"], every)
    assert not scopes.within(["read", "unlist"], every, ["read", "push"], every)


GLOBS = st.text("ab.*", min_size=1, max_size=6)


@given(GLOBS, GLOBS, st.text("ab.", min_size=1, max_size=6))
def test_what_is_within_covers_nothing_more(inner, outer, package_id):
    if scopes.within(["push"], [inner], ["push"], [outer]) and scopes.covers([inner], package_id):
        assert scopes.covers([outer], package_id)


@given(GLOBS, st.text("ab.", min_size=1, max_size=8))
def test_a_glob_is_its_regular_expression(glob, package_id):
    expected = re.fullmatch(re.escape(glob).replace(r"\*", ".*"), package_id) is not None
    assert scopes.covers([glob], package_id) is expected


def test_actions_are_kept_once_and_in_order():
    assert scopes.check_actions(["read", "push", "read"]) == ("push", "read")


@pytest.mark.parametrize("chosen", [[], ["fly"], ["push", ""]])
def test_no_action_and_unknown_ones_are_refused(chosen):
    with pytest.raises(FieldRefused) as refused:
        scopes.check_actions(chosen)
    assert refused.value.field == "actions"


def test_packages_are_kept_once_as_they_were_written():
    assert scopes.check_packages([" Acme.* ", "acme.*", "", "Other"]) == ("Acme.*", "Other")


@pytest.mark.parametrize(
    "globs", [[], ["", " "], ["Acme Core"], ["a/b"], ["ключ"], ["a" * 101], ["[a]"]]
)
def test_no_package_and_what_is_no_id_are_refused(globs):
    with pytest.raises(FieldRefused) as refused:
        scopes.check_packages(globs)
    assert refused.value.field == "packages"


def test_a_list_without_end_is_refused():
    with pytest.raises(FieldRefused):
        scopes.check_packages([f"Acme{number}" for number in range(51)])


def test_stars_in_a_row_are_quickly_matched():
    assert scopes.covers(["*" * 100], "a" * 100)
    assert not scopes.covers(["*a" * 50], "b" * 100)


@pytest.mark.parametrize(
    ("actions", "packages", "said"),
    [
        (scopes.ACTIONS, ["*"], "push, unlist and relist, read · all packages"),
        (["push", "push-version", "read"], ["Acme.*", "Other"], "push, read · Acme.*, Other"),
        (["push-version"], ["Acme.*"], "push new versions · Acme.*"),
        (["push"], ["*"], "push new packages · all packages"),
        (["read"], ["*"], "read"),
    ],
)
def test_a_scope_is_said_in_a_few_words(actions, packages, said):
    assert scopes.said(actions, packages) == said


@pytest.mark.parametrize(
    ("action", "package_id", "limit"),
    [
        ("push-version", "Acme.Core", ""),
        ("read", "", ""),
        ("push", "Acme.Core", "may not push new packages, and Acme.Core is new here"),
        ("unlist", "Acme.Core", "may not unlist or relist"),
        ("push-version", "Other", "may push only Acme.*; this package is Other"),
    ],
)
def test_a_limit_says_which_it_is(action, package_id, limit):
    assert scopes.limit(["push-version", "read"], ["Acme.*"], action, package_id) == limit


@pytest.mark.parametrize(
    ("actions", "stops"),
    [
        (["read"], "restores"),
        (["push"], "pushes"),
        (["push-version", "read"], "pushes and restores"),
        (["unlist"], "unlisting"),
        (scopes.ACTIONS, "pushes, unlisting and restores"),
    ],
)
def test_what_stops_with_a_key_is_what_it_may(actions, stops):
    assert scopes.what_stops(actions) == stops


def test_a_key_that_only_reads_is_told_from_the_rest():
    assert scopes.only_reads(["read"])
    assert not scopes.only_reads(["read", "push"])
    assert not scopes.only_reads([])
