"""What the admins of a feed see of its reminders: what is due, waiting, in doubt, undelivered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ninety.rules import reminders, standing
from ninety.rules.audit import one_line
from ninety.rules.keys import ApiKey
from ninety.rules.reminders import Reminder, State
from ninety.store.accounts import Accounts
from ninety.store.keyring import Keyring
from ninety.store.site import Site
from ninety.work.reminding import Reminding
from ninety.work.wanted import Wanted

MOST_LISTED = 50
WAITING = frozenset({State.PENDING, State.CLAIMED, State.SENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One reminder in a list; `id` is empty while it has no row, `key_name` where its key is gone.

    `again` is whether sending it again by hand is to be offered.
    """

    id: str
    key_id: str
    key_name: str
    owner: str
    recipient: str
    expires_at: datetime
    next_try: datetime | None
    why: str
    again: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """How many there are, and the first of them, by what ends first."""

    count: int
    first: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Noted:
    """When something last happened, and what was said then."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything at one instant. `oldest` is when what waits longest became due."""

    due: Listing
    pending: Listing
    in_doubt: Listing
    failed: Listing
    oldest: datetime | None
    scan: Noted | None
    accepted: Noted | None
    trouble: Noted | None
    tried: Noted | None


class ReminderOverview:
    """Looks at the ledger, the keys and what is noted of mail."""

    def __init__(
        self,
        *,
        reminding: Reminding,
        keyring: Keyring,
        accounts: Accounts,
        wanted: Wanted,
        site: Site,
    ) -> None:
        self._reminding = reminding
        self._keyring = keyring
        self._accounts = accounts
        self._wanted = wanted
        self._site = site

    def look(self, now: datetime) -> Overview:
        """What there is at `now`; the counts are exact, the lists have at most 50 entries."""
        rows = self._reminding.rows()
        waiting = [row for row in rows if row.state in WAITING]
        return Overview(
            due=self._listed(self._without_row(rows, now), now),
            pending=self._listed(waiting, now),
            in_doubt=self._listed([row for row in rows if row.state is State.UNKNOWN], now),
            failed=self._listed([row for row in rows if row.state is State.FAILED], now),
            oldest=min((row.due_at for row in waiting), default=None),
            scan=self._noted("scan"),
            accepted=self._noted("mail-accepted"),
            trouble=self._noted("mail-trouble"),
            tried=self._noted("mail-tried"),
        )

    def _without_row(self, rows: Iterable[Reminder], now: datetime) -> list[Reminder]:
        """The reminders that the next scan will write rows for and that are wanted, as rows."""
        known = {row.id for row in rows}
        fresh = [
            reminders.planned(key.id, key.expires_at, now, now) for key in self._reminding.due(now)
        ]
        return [
            row
            for row in fresh
            if row.id not in known
            and not reminders.too_late(row, now)
            and not self._wanted.why_not(row)
        ]

    def _listed(self, rows: list[Reminder], now: datetime) -> Listing:
        return Listing(len(rows), tuple(self._entry(row, now) for row in rows[:MOST_LISTED]))

    def _entry(self, row: Reminder, now: datetime) -> Entry:
        key = self._keyring.get(row.key_id)
        return Entry(
            id=row.id,
            key_id=row.key_id,
            key_name=key.name if key else "",
            owner=self._owner(key),
            recipient=row.recipient or (self._wanted.recipient(key) if key else ""),
            expires_at=row.expires_at,
            next_try=row.next_try if row.state is State.PENDING and row.next_try > now else None,
            why=one_line(row.reason),
            again=standing.sent_again_helps(row, now),
        )

    def _owner(self, key: ApiKey | None) -> str:
        owner = self._accounts.get(key.owner) if key else None
        return owner.email if owner else ""

    def _noted(self, name: str) -> Noted | None:
        at = self._site.instant(name)
        return Noted(at, one_line(self._site.why(name))) if at else None
