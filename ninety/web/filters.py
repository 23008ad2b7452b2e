"""What templates may ask of a key, an instant or a file: the words come from the rules."""

import hashlib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, url_for

from ninety.rules import expiry, instants, scopes, web_addresses, wording
from ninety.rules.keys import ApiKey
from ninety.rules.ranges import parse_range
from ninety.web import drawings, zones


def time_left(end: datetime, now: datetime) -> str:
    """`10 days`: how long it is from `now` to `end`."""
    return wording.remaining(end - now)


def state(key: ApiKey, now: datetime, warn: timedelta) -> str:
    """One word for where the key stands.

    living, ending (in its window), retiring (rotated, its secret still works),
    retired, ended or revoked.
    """
    if key.revoked_at is not None:
        return "revoked"
    if key.retires_at is not None:
        return "retired" if key.retired(now) else "retiring"
    if key.expired(now):
        return "ended"
    return "ending" if expiry.in_window(key, now, warn) else "living"


def whole_days(length: timedelta) -> int:
    """A lifetime in days, rounded up, as the form that asks for days wants it."""
    return max(1, -(-length // timedelta(days=1)))


def scope(key: ApiKey) -> str:
    """What the key may do, in words that begin a line."""
    words = scopes.said(key.actions, key.packages)
    return words[0].upper() + words[1:]


def ago(instant: datetime, now: datetime) -> str:
    """How long ago `instant` was."""
    return wording.ago(now - instant)


def hours(length: timedelta) -> int:
    """A length in whole hours."""
    return length // timedelta(hours=1)


def day(instant: datetime, zone: str) -> str:
    """`21 Feb 2027`, as the calendar on the wall of somebody in `zone` says."""
    return wording.day(instant.astimezone(ZoneInfo(zone)))


def range_in_words(text: str) -> str:
    """A range of versions, for readers."""
    return parse_range(text).in_words


@cache
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def init_app(app: Flask) -> None:
    """Give templates these filters, the drawings, and `asset()` for files that may be kept."""

    def asset(filename: str) -> str:
        """The address of a static file, which changes when the file does."""
        version = _fingerprint(Path(app.static_folder or "static", filename))
        return url_for("static", filename=filename, v=version)

    app.add_template_filter(instants.text, "instant")
    app.add_template_filter(wording.local, "local_time")
    app.add_template_filter(day, "day")
    app.add_template_filter(time_left)
    app.add_template_filter(state)
    app.add_template_filter(whole_days)
    app.add_template_filter(hours)
    app.add_template_filter(ago)
    app.add_template_filter(wording.did)
    app.add_template_filter(scope)
    app.add_template_filter(scopes.what_stops)
    app.add_template_filter(range_in_words)
    app.add_template_test(web_addresses.surely_good, "surely_good")
    app.add_template_filter(drawings.ring)
    app.add_template_filter(drawings.bar)
    app.add_template_global(drawings.mark, "mark")
    app.add_template_global(zones.by_area, "zones_by_area")
    app.add_template_global(asset)
