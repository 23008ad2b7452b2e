"""Passwords that are easily guessed are refused with the reason in words."""

import pytest

from ninety.rules.errors import FieldRefused
from ninety.work.password_strength import refuse_weak


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("1234567890", "This is a top-100 common password"),
        ("password123", "This is a very common password"),
        ("aaaaaaaaaaaa", 'Repeats like "aaa" are easy to guess'),
        ("abcdefghijk", "Sequences like abc or 6543 are easy to guess"),
        ("zxcvbnm,./", "Straight rows of keys are easy to guess"),
        ("hunter2hunter2", 'Repeats like "abcabcabc" are only slightly harder to guess than "abc"'),
        ("alice@example.org", "This is easy to guess"),
        ("aliceliddell", "This is easy to guess"),
    ],
)
def test_what_is_easily_guessed_is_refused_with_the_reason(password, why):
    with pytest.raises(FieldRefused, match=f"^{why}; add another word or two$") as refused:
        refuse_weak(password, ["alice@example.org", "Alice Liddell"])
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    "password",
    [
        "a horse of course",
        "correct horse battery",
        "Ein Pferd, natürlich",
        "ein 🐎 namens Hans",
    ],
)
def test_a_few_words_are_good(password):
    refuse_weak(password, ["alice@example.org"])


def test_only_a_beginning_is_judged_so_that_a_long_password_costs_little():
    refuse_weak("4@8({[</369&#!1/|0$5+7%2" * 40, [])
    with pytest.raises(FieldRefused):
        refuse_weak("a" * 1000, [])
