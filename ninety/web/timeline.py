"""The lives of keys as lines to one scale: made, in use, the window, the reminder, the end.

Numbers for a template to put into SVG, in percent of the width. The words beside
the drawing say all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ninety.rules import expiry, wording
from ninety.rules.keys import ApiKey
from ninety.rules.standing import Standing
from ninety.rules.uses import Use

AHEAD = timedelta(days=120)
# So much of the past is shown that today can be seen to be passed.
BEHIND = timedelta(days=10)
MOST_LINES = 20
# More names of months are no longer legible on a narrow screen.
MOST_MONTHS = 6

# Where a mail goes out, or went; in all other states there is none to be drawn.
MAILED = frozenset({"planned", "pending", "claimed", "sending", "sent", "unknown", "failed"})


@dataclass(frozen=True, slots=True)
class Month:
    """Where a month begins, and its name; the year where that begins too."""

    at: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The life of one key, as far as it is in the drawing; None for what is not.

    `made` and `end` are points; `life` and `window` begin somewhere and are so
    wide; `mail` is where the reminder goes out, or `sent` went; `uses` are points.
    """

    key: ApiKey
    made: float | None
    life: tuple[float, float]
    window: tuple[float, float]
    end: float | None
    mail: float | None
    mail_at: datetime | None
    sent: bool
    uses: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The lines of the keys that end first, and how many are not drawn.

    `more` end in the same time, `later` after it.
    """

    today: float
    months: tuple[Month, ...]
    lines: tuple[Line, ...]
    more: int
    later: int


def ahead(
    keys: Sequence[ApiKey],
    standings: Mapping[str, Standing],
    warn: timedelta,
    now: datetime,
    zone: str,
) -> Timeline:
    """The next 120 days of living `keys`, what ends first first, with how each reminder stands.

    Months begin where they do in `zone`.
    """
    span = _Span(now - BEHIND, now + AHEAD)
    ending = sorted(
        (key for key in keys if key.stops_at <= span.to),
        key=lambda key: (key.stops_at, key.name),
    )
    drawn = ending[:MOST_LINES]
    return Timeline(
        today=span.at(now),
        months=tuple(_months(span, zone)),
        lines=tuple(_line(key, standings[key.id], warn, span) for key in drawn),
        more=len(ending) - len(drawn),
        later=len(keys) - len(ending),
    )


def whole_life(
    key: ApiKey, standing: Standing, uses: Iterable[Use], warn: timedelta, now: datetime, zone: str
) -> Timeline:
    """The life of the present secret of `key` from its beginning to its end, with its `uses`."""
    span = _Span(key.issued_at, key.expires_at)
    line = _line(key, standing, warn, span, uses)
    today = span.at(min(now, key.expires_at))
    return Timeline(today=today, months=tuple(_months(span, zone)), lines=(line,), more=0, later=0)


@dataclass(frozen=True, slots=True)
class _Span:
    """The time that the width of the drawing stands for."""

    since: datetime
    to: datetime

    def at(self, instant: datetime) -> float:
        """Where an instant is, in percent; beyond the drawing is its edge."""
        share = (instant - self.since) / (self.to - self.since)
        return round(100 * max(0.0, min(1.0, share)), 2)

    def point(self, instant: datetime | None) -> float | None:
        """Where an instant is, None where that is beyond the drawing."""
        return self.at(instant) if instant and self.since <= instant <= self.to else None

    def between(self, begin: datetime, end: datetime) -> tuple[float, float]:
        """Where something begins, and how wide it is."""
        return self.at(begin), round(self.at(end) - self.at(begin), 2)


def _line(
    key: ApiKey, standing: Standing, warn: timedelta, span: _Span, uses: Iterable[Use] = ()
) -> Line:
    window_from = key.expires_at - expiry.window(key.lifetime, warn)
    # The old secret of a rotation earns no mail; it stops long before its window.
    windowed = key.retires_at is None
    mailed = windowed and standing.kind in MAILED and not standing.nobody_told
    sent = mailed and standing.kind == "sent"
    mail_at = standing.at if sent else expiry.reminder_due(key, warn)
    return Line(
        key=key,
        made=span.point(key.issued_at),
        life=span.between(key.issued_at, window_from if windowed else key.stops_at),
        window=span.between(window_from, key.expires_at) if windowed else (0.0, 0.0),
        end=span.point(key.stops_at),
        mail=span.point(mail_at) if mailed else None,
        mail_at=mail_at if mailed else None,
        sent=sent,
        uses=tuple(at for use in uses if (at := span.point(use.at)) is not None),
    )


def _months(span: _Span, zone: str) -> Iterable[Month]:
    """The beginnings of months; of every few months, or of years, where there are many."""
    here = ZoneInfo(zone)
    first = span.since.astimezone(here)
    length = (span.to - span.since) / timedelta(days=30)
    every = next((step for step in (1, 2, 3, 6) if length <= MOST_MONTHS * step), 12)
    year, month = first.year, first.month
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        begins = datetime(year, month, 1, tzinfo=here)
        if begins > span.to:
            return
        if (month - 1) % every == 0:
            name = wording.MONTHS[month - 1]
            yield Month(span.at(begins), f"{name} {year}" if month == 1 else name)
