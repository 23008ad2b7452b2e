"""`flask user …`: accounts from the machine the feed runs on."""

import click

from ninety.cli import leaving
from ninety.cli.terminal import (
    Commands,
    found_person,
    json_option,
    now,
    say,
    secret_from_stdin,
    table,
    world,
)
from ninety.rules import wording

group = Commands("user", help="Accounts: add, invite, list, disable, enable, password, remove.")
group.add_command(leaving.disable)
group.add_command(leaving.remove)


@group.command()
@click.argument("email")
@click.option("--admin", is_flag=True, help="May see and end everything.")
@click.option("--timezone", default="", help="An IANA zone such as Europe/Berlin.")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from stdin.")
def add(email: str, admin: bool, timezone: str, password_stdin: bool) -> None:
    """Make an account; the password is read from stdin."""
    zone = timezone or world().settings.timezone
    password = secret_from_stdin()
    person = world().people.add(email, password, admin=admin, timezone=zone, now=now())
    say(f"{person.email} has an account.")


@group.command()
@click.argument("email")
@click.option("--admin", is_flag=True, help="May see and end everything.")
def invite(email: str, admin: bool) -> None:
    """Print a link by which EMAIL makes an account, once, within a week; nothing is mailed."""
    invited = world().inviting.invite(None, email, world().base_url(), now(), admin=admin)
    click.echo(invited.link)
    say(f"{email} makes an account by it until {wording.utc(invited.invitation.ends_at)}.")


@group.command("list")
@json_option
def list_people(as_json: bool) -> None:
    """Everybody with an account."""
    rows = [
        {
            "email": person.email,
            "admin": person.admin,
            "timezone": person.timezone,
            "made": wording.utc(person.made_at),
            "disabled": wording.utc(person.disabled_at) if person.disabled_at else "",
        }
        for person in world().people.all()
    ]
    table(rows, as_json=as_json)


@group.command()
@click.argument("email")
def enable(email: str) -> None:
    """Let a disabled person back in; keys that have not ended work again."""
    person = found_person(email)
    world().people.enable(person.id, now())
    say(f"{person.email} is enabled.")


@group.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from stdin.")
@click.option("--without-two-factor", is_flag=True, help="Switch two-factor sign-in off too.")
def password(email: str, password_stdin: bool, without_two_factor: bool) -> None:
    """Set a new password, read from stdin; the person's sessions end."""
    person = found_person(email)
    world().people.set_password(person.id, secret_from_stdin(), now())
    say(f"{person.email} has a new password.")
    if without_two_factor:
        world().two_factor.switch_off_for(person.id, now())
        say("It alone signs them in: two-factor sign-in is off.")
