"""The mails to be sent: one row per key and end, changed by compare and set.

Reminders are in `reminders.json`, and mails about keys that were reported in `leaks.json`.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from ninety.rules import instants, reminders
from ninety.rules.reminders import Reminder, State
from ninety.store.documents import Collection, Document, Documents, Unchanged

Step = Callable[[Reminder], Reminder | None]
"""What is to become of a row as it is now; None where it is to stay."""


class Ledger:
    """What became, or will become, of every mail of one kind, `name` in all its files."""

    def __init__(self, folder: Path, name: str = "reminders") -> None:
        self._rows = Collection(
            folder / f"{name}.json", dates=["expires_at"], fields=["key_id", "state"]
        )
        self._archive = folder / f"{name}-archive.jsonl"

    def get(self, reminder_id: str) -> Reminder | None:
        """The row with this id, or None."""
        document = self._rows.get(reminder_id)
        return _row(reminder_id, document) if document else None

    def all(self) -> dict[str, Reminder]:
        """Every row that is not archived, by id."""
        return {id: _row(id, document) for id, document in self._rows.all().items()}

    def in_state(self, *states: State) -> list[Reminder]:
        """The rows in any of `states`; the others, by far the most, are not even read."""
        return [
            _row(id, document)
            for state in states
            for id, document in self._rows.find(state=state.value).items()
        ]

    def of(self, key_id: str) -> list[Reminder]:
        """The rows of one key, the latest expiry first."""
        rows = [_row(id, found) for id, found in self._rows.find(key_id=key_id).items()]
        return sorted(rows, key=lambda row: row.expires_at, reverse=True)

    def claim(self, ids: Iterable[str], worker: str, now: datetime) -> list[Reminder]:
        """Take for `worker`, in one write, those of the rows that are to be had; in that order.

        The lease outlives the longest SMTP conversation, so a claim whose worker
        died can be taken again and never at the same time.
        """

        def take(_id: str, row: Reminder | None) -> Reminder | None:
            free = row is not None and reminders.claimable(row, now)
            return reminders.claimed(row, worker, now) if row and free else None

        return self.settle(ids, take)

    def move(self, reminder_id: str, step: Step) -> Reminder | None:
        """Move one row by `step`; the row as written, or None where it was left. See `move_all`."""
        return self.move_all({reminder_id: step}).get(reminder_id)

    def move_all(self, steps: Mapping[str, Step]) -> dict[str, Reminder]:
        """Move each row by its step in one write, all or nothing; the rows as written, by id.

        A step sees its row as it is now and may say None: leave it. Raises IllegalArrow.
        """
        moved = self.settle(steps, lambda id, row: steps[id](row) if row else None)
        return {row.id: row for row in moved}

    def settle(
        self,
        ids: Iterable[str],
        judge: Callable[[str, Reminder | None], Reminder | None],
    ) -> list[Reminder]:
        """Let `judge` look at many rows in one write; None leaves a row as it is.

        `judge` gets a row's id and the row, None where there is none yet, and
        answers the row as it should be. Returns the rows that were written.
        """

        def look(found: Documents) -> Documents:
            judged = (
                judge(id, _row(id, document) if document else None)
                for id, document in found.items()
            )
            changed: Documents = {row.id: _document(row) for row in judged if row is not None}
            if not changed:
                raise Unchanged
            return changed

        written = self._rows.change(ids, look)
        return [_row(id, document) for id, document in written.items() if document]

    def archive(self, now: datetime) -> int:
        """Move the rows that ended and whose key ended long ago to the archive; how many.

        They are appended and synced before they leave the ledger: a crash between
        the two leaves a row in both, and loses none.
        """
        long_ago = instants.text(now - reminders.KEPT)
        old = [id for id, _row in self._rows.before("expires_at", long_ago, limit=1_000_000)]
        return len(self._rows.change(old, lambda found: self._archived(found, now))) if old else 0

    def _archived(self, found: Documents, now: datetime) -> Documents:
        leaving = {
            id: document
            for id, document in found.items()
            if document is not None and _outlived(_row(id, document), now)
        }
        if not leaving:
            raise Unchanged
        with open(self._archive, "a", encoding="utf-8", opener=_private) as archive:
            for id, document in leaving.items():
                archive.write(json.dumps({"id": id, **document}, ensure_ascii=False) + "\n")
            archive.flush()
            os.fsync(archive.fileno())
        return dict.fromkeys(leaving)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _outlived(row: Reminder, now: datetime) -> bool:
    return row.state in reminders.ENDED and row.expires_at + reminders.KEPT <= now


def _row(id: str, found: Document) -> Reminder:
    lease_until, sent_at = found.get("lease_until"), found.get("sent_at")
    return Reminder(
        id=id,
        key_id=found["key_id"],
        expires_at=instants.parse(found["expires_at"]),
        state=State(found["state"]),
        due_at=instants.parse(found["due_at"]),
        changed_at=instants.parse(found["changed_at"]),
        next_try=instants.parse(found["next_try"]),
        attempts=found["attempts"],
        recipient=found["recipient"],
        reason=found["reason"],
        worker=found["worker"],
        lease_until=instants.parse(lease_until) if lease_until else None,
        sent_at=instants.parse(sent_at) if sent_at else None,
    )


def _document(row: Reminder) -> Document:
    return {
        "key_id": row.key_id,
        "expires_at": instants.text(row.expires_at),
        "state": row.state.value,
        "due_at": instants.text(row.due_at),
        "changed_at": instants.text(row.changed_at),
        "next_try": instants.text(row.next_try),
        "attempts": row.attempts,
        "recipient": row.recipient,
        "reason": row.reason,
        "worker": row.worker,
        "lease_until": instants.text(row.lease_until) if row.lease_until else None,
        "sent_at": instants.text(row.sent_at) if row.sent_at else None,
    }
