"""A session: one browser in which somebody is signed in, and when it stops being one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ninety.rules.people import Person

LIFE = timedelta(days=30)
"""Counted from the last visit, not from signing in."""

SELDOM = timedelta(minutes=10)
"""Visits closer together than this are not written down."""

MOST = 50
"""Sessions that one person has at once; another ends the one that was seen longest ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session of the person with the id `person`.

    `id` is the digest of the token in the cookie. `sign_ins` is that of the person
    when it began: counting theirs up ends every session at once. `seen_at`,
    `address` and `browser` are those of the last visit that was written down.
    """

    id: str
    person: str
    sign_ins: int
    made_at: datetime
    seen_at: datetime
    address: str
    browser: str

    def lives(self, person: Person, now: datetime) -> bool:
        """Whether it still lets `person` in."""
        return (
            person.id == self.person
            and person.sign_ins == self.sign_ins
            and person.disabled_at is None
            and now < self.seen_at + LIFE
        )

    def seen_lately(self, now: datetime) -> bool:
        """Whether a visit at `now` is too close to the last one to be written down."""
        return now < self.seen_at + SELDOM
