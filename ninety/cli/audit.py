"""`flask audit`: what happened in the feed, the newest first."""

import itertools
import json
from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from ninety.cli.terminal import json_option, table, world
from ninety.rules import wording
from ninety.rules.audit import Event, Wanted

USUAL = 100


@click.command()
@click.option("--person", default="", metavar="EMAIL", help="Who did it, or had it done to them.")
@click.option("--key", default="", metavar="ID", help="The id of a key, or its name.")
@click.option("--package", default="", metavar="ID", help="A package, in any case.")
@click.option("--what", default="", metavar="WORD", help='Such as refused, or "key made".')
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The first day, in UTC.")
@click.option("--limit", type=click.IntRange(1), default=USUAL, show_default=True, metavar="N")
@json_option
@with_appcontext
def audit(
    person: str,
    key: str,
    package: str,
    what: str,
    since: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """What happened in the feed, the newest first."""
    wanted = Wanted(
        person=person,
        key=key,
        package=package,
        what=what,
        since=since.replace(tzinfo=UTC) if since else None,
    )
    try:
        events = list(itertools.islice(world().trail.newest(wanted), limit))
    except OSError as error:
        raise click.ClickException(f"The trail cannot be read: {error.strerror}.") from None
    if as_json:
        told = [event.to_json() for event in events]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        table([_row(event) for event in events], as_json=False)


def _row(event: Event) -> dict[str, str]:
    whom = event.whom if event.whom != event.who else None
    concerned = (
        event.key.name if event.key else "",
        whom.email if whom else "",
        event.package,
        event.version,
    )
    return {
        "at": wording.utc(event.at),
        "what": event.what,
        "of": " ".join(one for one in concerned if one),
        "by": event.who.email if event.who else "",
        "from": " ".join(one for one in (event.by, event.address, event.client) if one),
        "about": event.about,
    }
