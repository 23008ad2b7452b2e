"""The calendar of a person's keys, behind a link that anybody who has it may read."""

import hashlib
import secrets as random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ninety.rules import calendar, instants
from ninety.rules.audit import Did
from ninety.rules.errors import FieldRefused, NotFound
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.rules.policy import InForce
from ninety.store.accounts import Accounts
from ninety.store.keyring import Keyring
from ninety.store.site import Site
from ninety.work.auditing import Trail


class Calendars:
    """Makes, replaces and revokes the links, and tells what they lead to.

    A link can do nothing but show when keys end.
    """

    def __init__(
        self,
        accounts: Accounts,
        keyring: Keyring,
        site: Site,
        policy: InForce,
        trail: Trail,
    ) -> None:
        self._accounts = accounts
        self._keyring = keyring
        self._site = site
        self._policy = policy
        self._trail = trail

    def new_token(self, person_id: str, links_before: str, now: datetime) -> tuple[Person, str]:
        """Make a link in place of the one there may be: the person with it, and its token.

        Only the token's digest is kept. `links_before` is how many links there had
        been when the person asked: where there are more, FieldRefused for `form`,
        so that a form sent twice does not end the link it made. Raises NotFound.
        """
        token = random.token_urlsafe(32)

        def make(person: Person) -> Person:
            if links_before != str(person.calendar_links):
                raise FieldRefused(
                    "form",
                    "This form was sent already, and the link it made was shown once. "
                    "Nothing changed now; replace the link if it was not kept",
                )
            return replace(
                person,
                calendar_digest=_digest(token),
                calendar_made_at=instants.whole(now),
                calendar_links=person.calendar_links + 1,
            )

        person = self._accounts.change(person_id, make)
        self._trail.note(Did.CALENDAR_LINK_MADE, now, person=person)
        return person, token

    def revoke(self, person_id: str, now: datetime) -> Person:
        """End the link; a second time changes nothing. Raises NotFound."""
        before = self._accounts.get(person_id)
        person = self._accounts.change(
            person_id,
            lambda person: replace(person, calendar_digest="", calendar_made_at=None),
        )
        if before is not None and before.calendar_digest:
            self._trail.note(Did.CALENDAR_LINK_REVOKED, now, person=person)
        return person

    def document(self, token: str, name: str, page: Callable[[str], str], now: datetime) -> str:
        """The calendar called `name` that `token` opens; `page` gives a key's page by its id.

        Raises NotFound alike for a wrong or revoked token and a disabled person.
        """
        person = self._accounts.by_calendar(_digest(token))
        if person is None or person.disabled_at is not None:
            raise NotFound("calendar")
        warn = self._policy().warn
        return calendar.document(
            self._keyring.of(person.id), name, self._site.install_id(), page, warn, now
        )

    def end_of(self, key: ApiKey, page: str, now: datetime) -> str:
        """The end of one key as a calendar of its own, with the UID it has in the whole one.

        `page` is the address of the key's page. Raises NotFound for a revoked key
        and one without an end.
        """
        if key.revoked_at is not None or key.endless:
            raise NotFound("calendar")
        successor = self._keyring.get(key.successor) if key.successor else None
        install, warn = self._site.install_id(), self._policy().warn
        return calendar.of_one(key, successor, "", install, page, warn, now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
