"""`flask key adopt` and `flask key spread`: keys from elsewhere, and ends for those without."""

import json
import sys

import click
from flask.cli import with_appcontext

from ninety.cli.terminal import found_person, json_option, now, say, world
from ninety.rules import scopes, wording
from ninety.rules.spreading import Week
from ninety.work.arriving import Spread

# More than any secret that is adopted, so that one that is too long is seen to be.
LONGEST_INPUT = 4096
BAR = 50


@click.command()
@click.argument("email")
@click.option("--name", required=True, help="What its owner calls it.")
@click.option("--action", multiple=True, help=f"One of {', '.join(scopes.ACTIONS)}; repeatable.")
@click.option("--packages", multiple=True, help="An id or a glob such as Acme.*; repeatable.")
@with_appcontext
def adopt(email: str, name: str, action: tuple[str, ...], packages: tuple[str, ...]) -> None:
    """Let a secret from another feed go on working here, for 90 to 110 days; it is read from stdin.

    16 or more printable ASCII characters on one line. Nothing of it is shown or kept.
    """
    key = world().arriving.adopt(
        found_person(email),
        name,
        _secret(),
        now(),
        actions=action or None,
        packages=packages or scopes.EVERY_PACKAGE,
    )
    say(
        f"API key '{key.name}' ({key.id}) works with the secret you gave, "
        f"and ends {wording.utc(key.expires_at)}."
    )


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would come of it; nothing is written.")
@json_option
@with_appcontext
def spread(dry_run: bool, as_json: bool) -> None:
    """Give keys without an end one, and keys beyond a lowered maximum a nearer one; each once."""
    done = world().arriving.spread(now(), dry_run=dry_run)
    if as_json:
        click.echo(json.dumps(_told(done, dry_run=dry_run), indent=2))
        return
    for line in _histogram(done.weeks):
        click.echo(line)
    say(
        f"Keys given an end: {done.given:,}; brought nearer: {done.moved:,}; "
        f"left as they are: {done.kept:,}."
    )
    if dry_run:
        say("This was a dry run: nothing is written, and the ends are drawn anew next time.")


def _secret() -> str:
    """What stands on stdin, or what a person types unseen."""
    if sys.stdin.isatty():
        return str(click.prompt("Secret", hide_input=True, err=True))
    return sys.stdin.buffer.read(LONGEST_INPUT).decode("ascii", "replace")


def _told(done: Spread, *, dry_run: bool) -> dict[str, object]:
    return {
        "given": done.given,
        "moved": done.moved,
        "kept": done.kept,
        "dry_run": dry_run,
        "weeks": [{"begins": week.begins.isoformat(), "keys": week.keys} for week in done.weeks],
    }


def _histogram(weeks: tuple[Week, ...]) -> list[str]:
    """When living keys end: a line for each week, with a bar as long as its share of the most."""
    if not weeks:
        return []
    most = max(week.keys for week in weeks)
    width = max(len("keys"), len(f"{most:,}"))
    lines = [f"{'week of':10}  {'keys':>{width}}"]
    for week in weeks:
        # Rounded up, so that a week with a key in it is never blank.
        bar = "█" * -(-BAR * week.keys // most)
        lines.append(f"{week.begins}  {week.keys:>{width},}  {bar}".rstrip())
    return lines
