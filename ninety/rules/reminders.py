"""The life of one reminder: its states, the arrows between them, and nothing else.

One row stands for one key and one expiry instant. The aim is one mail: never
two, and where it may be none, that is a state people can see. SMTP leaves a
gap between the last byte sent and the answer read (RFC 1047), so `SENDING` is
on disk before that gap opens, and a row found there later is in doubt: no
machine ever sends it again.

    (none) → PENDING → CLAIMED → SENDING → SENT
    PENDING, CLAIMED → CANCELLED        the mail is not wanted (any more)
    PENDING, CLAIMED → MISSED           the key ended too long ago
    PENDING → PENDING                   it waits on, or the window was changed
    CLAIMED, SENDING → PENDING          a definite "not now": tried again later
    CLAIMED, SENDING → FAILED           a definite "never to this address"
    SENDING → UNKNOWN                   no answer: it may have arrived
    CANCELLED, FAILED → PENDING         the reason no longer holds
    UNKNOWN → PENDING, SENT             only by a person
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# Longer than any SMTP conversation can last, so that a claim is only ever taken
# over from a worker that is no longer talking to a mail server.
LEASE = timedelta(minutes=10)
RETRIES = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)
# A mail about a key that ended longer ago than this helps nobody.
LATEST = timedelta(days=7)
# How long an ended row stays in sight before it moves to the archive.
KEPT = timedelta(days=30)

NO_MAIL_SERVER = "no mail server"


class State(StrEnum):
    """Where a reminder stands."""

    PENDING = "PENDING"
    CLAIMED = "CLAIMED"
    SENDING = "SENDING"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    MISSED = "MISSED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ENDED = frozenset({State.SENT, State.UNKNOWN, State.MISSED, State.FAILED, State.CANCELLED})

# Each arrow by name: the state it leads to, and those it leads there from.
ARROWS: dict[str, tuple[State, frozenset[State]]] = {
    "claimed": (State.CLAIMED, frozenset({State.PENDING, State.CLAIMED})),
    "renewed": (State.CLAIMED, frozenset({State.CLAIMED})),
    "released": (State.PENDING, frozenset({State.CLAIMED})),
    "sending": (State.SENDING, frozenset({State.CLAIMED})),
    "sent": (State.SENT, frozenset({State.SENDING, State.UNKNOWN})),
    "unknown": (State.UNKNOWN, frozenset({State.SENDING})),
    "postponed": (State.PENDING, frozenset({State.CLAIMED, State.SENDING})),
    "failed": (State.FAILED, frozenset({State.CLAIMED, State.SENDING})),
    "cancelled": (State.CANCELLED, frozenset({State.PENDING, State.CLAIMED})),
    "missed": (State.MISSED, frozenset({State.PENDING, State.CLAIMED})),
    "waiting": (State.PENDING, frozenset({State.PENDING, State.CLAIMED})),
    "moved": (State.PENDING, frozenset({State.PENDING})),
    "reopened": (State.PENDING, frozenset({State.UNKNOWN, State.CANCELLED, State.FAILED})),
}


class IllegalArrow(Exception):
    """A reminder was asked to go where no arrow leads; the row is left as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One row of the ledger.

    `due_at` is when the mail first became due, `next_try` when a pending row may
    be taken, `attempts` how often a mail server gave a temporary no. `recipient`
    is the one address it goes to, chosen at the claim. `reason` says in words
    why the row is where it is. `worker` and `lease_until` belong to a claim.
    """

    id: str
    key_id: str
    expires_at: datetime
    state: State
    due_at: datetime
    changed_at: datetime
    next_try: datetime
    attempts: int = 0
    recipient: str = ""
    reason: str = ""
    worker: str = ""
    lease_until: datetime | None = None
    sent_at: datetime | None = None


def row_id(key_id: str, expires_at: datetime) -> str:
    """The identity of a reminder: a key and its expiry, in whole UTC seconds."""
    return f"{key_id}-{int(expires_at.timestamp())}"


def planned(key_id: str, expires_at: datetime, due_at: datetime, now: datetime) -> Reminder:
    """A new row, ready to be claimed."""
    return Reminder(
        id=row_id(key_id, expires_at),
        key_id=key_id,
        expires_at=expires_at,
        state=State.PENDING,
        due_at=due_at,
        changed_at=now,
        next_try=now,
    )


def claimable(row: Reminder, now: datetime) -> bool:
    """Whether a worker may take the row: it is its turn, or its worker's lease is over."""
    if row.state is State.PENDING:
        return row.next_try <= now
    return row.state is State.CLAIMED and lease_over(row, now)


def lease_over(row: Reminder, now: datetime) -> bool:
    """Whether the worker that held the row must be taken for dead."""
    return row.lease_until is not None and row.lease_until <= now


def lease_short(row: Reminder, now: datetime) -> bool:
    """Whether the lease might not outlive one more conversation, and is to be renewed first."""
    return row.lease_until is not None and row.lease_until - now < LEASE / 2


def held_by(row: Reminder, worker: str, now: datetime) -> bool:
    """Whether `worker` claimed the row and its lease is good."""
    return row.state is State.CLAIMED and row.worker == worker and not lease_over(row, now)


