"""Whose leaked keys are still to be told of, and what became of each mail.

A key that was reported says so itself; the mail about it has a row in a ledger
of its own, which goes the ways of a reminder's (`rules/reminders.py`). The scan
compares the two, so that a report made while Redis or the mail server was away
is told later, and none is told twice.
"""

from datetime import datetime

from ninety.rules import reminders
from ninety.rules.keys import ApiKey
from ninety.rules.reminders import Reminder, State
from ninety.store.keyring import Keyring
from ninety.store.ledger import Ledger
from ninety.work.wanted import Wanted


class WantedOfLeaks(Wanted):
    """Who is to be told of a leaked key: whoever its reminders go to, wanted or not."""

    def why_not(self, row: Reminder) -> str:
        """Why no mail is wanted for `row`, in words, or an empty text where one is."""
        key = self._keyring.get(row.key_id)
        if key is None:
            return "the key is gone"
        owner = self._accounts.get(key.owner)
        if owner is None or owner.disabled_at is not None:
            return "its owner was disabled"
        return ""


class LeakMail:
    """Keeps the ledger of these mails true; sends nothing."""

    def __init__(self, ledger: Ledger, keyring: Keyring) -> None:
        self._ledger = ledger
        self._keyring = keyring

    def scan(self, now: datetime) -> tuple[str, ...]:
        """Bring the ledger up to date with the keys; the rows that are to be sent now.

        No row ever leaves the ledger, so a key told of once stays told of.
        """
        reported = {_row_id(key): key for key in self._keyring.reported_by(now)}
        rows = self._ledger.all()

        def judge(id: str, row: Reminder | None) -> Reminder | None:
            if row is None:
                return _first_row(reported[id], now)
            return _looked_at(row, now)

        stale = [id for id in reported.keys() | rows.keys() if judge(id, rows.get(id)) is not None]
        if stale:
            self._ledger.settle(stale, judge)
        ready = [row for row in self._ledger.all().values() if reminders.claimable(row, now)]
        return tuple(row.id for row in sorted(ready, key=lambda row: row.expires_at))

    def of(self, key: ApiKey) -> Reminder | None:
        """The row of the mail about `key`; None where nobody reported it, or no scan saw it yet."""
        return self._ledger.get(_row_id(key)) if key.reported_at else None


def _row_id(key: ApiKey) -> str:
    assert key.reported_at is not None
    return reminders.row_id(key.id, key.reported_at)


def _first_row(key: ApiKey, now: datetime) -> Reminder:
    assert key.reported_at is not None
    row = reminders.planned(key.id, key.reported_at, key.reported_at, now)
    return reminders.missed(row, now) if reminders.too_late(row, now) else row


def _looked_at(row: Reminder, now: datetime) -> Reminder | None:
    """How the scan leaves a row, or None where it is right as it is."""
    match row.state:
        case State.PENDING if reminders.too_late(row, now):
            return reminders.missed(row, now)
        case State.CLAIMED if reminders.too_late(row, now) and reminders.lease_over(row, now):
            return reminders.missed(row, now)
        case State.SENDING if reminders.lease_over(row, now):
            return reminders.unknown(row, "the worker stopped while it was being sent", now)
        case _:
            return None
