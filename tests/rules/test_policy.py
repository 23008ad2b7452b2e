"""What keys must keep to: the environment first, numbers that make sense together, words."""

import pytest

from ninety.rules import policy, scopes
from ninety.rules.errors import FieldRefused
from ninety.rules.policy import BOUNDS, USUAL, Policy


def test_what_the_environment_fixes_comes_before_what_was_entered():
    in_force = policy.in_force(
        {"revision": 3, "key_max_days": 60, "key_days": 45, "key_actions": ["read"]},
        {"key_max_days": 50},
    )
    assert in_force == Policy(key_max_days=50, key_days=45, key_actions=("read",))


def test_days_and_window_that_were_entered_give_way_to_a_maximum_that_is_lower():
    in_force = policy.in_force({"key_days": 90, "warn_days": 30}, {"key_max_days": 7})
    assert (in_force.key_days, in_force.warn_days) == (7, 6)
    assert policy.in_force({}, {"key_max_days": 1}).warn_days == 1


@pytest.mark.parametrize("name", BOUNDS)
def test_a_number_outside_its_bounds_is_refused_by_its_name(name):
    least, most = BOUNDS[name]
    assert policy.check_number(name, f" {least} ") == least
    assert policy.check_number(name, str(most)) == most
    for typed in (str(least - 1), str(most + 1), "", "ten", "1.5", "１０", "0x1", "9" * 5000):
        with pytest.raises(FieldRefused) as refused:
            policy.check_number(name, typed)
        assert refused.value.field == name


@pytest.mark.parametrize(
    ("chosen", "fixed", "field"),
    [
        (Policy(key_days=91), (), "key_days"),
        (Policy(key_max_days=30), ("key_days",), "key_max_days"),
        (Policy(warn_days=90), (), "warn_days"),
        (Policy(key_days=10, key_max_days=10), ("warn_days",), "key_max_days"),
        (Policy(key_days=1, key_max_days=1, warn_days=2), (), "warn_days"),
    ],
)
def test_numbers_that_do_not_fit_are_refused_where_they_can_be_changed(chosen, fixed, field):
    with pytest.raises(FieldRefused) as refused:
        policy.check(chosen, fixed)
    assert refused.value.field == field


def test_the_usual_policy_and_the_tightest_make_sense():
    tightest = Policy(
        key_days=1,
        key_max_days=1,
        read_key_max_days=1,
        warn_days=1,
        keys_per_person=1,
        key_actions=("read",),
        overlap_max_hours=0,
    )
    for one in (USUAL, tightest):
        assert policy.check(one) is one


def test_a_key_that_only_reads_has_a_maximum_of_its_own():
    assert USUAL.max_days(["read"]) == 365
    assert USUAL.max_days(["push", "read"]) == 90


def test_a_new_key_may_do_what_is_usual_and_allowed():
    assert USUAL.usual_actions == scopes.DEFAULT_ACTIONS
    assert Policy(key_actions=("push-version", "unlist")).usual_actions == ("push-version",)
    assert Policy(key_actions=("unlist",)).usual_actions == ("unlist",)


def test_an_action_that_no_key_may_have_is_chosen_by_none_that_has_it_not_already():
    strict = Policy(key_actions=("push-version", "read"))
    with pytest.raises(FieldRefused, match="lets no key push new packages or unlist and relist"):
        policy.check_actions(["unlist", "push", "read"], strict)
    assert policy.check_actions(["read", "push"], strict, already=["push"]) == ("push", "read")


def test_some_action_is_always_allowed():
    assert policy.check_allowed(["read", "push"]) == ("push", "read")
    for chosen in ([], ["delete"], ["read", "delete"]):
        with pytest.raises(FieldRefused) as refused:
            policy.check_allowed(chosen)
        assert refused.value.field == "key_actions"


def test_a_limit_names_the_policy():
    strict = Policy(key_actions=("push-version", "read"))
    assert policy.limit("read", strict) == ""
    assert policy.limit("push", strict) == (
        "may not push new packages: this feed's policy lets no key do that now"
    )


def test_a_change_is_told_in_words():
    after = Policy(key_max_days=30, key_days=30, key_actions=("read",), overlap_max_hours=24)
    assert policy.changes(USUAL, after) == (
        "offered lifetime 90 to 30 days; longest lifetime 90 to 30 days; "
        "allowed actions push, push-version, unlist, read to read; longest overlap 168 to 24 hours"
    )
    assert policy.changes(USUAL, USUAL) == ""
