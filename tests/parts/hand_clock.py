"""A clock that only moves when it is told to."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)


class HandClock:
    """Called, it tells the time; `advance` and `move_to` wind it."""

    def __init__(self, start: datetime = START) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **much: float) -> datetime:
        """Move on by a timedelta's `days`, `hours`, `minutes`, `seconds`; the new time."""
        self.now += timedelta(**much)
        return self.now

    def move_to(self, instant: datetime) -> datetime:
        """Make it `instant`."""
        self.now = instant
        return self.now
