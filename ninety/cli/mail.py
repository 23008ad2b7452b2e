"""`flask mail …`: whether mail gets out of here."""

import click

from ninety.cli.terminal import Commands, world
from ninety.rules import delivery
from ninety.rules.delivery import Delivered
from ninety.rules.errors import FieldRefused
from ninety.rules.people import Person, check_email

group = Commands("mail", help="Mail: test.")


@group.command()
@click.option("--to", "email", default="", help="Whom it goes to; the first admin without it.")
def test(email: str) -> None:
    """Send a test mail as reminders are sent; fails unless the mail server takes it."""
    recipient = check_email(email) if email else _first_admin().email
    person = world().people.by_email(recipient)
    zone = person.timezone if person else world().settings.timezone
    outcome = world().trying_mail.send(recipient, zone, world().clock)
    sentence = f"To {recipient}: {delivery.in_words(outcome)}."
    if not isinstance(outcome, Delivered):
        raise click.ClickException(sentence)
    click.echo(sentence)


def _first_admin() -> Person:
    for person in world().people.all():
        if person.admin and person.disabled_at is None:
            return person
    raise FieldRefused("to", "There is no admin to send it to; name somebody with --to EMAIL")
