"""How commands speak: tables or JSON, one sentence for a refusal, secrets from stdin."""

import json
import os
import pwd
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import click
from flask.cli import AppGroup

from ninety.rules.audit import By, Origin
from ninety.rules.errors import NotFound, Refusal
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.web import context
from ninety.wiring import Ninety
from ninety.work import auditing

Command = TypeVar("Command", bound=Callable[..., Any])


class Commands(AppGroup):
    """A group of commands; a refusal ends one with its sentence and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        auditing.comes_from(Origin(By.COMMAND, client=_account()))
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            raise click.ClickException(f"{refusal}.") from None


def _account() -> str:
    """The machine's own account that runs the command."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container, whose numbers have no names
        return f"uid {os.getuid()}"


def world() -> Ninety:
    """The product of the current app."""
    return context.world()


def now() -> datetime:
    """The instant of this command, read once."""
    return context.now()


def json_option(command: Command) -> Command:
    """`--json`: what a machine reads instead of a table."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def say(sentence: str) -> None:
    """A sentence for the person at the terminal, on stderr, so that stdout stays for results."""
    click.echo(sentence, err=True)


def table(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """`rows` in aligned columns under their names, or as a JSON list."""
    if as_json:
        click.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))
        return
    if not rows:
        say("Nothing to list.")
        return
    names = list(rows[0])
    lines = [names, *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def secret_from_stdin() -> str:
    """The first line of stdin, without its end."""
    return sys.stdin.readline().rstrip("\r\n")


def found_person(email: str) -> Person:
    """The person with this address. Raises NotFound."""
    person = world().people.by_email(email)
    if person is None:
        raise NotFound(f"account as {email}")
    return person


def found_key(key_id: str) -> tuple[ApiKey, Person]:
    """The key and its owner. Raises NotFound."""
    key = world().lifecycle.find(key_id)
    person = world().people.get(key.owner)
    if person is None:
        raise NotFound("owner of this key")
    return key, person
