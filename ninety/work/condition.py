"""How every part of the feed is doing at one moment, and what of it needs a person.

Nothing here waits long: Redis is given half a second a question, the disk a
third of a second, and the mail server is not asked at all; what its last
conversations told is noted with the site.
"""

import importlib.metadata
import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ninety.rules import health
from ninety.rules.audit import one_line
from ninety.rules.errors import IndexRebuilding
from ninety.rules.health import Mail, Noted, Queue, Room, Sign
from ninety.settings import Settings
from ninety.store.accounts import Accounts
from ninety.store.index import Index
from ninety.store.site import Site
from ninety.version import VERSION
from ninety.work.auditing import Trail
from ninety.work.key_overview import Counts, KeyOverview
from ninety.work.package_overview import PackageOverview
from ninety.work.reminder_overview import ReminderOverview

SERVED_BY = ("Granian", "Flask", "RQ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What waits for a person: `keys` by kind, reminders `in_doubt` and `failed`, orphaned ids."""

    keys: Counts
    in_doubt: int
    failed: int
    orphans: int


class Condition:
    """Looks at everything; `queue` and `room` look at Redis and at the disk."""

    def __init__(
        self,
        *,
        settings: Settings,
        began: datetime,
        queue: Callable[[], Queue | None],
        room: Callable[[], Room],
        site: Site,
        index: Index,
        trail: Trail,
        accounts: Accounts,
        keys: KeyOverview,
        packages: PackageOverview,
        reminders: ReminderOverview,
    ) -> None:
        self._settings = settings
        self._began = began
        self._queue = queue
        self._room = room
        self._site = site
        self._index = index
        self._trail = trail
        self._accounts = accounts
        self._keys = keys
        self._packages = packages
        self._reminders = reminders

    def signs(
        self, told: str, set_for_it: str, asked_at: str, now: datetime, zone: str
    ) -> list[Sign]:
        """A sentence about each part, with dates in `zone`; for the addresses see `of_address`."""
        queue = self._queue()
        overdue = timedelta(minutes=3 * self._settings.scan_minutes)
        trouble = self._trail.trouble
        return [
            health.of_web(self._settings.web_processes, self._began, zone),
            health.of_queue(queue, now, zone),
            health.of_worker(queue, self._site.instant("scan"), overdue, now, zone),
            health.of_mail(self._mail(), zone),
            health.of_address(set_for_it, told, asked_at),
            health.of_room(self._room(), self._settings.max_package_mib * 1024 * 1024),
            health.of_index(self._counted()),
            health.of_trail(Noted(trouble.since, trouble.why) if trouble else None, zone),
        ]

    def needs(self, now: datetime) -> Needs:
        """What waits for a person at `now`."""
        reminders = self._reminders.look(now)
        return Needs(
            keys=self._keys.counts(now),
            in_doubt=reminders.in_doubt.count,
            failed=reminders.failed.count,
            orphans=self._orphans(),
        )

    def versions(self) -> list[tuple[str, str]]:
        """What the feed runs on: name and version."""
        served = [(name, importlib.metadata.version(name)) for name in SERVED_BY]
        return [("Ninety", VERSION), ("Python", platform.python_version()), *served]

    def people(self) -> int:
        """How many people have an account."""
        return len(self._accounts.all())

    def _mail(self) -> Mail:
        return Mail(
            server=self._settings.mail_server,
            accepted=self._noted("mail-accepted"),
            trouble=self._noted("mail-trouble"),
            down=self._noted("mail-down"),
        )

    def _noted(self, name: str) -> Noted | None:
        at = self._site.instant(name)
        return Noted(at, one_line(self._site.why(name))) if at else None

    def _counted(self) -> tuple[int, int] | None:
        try:
            with self._index.reading() as index:
                return index.sizes()
        except IndexRebuilding:
            return None

    def _orphans(self) -> int:
        """How many ids nobody who can sign in owns; none while the index is being made."""
        try:
            return len(self._packages.find(orphans=True))
        except IndexRebuilding:
            return 0
