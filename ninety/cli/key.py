"""`flask key …`: API keys from the machine the feed runs on."""

import click

from ninety.cli import arriving
from ninety.cli.terminal import (
    Commands,
    found_key,
    found_person,
    json_option,
    now,
    say,
    table,
    world,
)
from ninety.rules import instants, scopes, wording
from ninety.rules.keys import ApiKey
from ninety.work.lifecycle import Issued

group = Commands("key", help="API keys: create, list, regenerate, rotate, revoke, adopt, spread.")
group.add_command(arriving.adopt)
group.add_command(arriving.spread)


@group.command()
@click.argument("email")
@click.option("--name", required=True, help="What its owner calls it.")
@click.option("--days", default="", help="How long it lives; the default lifetime without it.")
@click.option("--action", multiple=True, help=f"One of {', '.join(scopes.ACTIONS)}; repeatable.")
@click.option("--packages", multiple=True, help="An id or a glob such as Acme.*; repeatable.")
@click.option("--contact", default="", help="Who is told of its end instead of its owner.")
def create(
    email: str,
    name: str,
    days: str,
    action: tuple[str, ...],
    packages: tuple[str, ...],
    contact: str,
) -> None:
    """Make a key for a person; the secret alone goes to stdout, once."""
    lifecycle = world().lifecycle
    issued = lifecycle.make(
        found_person(email),
        name,
        days or lifecycle.default_days(action or scopes.DEFAULT_ACTIONS),
        now(),
        actions=action or None,
        packages=packages or scopes.EVERY_PACKAGE,
        contact=contact,
    )
    _hand_over(issued)


@group.command("list")
@click.argument("email", required=False)
@json_option
def list_keys(email: str | None, as_json: bool) -> None:
    """The keys of one person, or of everybody; what ends first comes first."""
    people = [found_person(email)] if email else world().people.all()
    rows = [
        {
            "id": key.id,
            "name": key.name,
            "owner": person.email,
            "state": _state(key),
            "may": scopes.said(key.actions, key.packages),
            "expires": instants.text(key.stops_at) if as_json else wording.utc(key.stops_at),
            "left": wording.remaining(key.stops_at - now()) if key.alive(now()) else "",
        }
        for person in people
        for key in world().lifecycle.keys_of(person)
    ]
    table(sorted(rows, key=lambda row: str(row["expires"])), as_json=as_json)


@group.command()
@click.argument("key_id")
@click.option("--days", default="", help="A new length; the old one without it.")
def regenerate(key_id: str, days: str) -> None:
    """Give a key a new secret and a new life; the old secret is dead at once."""
    key, owner = found_key(key_id)
    _hand_over(world().lifecycle.regenerate(key.id, owner, now(), days))


@group.command()
@click.argument("key_id")
@click.option("--days", default="", help="The life of the new secret; as long as now without it.")
@click.option(
    "--overlap-hours",
    default="",
    help="Both secrets work so long; 24, or what the policy allows, without it.",
)
def rotate(key_id: str, days: str, overlap_hours: str) -> None:
    """Make a successor of a key; the old secret goes on for a while after its first use."""
    key, owner = found_key(key_id)
    issued = world().lifecycle.rotate(
        key.id, owner, now(), days=days or None, overlap_hours=overlap_hours or None
    )
    old = world().lifecycle.find(key.id)
    say(f"The old secret of '{key.name}' stops {wording.utc(old.stops_at)} at the latest.")
    _hand_over(issued)


@group.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End a key for good."""
    key, owner = found_key(key_id)
    world().lifecycle.revoke(key.id, owner, now())
    say(f"API key '{key.name}' of {owner.email} is revoked.")


def _hand_over(issued: Issued) -> None:
    """The secret alone on stdout, so that a script can keep it; the rest on stderr."""
    say(
        f"API key '{issued.key.name}' ({issued.key.id}) ends {wording.utc(issued.key.expires_at)}. "
        "This is the only time its secret is shown:"
    )
    click.echo(issued.secret)


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.retires_at is not None:
        return "retired" if key.retired(now()) else "retiring"
    return "ended" if key.expired(now()) else "alive"
