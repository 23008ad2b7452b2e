"""Ends for keys that arrive without one, and nearer ends where the maximum was lowered.

Keys that arrive together would end together, and everybody would renew on one
day. So each end is drawn evenly from a span of some weeks, in whole seconds, and
each key is given one once. A draw is a number from 0 up to but not including 1.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ninety.rules import instants
from ninety.rules.keys import ApiKey

Draw = Callable[[], float]

ARRIVING = (timedelta(days=90), timedelta(days=110))
# The same proportion, for the keys of an installation whose maximum was lowered.
STRETCH = 1.22


@dataclass(frozen=True, slots=True)
class Week:
    """How many keys end in the seven days from the Monday `begins`, in UTC."""

    begins: date
    keys: int


def arriving_end(now: datetime, draw: Draw) -> datetime:
    """The end of a key that came without one: 90 to 110 days after `now`."""
    soonest, latest = ARRIVING
    return _drawn(now + soonest, now + latest, draw)


def spread(key: ApiKey, longest: timedelta, now: datetime, draw: Draw) -> ApiKey | None:
    """The key with the end it is to have, or None where it keeps the one it has.

    A key without an end gets one. A living key that was made to live longer than
    `longest`, the present maximum, and still has more than that before it, ends
    1.0 to 1.22 times the maximum after `now` and never later than it would have.
    Neither happens twice to a key, nor at all to one that is over.
    """
    if key.endless:
        fitting = key.revoked_at is None and not key.retired(now)
        return _given(key, arriving_end(now, draw), now) if fitting else None
    soonest = now + longest
    if not is_beyond(key, longest, now) or key.stops_at <= soonest:
        return None
    latest = min(key.expires_at, now + longest * STRETCH)
    return _given(key, _drawn(soonest, latest, draw), now)


def is_beyond(key: ApiKey, longest: timedelta, now: datetime) -> bool:
    """Whether a living key was made to live longer than `longest`, and kept the end it had."""
    return key.alive(now) and key.spread_at is None and key.lifetime > longest


def by_week(ends: Iterable[datetime]) -> list[Week]:
    """How many of `ends` fall into each week, from the first week to the last, empty ones too."""
    counts: dict[date, int] = {}
    for end in ends:
        monday = end.date() - timedelta(days=end.weekday())
        counts[monday] = counts.get(monday, 0) + 1
    if not counts:
        return []
    first, last = min(counts), max(counts)
    weeks = (first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1))
    return [Week(monday, counts.get(monday, 0)) for monday in weeks]


def _given(key: ApiKey, end: datetime, now: datetime) -> ApiKey:
    return replace(key, expires_at=end, spread_at=instants.whole(now))


def _drawn(soonest: datetime, latest: datetime, draw: Draw) -> datetime:
    """A whole second from `soonest` to `latest`, both of them included, each as likely."""
    first, last = instants.whole(soonest), instants.whole(latest)
    seconds = int((last - first).total_seconds())
    return first + timedelta(seconds=int(draw() * (seconds + 1)))
