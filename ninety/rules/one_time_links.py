"""Links that carry a token, can be used once, and end by themselves.

The token is random, and only its digest is kept. Each opens one page for one
purpose; none can push, fetch packages or show a key.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from ninety.rules.people import Person

RESET_LIFE = timedelta(hours=1)
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
