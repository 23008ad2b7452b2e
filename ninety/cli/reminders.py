"""`flask reminders …`: what is due, what became of it, and sending it from here."""

from collections.abc import Iterable
from typing import Any

import click

from ninety.cli.terminal import Commands, json_option, now, say, table, world
from ninety.rules import instants, wording
from ninety.rules.errors import FieldRefused
from ninety.rules.reminders import IllegalArrow, Reminder, State

group = Commands("reminders", help="Reminder mail: due, list, run, resend.")

# What a run that left it so has failed at, and a person is to look at.
TO_LOOK_AT = frozenset({State.UNKNOWN, State.FAILED})


@group.command()
@click.option("--dry-run", is_flag=True, help="Accepted for clarity; this never sends.")
@json_option
def due(dry_run: bool, as_json: bool) -> None:
    """The keys whose reminder is due now; nothing is sent or written."""
    rows = []
    for key in world().reminding.due(now()):
        standing = world().reminding.standing(key, now())
        rows.append(
            {
                "key": key.id,
                "name": key.name,
                "expires": instants.text(key.expires_at)
                if as_json
                else wording.utc(key.expires_at),
                "recipient": standing.recipient,
                "reminder": standing.kind,
                "reason": standing.why,
            }
        )
    table(rows, as_json=as_json)


@group.command("list")
@click.option(
    "--state",
    type=click.Choice([state.value for state in State], case_sensitive=False),
    help="Only those in this state.",
)
@json_option
def list_rows(state: str | None, as_json: bool) -> None:
    """Every reminder in the ledger, and what became of it."""
    rows = world().reminding.rows()
    _show([row for row in rows if not state or row.state == state.upper()], as_json)


@group.command()
@json_option
def run(as_json: bool) -> None:
    """Look for what is due and send it from here, without Redis or the worker.

    Fails where a reminder is in doubt or undelivered afterwards.
    """
    world().endings.note(now())
    leaked = world().leak_mail.scan(now())
    found = world().reminding.scan(now())
    left = [
        *world().leak_sending.remind(leaked, world().clock),
        *world().sending.remind(found.ready, world().clock),
    ]
    if as_json or left:
        _show(left, as_json)
    say(f"{len(leaked) + len(found.ready)} to be sent, {len(left)} handled.")
    bad = sum(row.state in TO_LOOK_AT for row in left)
    if bad:
        raise click.ClickException(f"{bad} in doubt or not delivered; see flask reminders list.")


@group.command()
@click.argument("reminder_id")
def resend(reminder_id: str) -> None:
    """Send again a reminder that is in doubt or failed; the next run takes it."""
    try:
        row = world().reminding.send_again(reminder_id, now())
    except IllegalArrow as error:
        raise FieldRefused("reminder_id", f"It cannot be sent again: {error}") from None
    say(f"{row.id} is {row.state.value} again.")


def _show(rows: Iterable[Reminder], as_json: bool) -> None:
    table([_cells(row, as_json) for row in rows], as_json=as_json)


def _cells(row: Reminder, as_json: bool) -> dict[str, Any]:
    said = instants.text if as_json else wording.utc
    return {
        "id": row.id,
        "state": row.state.value,
        "expires": said(row.expires_at),
        "recipient": row.recipient,
        "changed": said(row.changed_at),
        "next_try": said(row.next_try) if row.state is State.PENDING else "",
        "reason": row.reason,
    }
