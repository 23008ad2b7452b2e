"""Which reminders are due, and what became of each: the scan, and the words for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ninety.rules import expiry, reminders, standing, wording
from ninety.rules.audit import Did
from ninety.rules.errors import NotFound
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.rules.policy import InForce
from ninety.rules.reminders import IllegalArrow, Reminder, State
from ninety.rules.standing import Standing
from ninety.store.keyring import Keyring
from ninety.store.ledger import Ledger
from ninety.store.site import Site
from ninety.work.auditing import Trail
from ninety.work.wanted import Wanted

# What a scan has to look at again; what was sent, missed or is in doubt stays as it is.
UNSETTLED = (State.PENDING, State.CLAIMED, State.SENDING, State.CANCELLED, State.FAILED)


@dataclass(frozen=True, slots=True)
class Scan:
    """What one scan did: how many rows it wrote and archived, and which are to be sent now."""

    written: int
    archived: int
    ready: tuple[str, ...]


class Reminding:
    """Finds what is due and keeps the ledger true; sends nothing."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        keyring: Keyring,
        wanted: Wanted,
        site: Site,
        policy: InForce,
        mail_configured: bool,
        trail: Trail,
    ) -> None:
        self._ledger = ledger
        self._keyring = keyring
        self._wanted = wanted
        self._site = site
        self._policy = policy
        self._mail_configured = mail_configured
        self._trail = trail

    def due(self, now: datetime) -> list[ApiKey]:
        """The keys whose reminder is due by `now` and that a row may still be kept for.

        "By now", never "since the last scan": after a month in a drawer the feed
        says late what it did not say in time.
        """
        return self._due(now, self._policy().warn)

    def _due(self, now: datetime, warn: timedelta) -> list[ApiKey]:
        return [
            key
            for key in self._keyring.ending_between(
                now - reminders.KEPT, now + max(warn, expiry.LEAST_WINDOW)
            )
            if key.revoked_at is None
            and (due_at := expiry.reminder_due(key, warn)) is not None
            and due_at <= now
        ]

    def scan(self, now: datetime) -> Scan:
        """Bring the ledger up to date with the keys; nothing is sent here."""
        warn = self._policy().warn
        due = {reminders.row_id(key.id, key.expires_at): key for key in self._due(now, warn)}

        def judge(id: str, row: Reminder | None) -> Reminder | None:
            if row is None:
                return self._first_row(due[id], now, warn) if id in due else None
            return self._looked_at(row, now, warn)

        new = [id for id in due if self._ledger.get(id) is None]
        unsettled = self._ledger.in_state(*UNSETTLED)
        stale = new + [row.id for row in unsettled if judge(row.id, row) is not None]
        written = self._ledger.settle(stale, judge) if stale else []
        archived = self._ledger.archive(now)
        self._site.note("scan", now)
        return Scan(len(written), archived, tuple(row.id for row in self.ready(now)))

    def ready(self, now: datetime) -> list[Reminder]:
        """The rows a worker may take now; what ends first comes first."""
        takeable = self._ledger.in_state(State.PENDING, State.CLAIMED)
        rows = [row for row in takeable if reminders.claimable(row, now)]
        return sorted(rows, key=lambda row: (row.expires_at, row.key_id))

    def rows(self) -> list[Reminder]:
        """Every row in the ledger; what ends first comes first."""
        return sorted(self._ledger.all().values(), key=lambda row: (row.expires_at, row.key_id))

    def _looked_at(self, row: Reminder, now: datetime, warn: timedelta) -> Reminder | None:
        """How the scan leaves a row, or None where it is right as it is."""
        match row.state:
            case State.PENDING if reminders.too_late(row, now):
                return reminders.missed(row, now)
            case State.CLAIMED if reminders.too_late(row, now) and reminders.lease_over(row, now):
                return reminders.missed(row, now)
            case State.PENDING if (due_at := self._due_elsewhen(row, now, warn)) is not None:
                return reminders.moved(row, due_at, now)
            case State.SENDING if reminders.lease_over(row, now):
                return reminders.unknown(row, "the worker stopped while it was being sent", now)
            case State.CANCELLED if self._lives(row, now) and not self._wanted.why_not(row):
                return reminders.reopened(row, f"no longer: {row.reason}", now)
            case State.FAILED if self._lives(row, now) and self._has_new_recipient(row):
                return reminders.reopened(row, "there is a new address", now)
            case _:
                return None

    def _due_elsewhen(self, row: Reminder, now: datetime, warn: timedelta) -> datetime | None:
        """When a row is due by a window that was changed since, or None where nothing changes.

        What is overdue by either window stays, and so does a row whose mail was once
        on its way: a person asked for that one, or it was asked for again.
        """
        key = self._keyring.get(row.key_id)
        if key is None or key.expires_at != row.expires_at or row.recipient:
            return None
        due_at = expiry.reminder_due(key, warn)
        moves = due_at is not None and due_at != row.due_at and now < max(due_at, row.due_at)
        return due_at if moves else None

    def _first_row(self, key: ApiKey, now: datetime, warn: timedelta) -> Reminder:
        due_at = expiry.reminder_due(key, warn) or now
        row = reminders.planned(key.id, key.expires_at, due_at, now)
        return reminders.missed(row, now) if reminders.too_late(row, now) else row

    def _lives(self, row: Reminder, now: datetime) -> bool:
        return row.expires_at > now

    def _has_new_recipient(self, row: Reminder) -> bool:
        key = self._keyring.get(row.key_id)
        if key is None or self._wanted.why_not(row):
            return False
        return self._wanted.recipient(key) != row.recipient

    def send_again(self, reminder_id: str, now: datetime, by: Person | None = None) -> Reminder:
        """A person asks for a row in doubt, or one that failed, to be sent again.

        `by` is who asks, for the trail; a command knows nobody.
        Raises NotFound, and IllegalArrow where it was sent or is still to be sent, and
        where the key ended so long ago that a mail helps nobody.
        """

        def reopen(row: Reminder) -> Reminder:
            again = reminders.reopened(row, "to be sent again, by hand", now)
            if reminders.too_late(row, now):
                raise IllegalArrow(f"the key of {row.id} ended too long ago")
            return again

        row = self._ledger.move(reminder_id, reopen)
        if row is None:
            raise NotFound("reminder")
        self._trail.note(
            Did.REMINDER_REOPENED,
            now,
            person=by,
            key=self._keyring.get(row.key_id),
            about=f"About its end {wording.utc(row.expires_at)}.",
        )
        return row

    def send_again_about(self, key: ApiKey, by: Person, now: datetime) -> Reminder:
        """`send_again` for the reminder about the key's present end.

        Raises what that does, and NotFound where there is none.
        """
        row = self._ledger.get(reminders.row_id(key.id, key.expires_at))
        if row is None:
            raise NotFound("reminder")
        return self.send_again(row.id, now, by)

    def standing(self, key: ApiKey, now: datetime) -> Standing:
        """How the reminder about the key's present end stands."""
        row = self._ledger.get(reminders.row_id(key.id, key.expires_at))
        as_planned = reminders.planned(key.id, key.expires_at, now, now)
        return standing.of(
            key,
            row,
            unwanted=self._wanted.why_not(as_planned),
            recipient=self._wanted.recipient(key),
            warn=self._policy().warn,
            mail_configured=self._mail_configured,
            now=now,
        )
