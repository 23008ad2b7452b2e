"""Everybody with an account, with what an admin wants to know of each."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from ninety.rules.audit import Did
from ninety.rules.people import Person, email_identity
from ninety.store.accounts import Accounts
from ninety.store.keyring import Keyring
from ninety.work.auditing import Trail
from ninety.work.colleagues import Colleagues

MOST_EVENTS = 10_000
"""How many of the latest events are looked through for sign-ins; about a tenth of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person, how many keys of theirs live, and how many packages are theirs.

    `signed_in` is when they last did, None where the latest events do not tell.
    """

    person: Person
    living: int
    packages: int
    signed_in: datetime | None


class Roster:
    """Looks at people, their keys and their packages."""

    def __init__(
        self, accounts: Accounts, keyring: Keyring, colleagues: Colleagues, trail: Trail
    ) -> None:
        self._accounts = accounts
        self._keyring = keyring
        self._colleagues = colleagues
        self._trail = trail

    def find(self, typed: str) -> list[Person]:
        """Those whose address or name holds what was typed, in the order of their addresses."""
        wanted = email_identity(typed)
        return [one for one in self._accounts.all() if wanted in email_identity(one.said)]

    def members(self, people: tuple[Person, ...], now: datetime) -> list[Member]:
        """What there is to know of `people`. Raises OSError where the trail cannot be read."""
        owned = Counter(owner for one in self._colleagues.everything() for owner in one.owners)
        signed_in = self._trail.last_of_each(Did.SIGNED_IN, MOST_EVENTS)
        return [
            Member(
                person=person,
                living=sum(key.alive(now) for key in self._keyring.of(person.id)),
                packages=owned[person.id],
                signed_in=signed_in.get(person.id),
            )
            for person in people
        ]
