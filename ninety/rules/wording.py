"""How dates, remaining time and refusals are said, everywhere in the same words.

The page, the mail, the header a NuGet client prints and the terminal all take
their sentences from here.
"""

import math
import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ninety.rules.errors import GenuineKeyRefused, OutOfScope
from ninety.rules.uses import Use

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# An HTTP field value clients and proxies take without trouble, in characters.
HEADER_LIMIT = 512

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def remaining(left: timedelta) -> str:
    """`10 days`, `47 hours`, `1 minute`: how long is left, always rounded up.

    Days, then hours under two days, then minutes under two hours. Rounding up
    never says less time than there is, and never says "0 days".
    """
    if left >= 2 * DAY:
        return counted(math.ceil(left / DAY), "day")
    if left >= 2 * HOUR:
        return counted(math.ceil(left / HOUR), "hour")
    return counted(max(math.ceil(left / MINUTE), 1), "minute")


def counted(number: int, thing: str) -> str:
    """`1 key`, `3 keys`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def utc(instant: datetime) -> str:
    """`2027-02-21 14:04 UTC`: for terminals, headers and logs."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def local(instant: datetime, zone: str) -> str:
    """`21 Feb 2027, 15:04 CET (14:04 UTC)`: for people, in their zone and in UTC.

    Where the day differs in UTC the whole UTC date is given, so that nobody has
    to guess which midnight is meant. `zone` is an IANA name.
    """
    here = instant.astimezone(ZoneInfo(zone))
    there = instant.astimezone(UTC)
    if here.utcoffset() == timedelta(0):
        return f"{day(here)}, {here:%H:%M} UTC"
    # Zones without letters of their own call themselves by their offset.
    name = here.tzname() or ""
    if not name.isalpha():
        name = f"UTC{here:%z}"[:6] + ":" + f"{here:%z}"[3:]
    elsewhere = f"{there:%H:%M}" if here.date() == there.date() else f"{day(there)}, {there:%H:%M}"
    return f"{day(here)}, {here:%H:%M} {name} ({elsewhere} UTC)"


def ago(passed: timedelta) -> str:
    """`2 hours ago`: how long something is past, rounded down; `just now` under a minute."""
    for length, thing in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if passed >= length:
            return f"{counted(passed // length, thing)} ago"
    return "just now"


def used(use: Use, zone: str) -> str:
    """`21 Feb 2027, 15:04 CET (14:04 UTC) by dotnet/10 from 10.0.3.7, for Acme.Core 1.0.0`."""
    package = f", for {use.package}" if use.package else ""
    return f"{local(use.at, zone)} by {use.client} from {use.address}{package}"


def did(use: Use) -> str:
    """`dotnet/10 pushed Acme.Core 1.0.0 with this key`: only a push names a version too."""
    if not use.package:
        return f"{use.client} used this key"
    what = "pushed" if " " in use.package else "asked for"
    return f"{use.client} {what} {use.package} with this key"


def day(instant: datetime) -> str:
    """`21 Feb 2027`, in the zone `instant` already has."""
    return f"{instant.day} {MONTHS[instant.month - 1]} {instant.year}"


def subject_of_end(name: str, rotated: bool) -> tuple[str, str, str]:
    """`API key 'ci'`, `ends` and `ended`: what comes to its end, and the verbs for it.

    Of a key that was rotated it is the old secret, which `stops`.
    """
    if rotated:
        return f"The old secret of API key '{name}'", "stops", "stopped"
    return f"API key '{name}'", "ends", "ended"


def header_name(name: str, sign: str) -> str:
    """A key's name as printable ASCII for a header, or its public `sign` where nothing is left."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    printable = "".join(letter for letter in letters if letter.isprintable()).strip()
    return printable or sign


def header_text(sentence: str) -> str:
    """`sentence` fit for a header: one line of printable ASCII, at most 512 characters."""
    plain = unicodedata.normalize("NFKD", sentence).encode("ascii", "ignore").decode()
    line = " ".join("".join(c if c.isprintable() else " " for c in plain).split())
    return line if len(line) <= HEADER_LIMIT else line[: HEADER_LIMIT - 3] + "..."


def ends_soon(name: str, expires_at: datetime, now: datetime, link: str) -> str:
    """What a client prints inside the window, while everything still works."""
    return (
        f"API key '{name}' ends in {remaining(expires_at - now)} "
        f"({utc(expires_at)}). Renew it: {link}"
    )


def retiring(name: str, stops_at: datetime, link: str) -> str:
    """What a client prints while the old secret of a rotated key still works."""
    return (
        f"API key '{name}' was rotated; this secret stops at {utc(stops_at)}. "
        f"Use the new one: {link}"
    )


def about_key(refusal: GenuineKeyRefused | OutOfScope, name: str, link: str) -> str:
    """What the holder of a genuine secret is told: what is wrong, since when, what to do.

    `name` is the key's name in the form the place can carry, `link` its page.
    """
    if isinstance(refusal, OutOfScope):
        return f"API key '{name}' {refusal.limit}. Change it: {link}"
    became = f"{refusal.became} {utc(refusal.since)}"
    return f"API key '{name}' {became}. {refusal.advice}: {link}"
