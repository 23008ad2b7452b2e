"""`flask reminders …`: what is due, what became of it, and sending it from here."""

import click

from ninety.cli.terminal import Commands, json_option, now, say, table, world
from ninety.rules import instants, wording
from ninety.rules.errors import FieldRefused
from ninety.rules.reminders import IllegalArrow

group = Commands("reminders", help="Reminder mail: due, list, run, resend.")


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
                "reminder": standing.kind,
                "reason": standing.why,
            }
        )
    table(rows, as_json=as_json)


@group.command("list")
@json_option
def list_rows(as_json: bool) -> None:
    """Every reminder in the ledger, and what became of it."""
    rows = [
        {
            "id": row.id,
            "state": row.state.value,
            "expires": instants.text(row.expires_at) if as_json else wording.utc(row.expires_at),
            "recipient": row.recipient,
            "changed": instants.text(row.changed_at) if as_json else wording.utc(row.changed_at),
            "reason": row.reason,
        }
        for row in world().reminding.rows()
    ]
    table(rows, as_json=as_json)


@group.command()
def run() -> None:
    """Look for what is due and send it from here, without Redis or the worker."""
    leaked = world().leak_mail.scan(now())
    found = world().reminding.scan(now())
    left = [
        *world().leak_sending.remind(leaked, world().clock),
        *world().sending.remind(found.ready, world().clock),
    ]
    for row in left:
        say(f"{row.id} is {row.state.value}" + (f": {row.reason}" if row.reason else ""))
    say(f"{len(leaked) + len(found.ready)} to be sent, {len(left)} handled.")


@group.command()
@click.argument("reminder_id")
def resend(reminder_id: str) -> None:
    """Send again a reminder that is in doubt or failed; the next run takes it."""
    try:
        row = world().reminding.send_again(reminder_id, now())
    except IllegalArrow as error:
        raise FieldRefused("reminder_id", f"It cannot be sent again: {error}") from None
    say(f"{row.id} is {row.state.value} again.")
