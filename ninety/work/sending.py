"""Sending reminders: each claimed, looked at again, delivered, and written down, in that order."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from ninety.rules import reminders
from ninety.rules.account_mail import AccountFacts
from ninety.rules.audit import Did
from ninety.rules.delivery import (
    About,
    Delivered,
    NotDelivered,
    Outcome,
    ReminderFacts,
    TrialFacts,
    Unknown,
)
from ninety.rules.keys import ApiKey
from ninety.rules.leaks import LeakFacts
from ninety.rules.reminders import Reminder
from ninety.store.keyring import Keyring
from ninety.store.ledger import Ledger, Step
from ninety.store.site import Site
from ninety.work import mail_condition
from ninety.work.auditing import Trail
from ninety.work.batch import Batch, LeaseLost
from ninety.work.wanted import Wanted

log = logging.getLogger(__name__)

# So many conversations in a row that never got to a message, and the batch waits.
BREAKER = 3


class Mail(Protocol):
    """Composes and delivers; the ledger only needs to know what became of it."""

    def configured(self) -> bool:
        """Whether there is a mail server to hand messages to."""

    def reminder(self, facts: ReminderFacts) -> bytes:
        """The whole message about one key, as bytes."""

    def leak(self, facts: LeakFacts) -> bytes:
        """The whole message about one key that was reported as leaked, as bytes."""

    def deliver(self, recipient: str, content: bytes, before_data: Callable[[], None]) -> Outcome:
        """Hand one message to the mail server; `before_data` runs just before its first byte."""

    def trial(self, facts: TrialFacts) -> bytes:
        """The whole test message, as bytes."""

    def account(self, facts: AccountFacts) -> bytes:
        """The whole message about an account, as bytes."""

    def deliver_soon(self, recipient: str, content: bytes) -> Outcome:
        """Hand one message to the mail server, with little patience, for somebody who waits."""

    def preview(self, name: str, content: bytes) -> None:
        """Keep the message to be looked at, where there is no mail server."""


class Breaker:
    """Counts conversations that failed before any message was judged."""

    def __init__(self) -> None:
        self._failures = 0

    def note(self, outcome: Outcome) -> None:
        """Count a failed connection; anything else starts the count anew."""
        failed = isinstance(outcome, NotDelivered) and outcome.about is About.CONNECTION
        self._failures = self._failures + 1 if failed else 0

    @property
    def open(self) -> bool:
        """Whether the mail server must be taken for unreachable."""
        return self._failures >= BREAKER


Write = Callable[[Reminder, ApiKey, str, datetime], bytes]
"""Writes the whole message of a row about its key, to a recipient, as of an instant."""


class Sending:
    """Sends what the ledger says is to be sent, once; `write` knows what each message says."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        keyring: Keyring,
        wanted: Wanted,
        write: Write,
        site: Site,
        mail: Mail,
        trail: Trail,
        noted_as: Did = Did.REMINDER_SENT,
    ) -> None:
        self._ledger = ledger
        self._keyring = keyring
        self._wanted = wanted
        self._write = write
        self._site = site
        self._mail = mail
        self._trail = trail
        self._noted_as = noted_as

    def remind(
        self,
        ids: Iterable[str],
        clock: Callable[[], datetime],
        stopping: Callable[[], bool] = lambda: False,
    ) -> list[Reminder]:
        """Send what is to be sent of `ids`; the rows that changed, as they were left.

        `clock` is read at each step, since a conversation can take minutes. A
        mail server that cannot be reached three times in a row ends the batch;
        what is left stays pending and loses no attempt. So it does when `stopping`
        says, between two mails, that the worker was asked to end.
        """
        if not self._mail.configured():
            return self._wait_for_server(ids, clock())
        breaker = Breaker()
        with Batch(self._ledger, ids, clock) as batch:
            for row in batch:
                self._send(row, batch, breaker, clock)
                if breaker.open:
                    log.warning("The mail server cannot be reached; the other reminders wait")
                    batch.give_back("the mail server cannot be reached")
                elif stopping():
                    batch.give_back("the worker was stopped")
        accepted = [(row, row.sent_at) for row in batch.left if row.sent_at is not None]
        for row, sent_at in accepted:
            key, about = self._keyring.get(row.key_id), f"To {row.recipient}."
            self._trail.note(self._noted_as, sent_at, key=key, about=about)
        if accepted:
            self._site.note("mail-accepted", max(sent_at for _, sent_at in accepted))
        return batch.left

    def _send(
        self, row: Reminder, batch: Batch, breaker: Breaker, clock: Callable[[], datetime]
    ) -> None:
        now = clock()
        if reminders.too_late(row, now):
            batch.note(row, lambda held: reminders.missed(held, now))
            return
        key, unwanted = self._keyring.get(row.key_id), self._wanted.why_not(row)
        if unwanted or key is None:
            batch.note(row, lambda held: reminders.cancelled(held, unwanted, now))
            return
        recipient = self._wanted.recipient(key)
        content = self._write(row, key, recipient, now)
        try:
            outcome = self._mail.deliver(recipient, content, lambda: batch.begin(row, recipient))
        except LeaseLost:
            log.warning("The lease of %s was over before its message began", row.id)
            return
        batch.note(row, _verdict(outcome, recipient, clock()))
        breaker.note(outcome)
        mail_condition.note(self._site, outcome, clock())

    def _wait_for_server(self, ids: Iterable[str], now: datetime) -> list[Reminder]:
        """Without a mail server: keep the rows pending, say why, and keep one preview of each."""
        rows = (self._ledger.get(reminder_id) for reminder_id in ids)
        steps = {
            row.id: self._without_server(row, now)
            for row in rows
            if row and reminders.claimable(row, now) and not reminders.waits_for_server(row)
        }
        return list(self._ledger.move_all(steps).values()) if steps else []

    def _without_server(self, row: Reminder, now: datetime) -> Step:
        unwanted, key = self._wanted.why_not(row), self._keyring.get(row.key_id)
        if unwanted or key is None:
            return _if_free(lambda found: reminders.cancelled(found, unwanted, now), now)
        content = self._write(row, key, self._wanted.recipient(key), now)
        self._mail.preview(row.id, content)
        return _if_free(lambda found: reminders.waiting(found, reminders.NO_MAIL_SERVER, now), now)


def _if_free(step: Callable[[Reminder], Reminder], now: datetime) -> Step:
    return lambda found: step(found) if reminders.claimable(found, now) else None


def _verdict(outcome: Outcome, recipient: str, now: datetime) -> Callable[[Reminder], Reminder]:
    """The arrow along which the outcome of its conversation takes a row."""
    match outcome:
        case Delivered(reply=reply):
            return lambda held: reminders.sent(held, reply, now)
        case Unknown(why=why):
            return lambda held: reminders.unknown(held, why, now)
        case NotDelivered(permanent=True, about=About.RECIPIENT | About.MESSAGE, reason=reason):
            return lambda held: reminders.failed(held, recipient, reason, now)
        case NotDelivered(about=about, reason=reason):
            counts = about is not About.CONNECTION
            return lambda held: reminders.postponed(held, reason, now, counts=counts)
