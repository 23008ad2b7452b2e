"""How the reminder of a key stands, for the person who looks at the key."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ninety.rules import expiry, reminders
from ninety.rules.audit import one_line
from ninety.rules.keys import ApiKey
from ninety.rules.reminders import Reminder, State

# Why no mail goes to those who opted out.
BY_CHOICE = "its owner wants no reminder mail"

SENT_AGAIN = frozenset({State.UNKNOWN, State.FAILED})
"""What a person may ask to be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the reminder about the present end of a key stands.

    `kind` is `planned`, `too-short`, `rotated`, `revoked`, `opted-out`, `archived` or a state
    of the ledger in lower case. `at` is when that happened; for what is planned
    or pending, when it goes out or is tried next, None where that is any moment.
    `why` is one line; words of a mail server may be among it. `recipient` is the
    one address it goes, or went, to. `again` is whether sending it again by hand
    is to be offered. `nobody_told` is true while there is no mail server.
    """

    kind: str
    at: datetime | None = None
    why: str = ""
    recipient: str = ""
    again: bool = False
    nobody_told: bool = False


def of(
    key: ApiKey,
    row: Reminder | None,
    *,
    unwanted: str,
    recipient: str,
    warn: timedelta,
    mail_configured: bool,
    now: datetime,
) -> Standing:
    """How it stands with `row` for the key's present end, None while there is none.

    `unwanted` is why no mail is wanted as things are, or empty; `recipient` whom
    it would go to now; `warn` how long before its end a long-lived key is warned of.
    """
    # Since the window was made shorter, such a row is as good as planned.
    not_yet = row is not None and row.state is State.PENDING and row.due_at > now
    if row is not None and not not_yet:
        return _of_row(row, recipient, mail_configured, now)
    due_at = expiry.reminder_due(key, warn)
    if key.revoked_at is not None:
        return Standing(kind="revoked", at=key.revoked_at)
    if due_at is None:
        return Standing(kind="too-short")
    # The old secret of a rotation is gone before its reminder would be due.
    if key.retires_at is not None and key.stops_at <= due_at:
        return Standing(kind="rotated")
    if key.expires_at + reminders.KEPT <= now:
        return Standing(kind="archived")
    if unwanted:
        return _unwanted(unwanted, None)
    return Standing(
        kind="planned",
        at=due_at if due_at > now else None,
        recipient=recipient,
        nobody_told=not mail_configured,
    )


def sent_again_helps(row: Reminder, now: datetime) -> bool:
    """Whether sending the row again is to be offered: in doubt or failed, and not too late."""
    return row.state in SENT_AGAIN and not reminders.too_late(row, now)


def _of_row(row: Reminder, recipient: str, mail_configured: bool, now: datetime) -> Standing:
    if row.state is State.CANCELLED:
        return _unwanted(row.reason, row.changed_at)
    at: datetime | None = row.sent_at or row.changed_at
    if row.state is State.PENDING:
        at = row.next_try if row.next_try > now else None
    return Standing(
        kind=row.state.lower(),
        at=at,
        why=one_line(row.reason),
        recipient=row.recipient or recipient,
        again=sent_again_helps(row, now),
        nobody_told=not mail_configured,
    )


def _unwanted(why: str, at: datetime | None) -> Standing:
    return Standing(kind="opted-out" if why == BY_CHOICE else "cancelled", at=at, why=why)
