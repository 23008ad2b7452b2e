"""Sending one reminder: claimed, looked at again, delivered, and written down, in that order."""

import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from ninety.rules import reminders
from ninety.rules.delivery import (
    About,
    Delivered,
    NotDelivered,
    Outcome,
    ReminderFacts,
    Unknown,
)
from ninety.rules.keys import ApiKey
from ninety.rules.reminders import IllegalArrow, Reminder
from ninety.store.keyring import Keyring
from ninety.store.ledger import Ledger
from ninety.store.site import Site
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

    def deliver(self, recipient: str, content: bytes, before_data: Callable[[], None]) -> Outcome:
        """Hand one message to the mail server; `before_data` runs just before its first byte."""

    def preview(self, name: str, content: bytes) -> None:
        """Keep the message to be looked at, where there is no mail server."""


def _worker_name() -> str:
    """A name no other claim has; not even the same process at its next claim."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


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
    ) -> None:
        self._ledger = ledger
        self._keyring = keyring
        self._wanted = wanted
        self._write = write
        self._site = site
        self._mail = mail

    def remind(self, ids: Iterable[str], clock: Callable[[], datetime]) -> list[Reminder]:
        """Send what is to be sent of `ids`; the rows that changed, as they were left.

        `clock` is read at each step, since a conversation can take minutes. A
        mail server that cannot be reached three times in a row ends the batch;
        what is left stays pending and loses no attempt.
        """
        breaker = Breaker()
        left = []
        for reminder_id in ids:
            if breaker.open:
                log.warning("The mail server cannot be reached; the other reminders wait")
                break
            if self._mail.configured():
                row = self._send(reminder_id, breaker, clock)
            else:
                row = self._wait_for_server(reminder_id, clock())
            if row is not None:
                left.append(row)
        return left

    def _send(
        self, reminder_id: str, breaker: Breaker, clock: Callable[[], datetime]
    ) -> Reminder | None:
        now = clock()
        worker = _worker_name()
        row = self._ledger.claim(reminder_id, worker, now)
        if row is None:
            return None
        key, unwanted = self._keyring.get(row.key_id), self._wanted.why_not(row)
        if unwanted or key is None:
            return self._leave(row, lambda held: reminders.cancelled(held, unwanted, now))
        recipient = self._wanted.recipient(key)
        content = self._write(row, key, recipient, now)

        def note_sending() -> None:
            self._ledger.move(
                reminder_id,
                lambda held: reminders.sending(held, worker, recipient, clock()),
            )

        try:
            outcome = self._mail.deliver(recipient, content, note_sending)
        except IllegalArrow:
            log.warning("Reminder %s was taken over by another worker", reminder_id)
            return None
        breaker.note(outcome)
        self._note_mail(outcome, clock())
        return self._settle(row, recipient, outcome, clock())

    def _settle(
        self, row: Reminder, recipient: str, outcome: Outcome, now: datetime
    ) -> Reminder | None:
        """Write down what became of the message."""
        match outcome:
            case Delivered(reply=reply):
                return self._leave(row, lambda held: reminders.sent(held, reply, now))
            case Unknown(why=why):
                return self._leave(row, lambda held: reminders.unknown(held, why, now))
            case NotDelivered(permanent=True, about=About.RECIPIENT | About.MESSAGE, reason=reason):
                return self._leave(row, lambda held: reminders.failed(held, recipient, reason, now))
            case NotDelivered(about=about, reason=reason):
                counts = about is not About.CONNECTION
                return self._leave(
                    row, lambda held: reminders.postponed(held, reason, now, counts=counts)
                )

    def _leave(self, row: Reminder, arrow: Callable[[Reminder], Reminder]) -> Reminder | None:
        """Move a row on, if it is still this worker's.

        A row whose lease ended meanwhile is no longer ours to speak for; the scan
        has found, or will find, its own word for it.
        """

        def held(now_there: Reminder) -> Reminder | None:
            return arrow(now_there) if now_there.worker == row.worker else None

        return self._ledger.move(row.id, held)

    def _note_mail(self, outcome: Outcome, now: datetime) -> None:
        match outcome:
            case Delivered():
                self._site.note("mail-accepted", now)
                self._site.note_end("mail-down")
            case NotDelivered(about=About.CONNECTION, reason=reason):
                self._site.note_start("mail-down", now, reason)
            case NotDelivered():
                self._site.note_end("mail-down")

    def _wait_for_server(self, reminder_id: str, now: datetime) -> Reminder | None:
        """Without a mail server: keep the row pending, say why, and keep one preview."""
        row = self._ledger.get(reminder_id)
        if row is None or not reminders.claimable(row, now):
            return None
        unwanted, key = self._wanted.why_not(row), self._keyring.get(row.key_id)
        if unwanted or key is None:
            return self._ledger.move(
                reminder_id, lambda found: reminders.cancelled(found, unwanted, now)
            )
        if row.reason == reminders.NO_MAIL_SERVER:
            return None
        content = self._write(row, key, self._wanted.recipient(key), now)
        self._mail.preview(reminder_id, content)
        return self._ledger.move(
            reminder_id,
            lambda found: reminders.waiting(found, reminders.NO_MAIL_SERVER, now),
        )
