"""Instants are whole seconds in UTC, and text in one form at rest."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ninety.rules import instants

AFTERNOON = datetime(2027, 2, 21, 14, 4, tzinfo=UTC)
BERLIN_IN_WINTER = timezone(timedelta(hours=1))


def test_an_instant_is_a_whole_second_in_utc():
    there = datetime(2027, 2, 21, 15, 4, 0, 999_999, tzinfo=BERLIN_IN_WINTER)
    assert instants.whole(there) == AFTERNOON
    assert instants.whole(there).tzinfo is UTC
    with pytest.raises(ValueError, match="time zone"):
        instants.whole(AFTERNOON.replace(tzinfo=None))


def test_what_is_written_is_read_again():
    assert instants.text(AFTERNOON) == "2027-02-21T14:04:00Z"
    assert instants.parse("2027-02-21T14:04:00Z") == AFTERNOON
    assert instants.parse("2027-02-21T14:04:00Z").utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "2027-02-21",
        "2027-02-21T14:04:00",
        "2027-02-21 14:04:00Z",
        "2027-02-21T14:04:00+00:00",
        "2027-02-21T14:04:00.5Z",
        "20270221T140400.1234",
        "2027-W07-7T14:04:00Z",
        "2027-02-30T14:04:00Z",
        "2027-02-21T24:04:00Z",
        "2027-02-21T14:04:0xZ",
    ],
)
def test_any_other_form_is_refused(stored):
    with pytest.raises(ValueError, match=r"stored|isoformat|range|0\.\.23"):
        instants.parse(stored)
