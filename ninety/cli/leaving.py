"""`flask user disable` and `flask user remove`: what breaks, who must know, who takes over."""

import json
from typing import Any

import click
from flask.cli import with_appcontext

from ninety.cli.terminal import found_person, json_option, now, say, table, world
from ninety.rules import instants, scopes, wording
from ninety.rules.leaving import Breaking, Departure
from ninety.rules.people import Person
from ninety.work.leaving import HandedOver

hand_to_option = click.option(
    "--hand-to", default="", help="Who takes over the packages and the notes of the keys."
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Only say what would break.")


@click.command()
@click.argument("email")
@hand_to_option
@dry_run_option
@json_option
@with_appcontext
def disable(email: str, hand_to: str, dry_run: bool, as_json: bool) -> None:
    """Stop a person: their sessions and all their keys end at once. Lists what breaks."""
    person, to, departure = _looked_at(email, hand_to)
    if dry_run:
        _tell(departure, None, as_json=as_json)
        say(f"{person.email} would be disabled, and none of their keys would work.")
        return
    disabled = world().people.disable(person.id, now())
    done = world().leaving.hand_over(disabled, to, now()) if to else None
    _tell(departure, done, as_json=as_json)
    say(f"{person.email} is disabled; none of their keys works.")


@click.command()
@click.argument("email")
@hand_to_option
@dry_run_option
@json_option
@with_appcontext
def remove(email: str, hand_to: str, dry_run: bool, as_json: bool) -> None:
    """Forget a person and revoke their keys; packages stay. Lists what breaks."""
    person, to, departure = _looked_at(email, hand_to)
    if dry_run:
        _tell(departure, None, as_json=as_json)
        say(f"{person.email} would be removed, and their keys revoked.")
        return
    disabled = world().people.disable(person.id, now())
    done = world().leaving.hand_over(disabled, to, now()) if to else None
    world().people.remove(person.id, now())
    _tell(departure, done, as_json=as_json)
    say(f"{person.email} is removed; their keys are revoked.")


def _looked_at(email: str, hand_to: str) -> tuple[Person, Person | None, Departure]:
    """Who leaves, who takes over, and what breaks. Raises NotFound, FieldRefused."""
    person = found_person(email)
    to = world().leaving.receiver(person, hand_to) if hand_to else None
    return person, to, world().leaving.departure(person, now())


def _tell(departure: Departure, done: HandedOver | None, *, as_json: bool) -> None:
    """The keys that break things on stdout, and what there is to say of them."""
    if as_json:
        click.echo(json.dumps(_as_json(departure, done), ensure_ascii=False, indent=2))
        return
    if departure.breaking:
        table([_row(one) for one in departure.breaking], as_json=False)
        say(f"Tell: {', '.join(departure.tell) or 'nobody else is here'}")
    else:
        say("No living key of theirs was used in the last 30 days.")
    if departure.unused:
        say(f"Not used lately: {', '.join(key.name for key in departure.unused)}")
    if done is not None:
        say(f"{done.to.email} took over {done.said}.")
    elif departure.packages:
        say(f"Owns: {', '.join(departure.packages)}")


def _row(one: Breaking) -> dict[str, str]:
    return {
        "name": one.key.name,
        "begins": one.key.prefix,
        "last used": wording.utc(one.last.at),
        "by": one.last.client,
        "from": one.last.address,
        "for": ", ".join(one.packages),
        "note": one.key.note,
        "tell": ", ".join(person.email for person in one.tell),
    }


def _as_json(departure: Departure, done: HandedOver | None) -> dict[str, Any]:
    return {
        "email": departure.person.email,
        "breaks": [
            {
                "id": one.key.id,
                "name": one.key.name,
                "begins": one.key.prefix,
                "may": scopes.said(one.key.actions, one.key.packages),
                "note": one.key.note,
                "packages": list(one.packages),
                "uses": [
                    {
                        "at": instants.text(use.at),
                        "by": use.client,
                        "from": use.address,
                        "for": use.package,
                    }
                    for use in one.uses
                ],
                "tell": [person.email for person in one.tell],
            }
            for one in departure.breaking
        ],
        "unused": [key.name for key in departure.unused],
        "owns": list(departure.packages),
        "tell": list(departure.tell),
        "handed_over": done
        and {"to": done.to.email, "packages": list(done.packages), "keys": done.keys},
    }
