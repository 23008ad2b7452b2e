"""A reminder brought to a state as the worker would, without a worker or a mail server."""

from datetime import datetime

from ninety.rules import reminders
from ninety.rules.reminders import Reminder, State
from ninety.store.ledger import Ledger
from ninety.wiring import Ninety

WORKER = "a worker"


def bring(
    world: Ninety, key_id: str, state: State, now: datetime, *, to: str, said: str = ""
) -> Reminder:
    """The one row of the key, moved along the arrows to `state`; it must be due by `now`.

    `to` is its recipient, `said` what stands beside the state as its reason.
    """
    world.reminding.scan(now)
    ledger = Ledger(world.settings.data)
    [row] = ledger.of(key_id)
    arrows = {
        State.PENDING: [lambda row: reminders.postponed(row, said, now, counts=True)],
        State.CLAIMED: [],
        State.SENDING: [lambda row: reminders.sending(row, WORKER, to, now)],
        State.FAILED: [lambda row: reminders.failed(row, to, said, now)],
        State.SENT: [
            lambda row: reminders.sending(row, WORKER, to, now),
            lambda row: reminders.sent(row, said, now),
        ],
        State.UNKNOWN: [
            lambda row: reminders.sending(row, WORKER, to, now),
            lambda row: reminders.unknown(row, said, now),
        ],
    }[state]
    [row] = ledger.claim([row.id], WORKER, now)
    for arrow in arrows:
        moved = ledger.move(row.id, arrow)
        assert moved is not None
        row = moved
    return row
