"""What became of every key and expiry of the year: one mail each, or a reason that can be seen."""

import json
from collections import Counter
from dataclasses import dataclass

from ninety.rules.reminders import State
from ninety.store.ledger import Ledger
from simulation.post import received
from simulation.town import Promise
from simulation.year import Year

# States that say by themselves why nothing is promised any more, with the reason beside them.
REASONED = (State.CANCELLED, State.FAILED, State.MISSED)
TO_COME = (State.PENDING, State.CLAIMED, State.SENDING)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How many keys and expiries ended how, and what should not have happened."""

    fates: Counter[str]
    mails: int
    doubles: list[str]
    unexplained: list[str]


def reckon(year: Year) -> Reckoning:
    """Compare what was promised with what the ledger says and the mail servers accepted."""
    mails = received(*year.servers)
    rows = _archived(year) | _kept(year)
    fates: Counter[str] = Counter()
    doubles, unexplained = [], []
    for row_id, promise in year.town.promises.items():
        count = mails[row_id]
        if count > 1 + promise.by_hand:
            doubles.append(f"{row_id}: {count} mails")
        fate = _fate(year, promise, rows.get(row_id), count)
        fates[fate or "unexplained"] += 1
        if fate is None:
            unexplained.append(f"{row_id}: {count} mails, {rows.get(row_id)}, {promise}")
    stray = [f"{row_id}: never promised" for row_id in mails if row_id not in year.town.promises]
    return Reckoning(fates, mails.total(), doubles, unexplained + stray)


def _fate(year: Year, promise: Promise, row: tuple[State, str] | None, mails: int) -> str | None:
    """What became of one expiry, in words; None where nothing explains it."""
    if row is None:
        return None if mails else _never_due(year, promise)
    state, reason = row
    if state is State.SENT:
        return ("sent" if not promise.by_hand else "sent again by hand") if mails else None
    if state is State.UNKNOWN:
        return f"in doubt, and {'received' if mails else 'not received'}"
    if mails > promise.by_hand:
        return None
    if state in REASONED:
        return f"{state.lower()}: {_kind(reason)}" if reason else None
    return "still to be sent"


def _never_due(year: Year, promise: Promise) -> str | None:
    if promise.due_at is None:
        return "no mail: the key is too short"
    from_then_on = max(promise.due_at, promise.made_at)
    if not year.scanned_between(from_then_on, promise.over_at or year.clock()):
        return "no mail: renewed, moved or revoked before" if promise.over_at else "not due yet"
    return None


def _kind(reason: str) -> str:
    """A reason without what differs each time."""
    return reason.split(": ", 1)[-1][:60]


def _kept(year: Year) -> dict[str, tuple[State, str]]:
    rows = Ledger(year.folder).all().values()
    return {row.id: (row.state, row.reason) for row in rows}


def _archived(year: Year) -> dict[str, tuple[State, str]]:
    path = year.folder / "reminders-archive.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = (json.loads(line) for line in lines)
    return {one["id"]: (State(one["state"]), one["reason"]) for one in found}
