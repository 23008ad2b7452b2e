"""`flask packages …`: what is in the feed, bringing packages in, and looking after them."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click

from ninety.cli.progress import counting, progress
from ninety.cli.terminal import (
    Commands,
    found_person,
    json_option,
    now,
    say,
    table,
    world,
)
from ninety.rules import instants, wording
from ninety.rules.errors import FieldRefused
from ninety.rules.people import Person
from ninety.work import importing
from ninety.work.importing import Outcome
from ninety.work.verifying import Finding, Standing

group = Commands(
    "packages", help="Packages: list, import, verify, reindex, unlist, relist, delete."
)


@group.command("list")
@json_option
def list_packages(as_json: bool) -> None:
    """Every package id, its newest version, how many there are, and whose it is."""
    people = {person.id: person.email for person in world().people.all()}
    rows = []
    with world().index.reading() as index:
        for package_id in index.ids():
            there = index.versions(package_id)
            if not there:
                continue
            newest = index.record(package_id, there[-1].sort_key)
            assert newest is not None
            owners = [people.get(owner, owner) for owner in index.owners(package_id)]
            rows.append(
                {
                    "id": newest.id,
                    "newest": there[-1].shown,
                    "versions": len(there),
                    "unlisted": sum(not one.listed for one in there),
                    "published": instants.text(newest.published)
                    if as_json
                    else wording.utc(newest.published),
                    "owners": owners if as_json else ", ".join(owners),
                }
            )
    table(rows, as_json=as_json)


@group.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--owner", default="", help="Whose new ids become; the only admin's without it.")
@json_option
def import_packages(folder: Path, owner: str, as_json: bool) -> None:
    """Take in every .nupkg below FOLDER; stopped and run again, it goes on where it was."""
    person = _owner(owner)
    found = importing.find(folder)
    run = world().importing.run(found.packages, person, now())
    results = list(progress(run, len(found.packages), "Importing"))
    trouble = [one for one in results if one.outcome in (Outcome.REFUSED, Outcome.DIFFERENT)]
    rows = [
        {"file": str(one.path.relative_to(folder)), "outcome": str(one.outcome), "why": one.why}
        for one in trouble
    ]
    counts = Counter(one.outcome for one in results)
    if as_json:
        told = {"imported": counts[Outcome.IMPORTED], "same": counts[Outcome.SAME]}
        _print_json({**told, "symbols_left_out": found.symbols, "trouble": rows})
    elif rows:
        table(rows, as_json=False)
    say(_summary(counts))
    if found.symbols:
        say(f"Left out, because they hold symbols only: {found.symbols}. Push .snupkg files.")
    if trouble:
        click.get_current_context().exit(1)


@group.command()
@click.option("--repair", is_flag=True, help="Put right what can be derived from what is there.")
@json_option
def verify(repair: bool, as_json: bool) -> None:
    """Compare every package with its record, its sidecars and the index, and report leftovers."""
    verifying = world().verifying
    checks = verifying.checks(repair=repair)
    found = [one for check in progress(checks, len(checks), "Verifying") for one in check()]
    if as_json:
        rows = [
            {"where": one.where, "what": one.what, "standing": str(one.standing)} for one in found
        ]
        _print_json({"versions": verifying.versions(), "findings": rows})
    else:
        for one in found:
            click.echo(f"{one.where}: {one.what}")
    remaining = _count(found, Standing.PROBLEM)
    say(_verdict(verifying.versions(), remaining, _count(found, Standing.REPAIRED)))
    if remaining:
        click.get_current_context().exit(1)


@group.command()
def reindex() -> None:
    """Make the index anew from the packages; the feed goes on answering meanwhile."""
    ids = len(world().packages.ids())
    with counting(ids, "Reading") as one_more:
        world().index.rebuild(one_more)
    say(f"The index was made anew from {_counted(ids, 'package id')}.")


@group.command()
@click.argument("package_id", metavar="ID")
@click.argument("version")
def unlist(package_id: str, version: str) -> None:
    """Hide a version from searches; restores still find it."""
    record = world().stewardship.unlist(_an_admin(), package_id, version, now())
    say(f"{record.id} {record.version} is unlisted.")


@group.command()
@click.argument("package_id", metavar="ID")
@click.argument("version")
def relist(package_id: str, version: str) -> None:
    """Show an unlisted version in searches again."""
    record = world().stewardship.relist(_an_admin(), package_id, version, now())
    say(f"{record.id} {record.version} is listed.")


@group.command()
@click.argument("package_id", metavar="ID")
@click.argument("version")
@click.option("--who", required=True, metavar="EMAIL", help="The admin who deletes it.")
@click.option("--why", required=True, help="Kept with the version.")
def delete(package_id: str, version: str, who: str, why: str) -> None:
    """Delete a version's bytes for good; its number stays taken."""
    record = world().deleting.delete(found_person(who), package_id, version, why, now())
    say(f"{record.id} {record.version} is deleted; its number stays reserved.")


def _owner(email: str) -> Person:
    """Who gets new ids: the person with this address, else the only admin there is."""
    if email:
        person = found_person(email)
        if person.disabled_at is not None:
            raise FieldRefused("owner", f"The account of {person.email} is disabled")
        return person
    admins = _admins()
    if len(admins) != 1:
        raise FieldRefused("owner", f"There are {len(admins)} admins; say --owner EMAIL")
    return admins[0]


def _an_admin() -> Person:
    """Whoever has this machine in hand may do what an admin may."""
    admins = _admins()
    if not admins:
        raise FieldRefused("who", "There is no admin yet; flask user add EMAIL --admin makes one")
    return admins[0]


def _admins() -> list[Person]:
    return [one for one in world().people.all() if one.admin and one.disabled_at is None]


def _summary(counts: Counter[Outcome]) -> str:
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome) + "."


def _verdict(versions: int, remaining: int, repaired: int) -> str:
    checked = f"Checked {_counted(versions, 'version')}"
    if not remaining and not repaired:
        return f"{checked}: all is well."
    parts = [f"{_counted(repaired, 'thing')} repaired"] if repaired else []
    parts += [_counted(remaining, "problem") if remaining else "all is well now"]
    return f"{checked}: {', '.join(parts)}."


def _count(found: Iterable[Finding], standing: Standing) -> int:
    return sum(one.standing is standing for one in found)


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _print_json(document: dict[str, object]) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
