"""Several reminders in one worker's hands: held by lease, and written down in few writes."""

import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from types import TracebackType

from ninety.rules import reminders
from ninety.rules.reminders import Reminder, State
from ninety.store.ledger import Ledger, Step

log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """The row is another worker's by now; nothing of its message may go out from here."""


class Batch:
    """Rows that one worker claims together and sends one after the other.

    They are claimed in one write, when the `with` block begins. What became of a
    row is written together with the next row's step, which comes at the end of
    that one's conversation at the latest; but that a row is being sent is on disk
    before `begin` returns. So a worker killed at any line leaves each row either
    to be sent by another once its lease is over, or in doubt, or ended.
    """

    def __init__(self, ledger: Ledger, ids: Iterable[str], clock: Callable[[], datetime]) -> None:
        self._ledger, self._ids, self._clock = ledger, ids, clock
        # A name no other claim has; not even the same process at its next batch.
        self._worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._turn: Reminder | None = None
        self._to_come: list[Reminder] = []
        self._unwritten: dict[str, Step] = {}
        self._left: dict[str, Reminder] = {}

    @property
    def left(self) -> list[Reminder]:
        """The rows that changed, as they were left."""
        return list(self._left.values())

    def __enter__(self) -> "Batch":
        self._to_come = self._ledger.claim(self._ids, self._worker, self._clock())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what is unwritten and give back the rows whose turn did not come.

        Where the row in turn could not be dealt with, because of a fault of ours or
        of the disk, it steps behind the others: nobody waits behind a row that
        fails each time. What ends the whole process leaves everything as it is.
        """
        if error is not None and not isinstance(error, Exception):
            return
        if error is not None and self._turn is not None:
            broken_off = self._broken_off(type(error).__name__)
            self._unwritten.setdefault(self._turn.id, self._ours(broken_off))
        self.give_back("")
        self._write()

    def __iter__(self) -> Iterator[Reminder]:
        """Each row in its turn, with a lease that outlives its conversation."""
        while self._to_come:
            self._keep_hold()
            if not self._to_come:
                break
            self._turn = self._to_come.pop(0)
            yield self._turn
            self._turn = None

    def begin(self, row: Reminder, recipient: str) -> None:
        """Put on disk that the message of `row` is on its way to `recipient`.

        To be called just before its first byte. Raises LeaseLost where the row is
        not held any more, and what the disk raises; then nothing may be sent.
        """
        now = self._clock()

        def send(found: Reminder) -> Reminder | None:
            if not reminders.held_by(found, self._worker, now):
                return None
            return reminders.sending(found, self._worker, recipient, now)

        if row.id not in self._write({row.id: send}):
            raise LeaseLost(row.id)

    def note(self, row: Reminder, step: Callable[[Reminder], Reminder]) -> None:
        """Note what became of `row`; it is written at once if an earlier row's fate waits."""
        one_waits = bool(self._unwritten)
        self._unwritten[row.id] = self._ours(step)
        if one_waits:
            self._write()

    def give_back(self, reason: str) -> None:
        """Leave the rows that are still to come to anybody, for `reason`."""
        now = self._clock()
        release = self._ours(lambda found: reminders.released(found, reason, now))
        self._unwritten |= {row.id: release for row in self._to_come}
        self._to_come = []

    def _keep_hold(self) -> None:
        """Renew the leases of all rows to come where the next one's is short; forget lost rows."""
        now = self._clock()
        if not reminders.lease_short(self._to_come[0], now):
            return

        def renew(found: Reminder) -> Reminder | None:
            held = reminders.held_by(found, self._worker, now)
            return reminders.renewed(found, self._worker, now) if held else None

        kept = self._write({row.id: renew for row in self._to_come})
        lost = [row.id for row in self._to_come if row.id not in kept]
        if lost:
            log.warning("The lease is over of %s", ", ".join(lost))
        self._to_come = [kept[row.id] for row in self._to_come if row.id in kept]

    def _write(self, steps: dict[str, Step] | None = None) -> dict[str, Reminder]:
        """Write `steps` and all that is unwritten, together; the rows as written."""
        together = self._unwritten | (steps or {})
        if not together:
            return {}
        written = self._ledger.move_all(together)
        self._unwritten = {}
        self._left |= written
        return written

    def _ours(self, step: Callable[[Reminder], Reminder]) -> Step:
        """`step`, if the row is still this worker's.

        A row whose lease ended meanwhile is no longer ours to speak for; the scan
        has found, or will find, its own word for it.
        """
        return lambda found: step(found) if found.worker == self._worker else None

    def _broken_off(self, fault: str) -> Callable[[Reminder], Reminder]:
        """The end of a turn that `fault` ended: in doubt if the message was on its way."""
        now = self._clock()

        def step_behind(found: Reminder) -> Reminder:
            if found.state is State.SENDING:
                return reminders.unknown(found, f"{fault} while it was being sent", now)
            return reminders.postponed(found, f"{fault} before it was sent", now, counts=True)

        return step_behind
