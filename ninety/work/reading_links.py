"""Makes, replaces and revokes the secret links that programs read by, and knows whose one is."""

import secrets as random
from datetime import datetime

from ninety.rules import instants, reading_links
from ninety.rules.audit import Did
from ninety.rules.errors import FieldRefused, NotFound
from ninety.rules.people import Person
from ninety.rules.reading_links import Kind, ReadingLink
from ninety.store.accounts import Accounts
from ninety.work.auditing import Trail

MADE = {Kind.CALENDAR: Did.CALENDAR_LINK_MADE, Kind.NEWS: Did.NEWS_LINK_MADE}
REVOKED = {Kind.CALENDAR: Did.CALENDAR_LINK_REVOKED, Kind.NEWS: Did.NEWS_LINK_REVOKED}


class ReadingLinks:
    """The links of all people, at most one of each kind."""

    def __init__(self, accounts: Accounts, trail: Trail) -> None:
        self._accounts = accounts
        self._trail = trail

    def make(
        self, kind: Kind, person_id: str, made_before: str, now: datetime
    ) -> tuple[Person, str]:
        """Make a link in place of the one there may be: the person with it, and its token.

        Only the token's digest is kept. `made_before` is how many links there had
        been when the person asked: where there are more, FieldRefused for the kind,
        so that a form sent twice does not end the link it made. Raises NotFound.
        """
        token = random.token_urlsafe(32)

        def make(person: Person) -> Person:
            made = person.link(kind).made
            if made_before != str(made):
                raise FieldRefused(
                    kind,
                    "This form was sent already, and the link it made was shown once. "
                    "Nothing changed now; replace the link if it was not kept",
                )
            link = ReadingLink(reading_links.digest(token), instants.whole(now), made + 1)
            return person.with_link(kind, link)

        person = self._accounts.change(person_id, make)
        self._trail.note(MADE[kind], now, person=person)
        return person, token

    def revoke(self, kind: Kind, person_id: str, now: datetime) -> Person:
        """End the link; a second time changes nothing. Raises NotFound."""
        before = self._accounts.get(person_id)
        person = self._accounts.change(
            person_id,
            lambda person: person.with_link(kind, ReadingLink(made=person.link(kind).made)),
        )
        if before is not None and before.link(kind).digest:
            self._trail.note(REVOKED[kind], now, person=person)
        return person

    def holder(self, kind: Kind, token: str) -> Person:
        """Whose link has `token`. Raises NotFound alike for a wrong or revoked token and a
        disabled person.
        """
        person = self._accounts.by_link(kind, reading_links.digest(token))
        if person is None or person.disabled_at is not None:
            raise NotFound(kind)
        return person
