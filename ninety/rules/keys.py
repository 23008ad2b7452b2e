"""An API key: whose it is, how long it lives, what became of its earlier secrets."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ninety.rules import people, scopes
from ninety.rules.errors import (
    FieldRefused,
    KeyExpired,
    KeyReported,
    KeyRetired,
    KeyRevoked,
    KeyWithoutEnd,
    TooManyKeys,
)

NAME_LIMIT = 64
NOTE_LIMIT = 200

# Enough to tell the holder of a forgotten copy what happened, without growing for ever.
PAST_SECRETS = 5

# Stands for the end of a key that came without one. Such a key does nothing until it has one.
NO_END = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PastSecret:
    """The digest of an earlier secret of a key, and when a newer one took its place."""

    digest: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One key. `owner` is a person's id; `digest` is never shown; `prefix` may be.

    The prefix of an adopted secret is empty: nothing of it is shown.

    `made_at` is when the key first appeared; `issued_at` when its present secret
    did, from which its lifetime counts. `forms` are the last one-use forms that
    changed it. `contact` gets the reminder instead of the owner.

    A key that was rotated has a `successor` and `retires_at`, the instant its
    secret stops, `overlap` after the successor's first use at the latest; the
    successor has a `predecessor`, and `first_used_at` once its secret was used.

    `spread_at` is when its end was drawn, because it came without one or because
    the maximum was lowered; that happens once.

    `reported_at` is when somebody reported its secret as leaked, which revoked it
    for good, and `found_at` where they say they saw it.
    """

    id: str
    owner: str
    name: str
    prefix: str
    digest: str
    made_at: datetime
    issued_at: datetime
    expires_at: datetime
    actions: tuple[str, ...] = scopes.DEFAULT_ACTIONS
    packages: tuple[str, ...] = scopes.EVERY_PACKAGE
    revoked_at: datetime | None = None
    past: tuple[PastSecret, ...] = ()
    forms: tuple[str, ...] = ()
    contact: str = ""
    note: str = ""
    successor: str = ""
    retires_at: datetime | None = None
    overlap: timedelta = timedelta()
    predecessor: str = ""
    first_used_at: datetime | None = None
    spread_at: datetime | None = None
    reported_at: datetime | None = None
    found_at: str = ""

    @property
    def endless(self) -> bool:
        """Whether the key came without an end and has none yet."""
        return self.expires_at == NO_END

    @property
    def lifetime(self) -> timedelta:
        """How long the present secret lives in all."""
        return self.expires_at - self.issued_at

    def expired(self, now: datetime) -> bool:
        """Whether the key has ended: it is dead at its expiry instant, not after it."""
        return now >= self.expires_at

    def retired(self, now: datetime) -> bool:
        """Whether the key was rotated and its secret has stopped since."""
        return self.retires_at is not None and now >= self.retires_at

    def alive(self, now: datetime) -> bool:
        """Whether the key may still be used, as far as the key itself goes."""
        return self.revoked_at is None and not self.endless and now < self.stops_at

    @property
    def stops_at(self) -> datetime:
        """When the present secret stops if nothing else happens to the key."""
        return min(self.expires_at, self.retires_at or self.expires_at)


def check_alive(key: ApiKey, now: datetime) -> None:
    """Raises what fits a key of no use at `now`.

    That is KeyReported, KeyRevoked, KeyRetired, KeyExpired or KeyWithoutEnd.
    """
    about = (key.id, key.name, key.prefix)
    if key.reported_at is not None:
        raise KeyReported(*about, key.reported_at)
    if key.revoked_at is not None:
        raise KeyRevoked(*about, key.revoked_at)
    if key.retires_at is not None and key.retired(now):
        raise KeyRetired(*about, key.retires_at)
    if key.expired(now):
        raise KeyExpired(*about, key.expires_at)
    if key.endless:
        raise KeyWithoutEnd(key.id, key.name)


def check_name(name: str) -> str:
    """A key's name as kept: 1–64 characters of any letters, on one line.

    Control, format and line-separating characters are refused, since names end
    up in headers, mail subjects and terminals. Raises FieldRefused.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise FieldRefused("name", "A key needs a name, so that you know it again")
    if len(name) > NAME_LIMIT:
        raise FieldRefused("name", f"A key's name has at most {NAME_LIMIT} characters")
    if not name.isprintable():
        raise FieldRefused("name", "A key's name is one line of letters that can be seen")
    return name


def check_note(note: str) -> str:
    """What a key's owner notes about it, such as where it is kept. Raises FieldRefused."""
    note = unicodedata.normalize("NFC", note).strip()
    if len(note) > NOTE_LIMIT:
        raise FieldRefused("note", f"A note has at most {NOTE_LIMIT} characters")
    if not note.isprintable():
        raise FieldRefused("note", "A note is one line of letters that can be seen")
    return note


def check_contact(address: str) -> str:
    """The address that gets the reminder instead of the owner; empty for the owner.

    Raises FieldRefused.
    """
    if not address.strip():
        return ""
    try:
        return people.check_email(address)
    except FieldRefused as refusal:
        raise FieldRefused("contact", str(refusal)) from None


def name_identity(name: str) -> str:
    """What makes two names of one person's keys the same: letter case does not count."""
    return unicodedata.normalize("NFKC", name).casefold()


def living(keys: Iterable[ApiKey], now: datetime) -> int:
    """How many of somebody's keys live, as the policy counts them.

    The old secret of a rotation is not counted beside its successor.
    """
    return sum(key.alive(now) and not key.successor for key in keys)


def check_number(others: Iterable[ApiKey], most: int, now: datetime) -> None:
    """Raises TooManyKeys where somebody with the keys `others` already has `most` living ones."""
    already = living(others, now)
    if already >= most:
        raise TooManyKeys(already, most)


def check_days(text: str | int, most: int) -> int:
    """A lifetime in whole days, 1 to `most`. Raises FieldRefused."""
    if not re.fullmatch(r"[0-9]{1,6}", str(text).strip()) or not 1 <= int(text) <= most:
        raise FieldRefused("days", f"A key lives 1 to {most} days")
    return int(text)
