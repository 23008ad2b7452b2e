"""The calendar of a person's keys, behind a link that anybody who has it may read."""

from collections.abc import Callable
from datetime import datetime

from ninety.rules import calendar
from ninety.rules.errors import NotFound
from ninety.rules.keys import ApiKey
from ninety.rules.policy import InForce
from ninety.rules.reading_links import Kind
from ninety.store.keyring import Keyring
from ninety.store.site import Site
from ninety.work.reading_links import ReadingLinks


class Calendars:
    """Tells what the links to calendars lead to: when keys end, and nothing else."""

    def __init__(
        self,
        links: ReadingLinks,
        keyring: Keyring,
        site: Site,
        policy: InForce,
    ) -> None:
        self._links = links
        self._keyring = keyring
        self._site = site
        self._policy = policy

    def document(self, token: str, name: str, page: Callable[[str], str], now: datetime) -> str:
        """The calendar called `name` that `token` opens; `page` gives a key's page by its id.

        Raises NotFound alike for a wrong or revoked token and a disabled person.
        """
        person = self._links.holder(Kind.CALENDAR, token)
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
