"""Links that carry a token, can be used once, and end by themselves.

The token is random, and only its digest is kept. Each opens one page for one
purpose; none can push, fetch packages or show a key.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from ninety.rules.people import Person

RESET_LIFE = timedelta(hours=1)
INVITATION_LIFE = timedelta(days=7)
MOST_RESETS = 3
"""Links to reset one person's password that are alive at once, and so mails in an hour."""


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetLink:
    """A link to choose a new password, for the account as it was when it was asked for.

    It ends with the address and the sessions the person had then, so that a new
    password, however it came about, ends every link there was.
    """

    digest: str
    person: str
    email: str
    sign_ins: int
    ends_at: datetime

    def fits(self, person: Person, now: datetime) -> bool:
        """Whether it may still set the password of `person`."""
        return (
            now < self.ends_at
            and person.id == self.person
            and person.email == self.email
            and person.sign_ins == self.sign_ins
            and person.disabled_at is None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link by which somebody makes an account for `email`, an admin's where `admin` says so.

    `by` is the id of the admin who invited, empty for a command; `form` the number
    of the form it was made by. It is over at `ends_at`, or since `spent_at`, when it
    was used, revoked or replaced.
    """

    id: str
    digest: str
    email: str
    admin: bool
    by: str
    form: str
    ends_at: datetime
    spent_at: datetime | None = None

    def open(self, now: datetime) -> bool:
        """Whether it can still be used, as far as it knows itself."""
        return self.spent_at is None and now < self.ends_at
