"""The two drawings of a life with an end: the ring of ninety ticks, and the bar.

Both are plain numbers for templates to put into SVG; neither says anything that
the words beside it do not say.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from ninety.rules import expiry
from ninety.rules.keys import ApiKey

TICKS = 90
# As wide as eight ticks: where the ring ends, it can be seen to end.
GAP = 8
MARK_WINDOW = 10

CENTRE = 50.0
RADIUS = 42.0


@dataclass(frozen=True, slots=True)
class Arc:
    """A run of `ticks` ticks of one kind ("lived", "left" or "window"), as an SVG path.

    In a drawing 100 by 100 wide; give the path `pathLength=ticks`.
    """

    kind: str
    ticks: int
    path: str


@dataclass(frozen=True, slots=True)
class Bar:
    """What is left of a life, in percent of it: where that begins, its window, and its end."""

    left_from: float
    left: float
    window_from: float
    window: float


def mark() -> list[Arc]:
    """The ring as the mark of the product: whole, its last ten ticks the window."""
    return _arcs(0, TICKS - MARK_WINDOW)


def ring(key: ApiKey, now: datetime, warn: timedelta) -> list[Arc]:
    """The ring of `key` at `now`: what it lived, what is left, and its window at the end."""
    lived = TICKS - _ticks(key.expires_at - now, key.lifetime)
    if not key.alive(now):
        lived = TICKS
    window_from = TICKS - _ticks(expiry.window(key.lifetime, warn), key.lifetime)
    return _arcs(lived, window_from)


def bar(key: ApiKey, now: datetime, warn: timedelta) -> Bar:
    """What the present secret of `key` has left at `now` of its whole life."""

    def share(instant: datetime) -> float:
        return _percent(instant - key.issued_at, key.lifetime)

    lived, end = share(now), share(key.stops_at)
    window_from = share(key.expires_at - expiry.window(key.lifetime, warn))
    window_from = min(max(lived, window_from), end)
    return Bar(
        left_from=lived,
        left=round(window_from - lived, 2),
        window_from=window_from,
        window=round(end - window_from, 2),
    )


def _ticks(part: timedelta, whole: timedelta) -> int:
    """`part` of `whole` in ticks, rounded up: while anything is left, a tick is lit."""
    return max(0, min(TICKS, math.ceil(TICKS * (part / whole))))


def _percent(part: timedelta, whole: timedelta) -> float:
    return round(max(0.0, min(100.0, 100 * (part / whole))), 2)


def _arcs(lived: int, window_from: int) -> list[Arc]:
    runs = (
        ("lived", 0, lived),
        ("left", lived, max(lived, window_from)),
        ("window", max(lived, window_from), TICKS),
    )
    return [Arc(kind, to - start, _path(start, to)) for kind, start, to in runs if to > start]


def _path(start: int, to: int) -> str:
    large = int(2 * (to - start) > TICKS + GAP)
    return f"M{_point(start)}A{RADIUS:g} {RADIUS:g} 0 {large} 1 {_point(to)}"


def _point(tick: int) -> str:
    """Where a tick begins, clockwise from the top."""
    angle = math.tau * tick / (TICKS + GAP) - math.tau / 4
    return f"{CENTRE + RADIUS * math.cos(angle):.2f} {CENTRE + RADIUS * math.sin(angle):.2f}"