def too_late(row: Reminder, now: datetime) -> bool:
    """Whether the key ended so long ago that no mail is to go out any more."""
    return row.expires_at + LATEST <= now


def waits_for_server(row: Reminder) -> bool:
    """Whether the row says already that there is no mail server."""
    return row.state is State.PENDING and row.reason == NO_MAIL_SERVER


def claimed(row: Reminder, worker: str, now: datetime) -> Reminder:
    """`worker` has the row until its lease is over; why it waited so far stays with it."""
    if not claimable(row, now):
        raise IllegalArrow(f"{row.id} is {row.state} and not to be taken")
    facts = {"worker": worker, "lease_until": now + LEASE, "reason": row.reason}
    return _along("claimed", row, now, **facts)


def renewed(row: Reminder, worker: str, now: datetime) -> Reminder:
    """`worker` has the row for another lease; it waits for its turn in a slow batch."""
    if not held_by(row, worker, now):
        raise IllegalArrow(f"{row.id} is not held by {worker}")
    facts = {"worker": worker, "lease_until": now + LEASE, "reason": row.reason}
    return _along("renewed", row, now, **facts)


def released(row: Reminder, reason: str, now: datetime) -> Reminder:
    """Given back by its worker before its turn came; anybody may take it.

    Without a `reason` of its own it keeps the one it waited for before.
    """
    return _along("released", row, now, reason=reason or row.reason, next_try=now)


def sending(row: Reminder, worker: str, recipient: str, now: datetime) -> Reminder:
    """The next byte may be the message; from here on only an answer says what became of it."""
    if not held_by(row, worker, now):
        raise IllegalArrow(f"{row.id} is not held by {worker}")
    facts = {"worker": worker, "recipient": recipient, "lease_until": now + LEASE}
    return _along("sending", row, now, **facts)


def sent(row: Reminder, reply: str, now: datetime) -> Reminder:
    """A mail server took the message; `reply` is its word for it, or a person's."""
    return _along("sent", row, now, reason=reply, sent_at=now)


def unknown(row: Reminder, why: str, now: datetime) -> Reminder:
    """The message may or may not have arrived."""
    return _along("unknown", row, now, reason=why)


def postponed(row: Reminder, reason: str, now: datetime, *, counts: bool) -> Reminder:
    """Not now. `counts` is false where nobody can say it was this row's fault.

    Waits 5 minutes, 30 minutes, 2, 8 and then always 24 hours, each up to a
    tenth more or less so that rows postponed together do not return together.
    """
    wait = RETRIES[min(row.attempts, len(RETRIES) - 1)] if counts else RETRIES[0]
    attempts = row.attempts + 1 if counts else row.attempts
    next_try = now + wait * _about_one(f"{row.id} {attempts}")
    return _along("postponed", row, now, reason=reason, attempts=attempts, next_try=next_try)


def _about_one(seed: str) -> float:
    """A number from 0.9 to 1.1 that depends on `seed` alone."""
    return 0.9 + 0.2 * hashlib.sha256(seed.encode()).digest()[0] / 255


def failed(row: Reminder, recipient: str, reason: str, now: datetime) -> Reminder:
    """This address will not take it; another one may, later."""
    return _along("failed", row, now, recipient=recipient, reason=reason)


def cancelled(row: Reminder, reason: str, now: datetime) -> Reminder:
    """The mail is not wanted, for `reason`."""
    return _along("cancelled", row, now, reason=reason)


def missed(row: Reminder, now: datetime) -> Reminder:
    """The key ended so long ago that the mail would only confuse."""
    return _along("missed", row, now, reason=row.reason or "nobody could send it in time")


def waiting(row: Reminder, reason: str, now: datetime) -> Reminder:
    """Still pending, and `reason` is why; it may be taken the moment that changes."""
    if not claimable(row, now):
        raise IllegalArrow(f"{row.id} is {row.state} and not to be taken")
    return _along("waiting", row, now, reason=reason, next_try=now)


def moved(row: Reminder, due_at: datetime, now: datetime) -> Reminder:
    """Still pending, and due at another time since the window was changed."""
    facts = {"due_at": due_at, "next_try": max(due_at, now)}
    return _along("moved", row, now, reason="the window was changed", **facts)


def reopened(row: Reminder, reason: str, now: datetime) -> Reminder:
    """What stood in the way is gone, or a person asked for it to be sent again."""
    return _along("reopened", row, now, reason=reason, next_try=now, attempts=0)


def _along(arrow: str, row: Reminder, now: datetime, **facts: object) -> Reminder:
    """The row at the other end of `arrow`; what belonged to its old state alone is cleared."""
    end, starts = ARROWS[arrow]
    if row.state not in starts:
        already = row.state is end
        raise IllegalArrow(
            f"{row.id} is {end} already"
            if already
            else f"{row.id} is {row.state}, not to be {arrow}"
        )
    cleared: dict[str, object] = {"reason": "", "worker": "", "lease_until": None}
    return replace(row, state=end, changed_at=now, **(cleared | facts))  # type: ignore[arg-type]
