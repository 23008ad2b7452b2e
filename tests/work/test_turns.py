"""Turns for each address, within bounds of time and memory."""

from datetime import timedelta

import pytest

from ninety.rules.errors import TooManyReports
from ninety.work.turns import Turns
from parts.hand_clock import HandClock

PERIOD = timedelta(minutes=15)


def turns(remembered: int = 100) -> Turns:
    return Turns(3, PERIOD, TooManyReports, remembered)


def taken(given: Turns, name: str, clock: HandClock) -> int:
    """How many turns `name` gets before it has to wait."""
    for count in range(10):
        try:
            given.take(name, clock())
        except TooManyReports:
            return count
    return 10


def test_each_address_has_its_own_turns(clock):
    given = turns()
    assert taken(given, "10.0.0.1", clock) == 3
    assert taken(given, "10.0.0.2", clock) == 3


def test_whoever_took_theirs_is_told_how_long_to_wait(clock):
    given = turns()
    for _turn in range(3):
        given.take("10.0.0.1", clock())
        clock.advance(minutes=4)
    with pytest.raises(TooManyReports) as refused:
        given.take("10.0.0.1", clock())
    assert refused.value.retry_seconds == 3 * 60
    clock.advance(minutes=3)
    assert taken(given, "10.0.0.1", clock) == 1


def test_waiting_in_vain_does_not_make_it_longer(clock):
    given = turns()
    taken(given, "10.0.0.1", clock)
    clock.advance(minutes=14)
    assert taken(given, "10.0.0.1", clock) == 0
    clock.advance(minutes=1)
    assert taken(given, "10.0.0.1", clock) == 3


def test_invented_addresses_fill_no_memory(clock):
    given = turns(remembered=10)
    for number in range(1000):
        given.take(f"10.0.{number // 250}.{number % 250}", clock())
    assert len(given._taken) == 10


def test_a_clock_set_back_keeps_nobody_waiting(clock):
    given = turns()
    taken(given, "10.0.0.1", clock)
    clock.advance(days=-1)
    assert taken(given, "10.0.0.1", clock) == 3
