"""Ends are drawn evenly from a span, once for a key, and never later than it had."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from ninety.rules import spreading
from ninety.rules.keys import NO_END, ApiKey
from ninety.rules.spreading import Week
from parts.hand_clock import START

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
NEARLY_ONE = 1 - 2**-53

LONG = ApiKey(
    id="k3v9w2xq7d",
    owner="aliceofnot",
    name="ci",
    prefix="n90_k3v9w2xq7d",
    digest="sha256:",
    made_at=START,
    issued_at=START,
    expires_at=START + 365 * DAY,
)


def drawing(number: float):
    """A draw that always gives `number`."""
    return lambda: number


def ends(key: ApiKey, *, longest: int = 90, now=START, draw: float = 0.5):
    """When the key ends once it was spread; None where it keeps its end."""
    changed = spreading.spread(key, longest * DAY, now, drawing(draw))
    return None if changed is None else changed.expires_at


@pytest.mark.parametrize(
    ("draw", "after"), [(0, 90 * DAY), (0.5, 100 * DAY), (NEARLY_ONE, 110 * DAY)]
)
def test_a_key_without_an_end_gets_one_90_to_110_days_ahead(draw, after):
    now = START + 1000 * DAY
    endless = replace(LONG, expires_at=NO_END)
    given = spreading.spread(endless, 30 * DAY, now, drawing(draw))
    assert (given.expires_at, given.spread_at) == (now + after, now)


def test_an_end_is_a_whole_second():
    late = START + timedelta(microseconds=999_999)
    for draw in (0, 0.123456, NEARLY_ONE):
        assert spreading.arriving_end(late, drawing(draw)).microsecond == 0


@pytest.mark.parametrize(
    ("draw", "after"), [(0, 90 * DAY), (0.5, 99.9 * DAY), (NEARLY_ONE, 109.8 * DAY)]
)
def test_a_key_beyond_a_lowered_maximum_ends_within_122_percent_of_it(draw, after):
    now = START + 100 * DAY
    assert ends(LONG, now=now, draw=draw) == now + after


def test_no_key_ends_later_than_it_would_have():
    now = START + 265 * DAY
    assert now + 90 * DAY < LONG.expires_at < now + 109.8 * DAY
    assert ends(LONG, now=now, draw=NEARLY_ONE) == LONG.expires_at
    assert ends(LONG, now=now, draw=0) == now + 90 * DAY


@pytest.mark.parametrize(
    "key",
    [
        replace(LONG, expires_at=START + 90 * DAY),
        replace(LONG, spread_at=START - DAY),
        replace(LONG, revoked_at=START - DAY),
        replace(LONG, retires_at=START + 7 * DAY),
        replace(LONG, issued_at=START - 365 * DAY, expires_at=START),
        replace(LONG, issued_at=START - 275 * DAY, expires_at=START + 90 * DAY),
        replace(LONG, expires_at=NO_END, revoked_at=START - DAY),
        replace(LONG, expires_at=NO_END, retires_at=START),
    ],
    ids=[
        "within the maximum",
        "spread before",
        "revoked",
        "stops soon anyway",
        "ended",
        "ends within the maximum anyway",
        "revoked, without an end",
        "retired, without an end",
    ],
)
def test_everything_else_is_left_alone(key):
    assert ends(key) is None


def test_a_key_that_was_spread_is_not_spread_again():
    for key in (LONG, replace(LONG, expires_at=NO_END)):
        once = spreading.spread(key, 90 * DAY, START, drawing(0.9))
        assert once.spread_at == START
        for longest, now in ((90, START), (30, START), (90, START + 7 * DAY)):
            assert ends(once, longest=longest, now=now) is None


def test_keys_of_all_kinds_run_weekly_for_a_year_are_moved_once_and_never_later():
    draw = Random(90).random
    lives = Random(7)
    keys = {
        number: replace(
            LONG,
            issued_at=START - lives.randrange(300) * DAY,
            expires_at=NO_END if number % 10 == 0 else START + lives.randrange(1, 700) * DAY,
        )
        for number in range(500)
    }
    moved: dict[int, int] = {}
    for week in range(53):
        now = START + week * 7 * DAY
        longest = (365 if week < 5 else 90 if week < 20 else 30) * DAY
        for number, key in keys.items():
            changed = spreading.spread(key, longest, now, draw)
            if changed is None:
                continue
            moved[number] = moved.get(number, 0) + 1
            assert changed.expires_at <= key.expires_at
            assert now < changed.expires_at
            keys[number] = changed
    assert set(moved.values()) == {1}
    assert set(range(0, 500, 10)) < set(moved)
    assert not any(key.endless for key in keys.values())


def test_weeks_begin_on_mondays_and_empty_ones_are_counted_too():
    monday = START  # 23 November 2026
    found = spreading.by_week(
        [monday + 13 * DAY, monday - DAY, monday, monday + 6 * DAY, monday + 21 * DAY]
    )
    assert found == [
        Week(date(2026, 11, 16), 1),
        Week(date(2026, 11, 23), 2),
        Week(date(2026, 11, 30), 1),
        Week(date(2026, 12, 7), 0),
        Week(date(2026, 12, 14), 1),
    ]
    assert spreading.by_week([]) == []


def test_a_key_is_beyond_a_maximum_until_it_was_spread_or_is_over():
    assert spreading.is_beyond(LONG, 364 * DAY, START)
    assert not spreading.is_beyond(LONG, 365 * DAY, START)
    assert not spreading.is_beyond(replace(LONG, spread_at=START), 30 * DAY, START)
    assert not spreading.is_beyond(LONG, 30 * DAY, START + 365 * DAY)
