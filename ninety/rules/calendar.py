"""A person's keys as a calendar to subscribe to: one event at the end of each (RFC 5545).

The event of a key keeps its UID whatever happens to the key, so that a calendar
moves the event when the key is regenerated instead of showing another.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from ninety.rules import expiry, scopes, wording
from ninety.rules.keys import ApiKey

MIMETYPE = "text/calendar"
# What a calendar program is asked to do with it: to show it (RFC 5546 section 1.4).
METHOD = "PUBLISH"

# For how long the event of a key that ended stays, as its reminder does.
KEPT = timedelta(days=30)
# How often a calendar is asked to look again.
REFRESH = timedelta(hours=6)
DAY = timedelta(days=1)

# RFC 5545 section 3.1: octets in a line, without its line break.
LONGEST_LINE = 75


def document(
    keys: Iterable[ApiKey],
    name: str,
    install: str,
    page: Callable[[str], str],
    warn: timedelta,
    now: datetime,
) -> str:
    """The calendar called `name` of all the `keys` of one person, with CRLF line ends.

    It has an event for each key that lives, or ended within the last 30 days;
    none for revoked ones, and none for keys without an end. `install` tells this
    feed from all others, `page` gives the address of the page of a key by its id,
    `warn` is how long before its end a long-lived key is warned of.
    """
    known = {key.id: key for key in keys}
    shown = [
        key
        for key in known.values()
        if key.revoked_at is None and not key.endless and now < key.stops_at + KEPT
    ]
    lines = [
        f"X-WR-CALNAME:{escaped(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{duration(REFRESH)}",
    ]
    for key in sorted(shown, key=lambda key: (key.stops_at, key.id)):
        revised_at = _revised_at(key, known.get(key.successor))
        lines += _event(key, f"{key.id}@{install}", page(key.id), revised_at, warn, now)
    return _calendar(lines)


def of_one(
    key: ApiKey,
    successor: ApiKey | None,
    owner: str,
    install: str,
    page: str,
    warn: timedelta,
    now: datetime,
) -> str:
    """The same event of one key as a mail or a file carries it (RFC 5546 section 3.2.1).

    What is published by mail names an organizer: the key's `owner`, by mail
    address; it may be empty for a file. `successor` is what the key was rotated
    into; the rest is as above.
    """
    uid, revised_at = f"{key.id}@{install}", _revised_at(key, successor)
    begin, *rest = _event(key, uid, page, revised_at, warn, now)
    organizer = [f"ORGANIZER:mailto:{quote(owner, safe='@')}"] if owner else []
    return _calendar([begin, *organizer, *rest])


def _calendar(lines: Iterable[str]) -> str:
    """A whole VCALENDAR with `lines` in it (section 3.4)."""
    whole = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Ninety//API keys//EN",
        "CALSCALE:GREGORIAN",
        f"METHOD:{METHOD}",
        *lines,
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in whole)


def _event(
    key: ApiKey, uid: str, page: str, revised_at: datetime, warn: timedelta, now: datetime
) -> list[str]:
    """The lines of a VEVENT (RFC 5545 section 3.6.1); it takes no time of anybody's."""
    about, ends, ended = wording.subject_of_end(key.name, key.retires_at is not None)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{utc(now)}",
        f"DTSTART:{utc(key.stops_at)}",
        f"LAST-MODIFIED:{utc(revised_at)}",
        # Seconds of the key's life never go back, as the number of a revision must not.
        f"SEQUENCE:{max(0, (revised_at - key.made_at) // timedelta(seconds=1))}",
        f"SUMMARY:{escaped(f'{about} {ended if now >= key.stops_at else ends}')}",
        f"DESCRIPTION:{escaped(_told(key, page))}",
        f"URL:{page}",
        "TRANSP:TRANSPARENT",
    ]
    for before in _alarms(key, warn, now):
        lines += [
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{escaped(f'{about} {ends} in {wording.remaining(before)}')}",
            f"TRIGGER:-{duration(before)}",
            "END:VALARM",
        ]
    return [*lines, "END:VEVENT"]


def _told(key: ApiKey, page: str) -> str:
    """What the key may do, and where to go."""
    restores = " Restores stop with it too." if scopes.READ in key.actions else ""
    advice = "Regenerate it" if key.retires_at is None else "Use the new one"
    return f"May {scopes.said(key.actions, key.packages)}.{restores}\n{advice}: {page}"


def _alarms(key: ApiKey, warn: timedelta, now: datetime) -> list[timedelta]:
    """How long before the end to be told, the longest first; never about what is over.

    When the key's window begins, and a day before. The secret of a rotated key
    has no window of its own: it stops within days.
    """
    window = DAY if key.retires_at is not None else expiry.window(key.lifetime, warn)
    alarms = [window, DAY] if window > DAY else [window]
    return [before for before in alarms if now < key.stops_at - before]


def _revised_at(key: ApiKey, successor: ApiKey | None) -> datetime:
    """When the end of the key last changed.

    It changes by a new secret, by being spread, by a rotation, and by the first
    use of the successor that came of it.
    """
    changes = [key.issued_at, key.spread_at]
    if successor is not None:
        changes += [successor.issued_at, successor.first_used_at]
    return max(change for change in changes if change is not None)


def escaped(text: str) -> str:
    """`text` as the value of a TEXT property (RFC 5545 section 3.3.11)."""
    for letter in ("\\", ";", ","):
        text = text.replace(letter, f"\\{letter}")
    return text.replace("\n", "\\n")


def folded(line: str) -> str:
    """`line` in pieces of at most 75 octets, each but the first after a space (section 3.1).

    No letter is cut, so that each piece is UTF-8 by itself.
    """
    pieces, piece, used = [], "", 0
    for letter in line:
        size = len(letter.encode())
        if used + size > LONGEST_LINE:
            pieces.append(piece)
            piece, used = " ", 1
        piece, used = piece + letter, used + size
    return "\r\n".join([*pieces, piece])


def utc(instant: datetime) -> str:
    """`20270221T140400Z`: a DATE-TIME in UTC (section 3.3.5)."""
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def duration(length: timedelta) -> str:
    """`P10D`, `PT6H` or `P3DT8H20M`: a positive DURATION in whole seconds (section 3.3.6)."""
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{length.days}D" if length.days else ""
    # Between hours and seconds the minutes are written even where they are none.
    time = f"{hours}H" if hours else ""
    time += f"{minutes}M" if minutes or (hours and seconds) else ""
    time += f"{seconds}S" if seconds else ""
    return f"P{days}T{time}" if time else f"P{days or 'T0S'}"
