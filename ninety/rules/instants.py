"""Instants as data: aware UTC in memory, ISO 8601 text with `Z` at rest.

Everything Ninety stores or compares is a whole second: a date on a page, in a
mail and in a header must be the same date, and text in one fixed form sorts as
the instants do.
"""

from datetime import UTC, datetime

FORM = "%Y-%m-%dT%H:%M:%SZ"


def whole(instant: datetime) -> datetime:
    """`instant` in UTC without its fraction of a second; naive input is a ValueError."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC).replace(microsecond=0)


def text(instant: datetime) -> str:
    """`2027-02-21T14:04:00Z`: the stored form (ISO 8601, RFC 3339), in whole seconds."""
    return whole(instant).strftime(FORM)


def parse(stored: str) -> datetime:
    """The instant that `text` wrote; anything else is a ValueError."""
    # Much quicker than `strptime`, but it reads more forms than ours: thousands of keys are read.
    if len(stored) != len("2027-02-21T14:04:00Z") or stored[4::3] != "--T::Z":
        raise ValueError(f"{stored!r} is not an instant as it is stored")
    return datetime.fromisoformat(stored)
