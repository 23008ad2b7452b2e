"""What people change of their own accounts: name, time zone, e-mail address, password."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ninety.rules import people
from ninety.rules.audit import Did
from ninety.rules.errors import FieldRefused
from ninety.rules.people import Person
from ninety.store.accounts import Accounts
from ninety.work import passwords
from ninety.work.auditing import Trail
from ninety.work.people import People

WRONG = "This is not your password"

TellOldAddress = Callable[[Person, str], None]
"""Tells the address that a person had before, by mail, what address they have now."""


class OwnAccount:
    """Changes by the person themselves; what could lock them out asks for their password."""

    def __init__(
        self, accounts: Accounts, people: People, tell_old_address: TellOldAddress, trail: Trail
    ) -> None:
        self._accounts = accounts
        self._people = people
        self._tell_old_address = tell_old_address
        self._trail = trail

    def describe(self, person_id: str, name: str, timezone: str) -> Person:
        """What they want to be called, and the zone they are shown dates in.

        Raises FieldRefused for `name` and `timezone`, NotFound.
        """
        name, timezone = people.check_name(name), people.check_timezone(timezone)
        return self._accounts.change(
            person_id, lambda person: replace(person, name=name, timezone=timezone)
        )

    def change_email(
        self, person: Person, email: str, password: str, address: str, now: datetime
    ) -> Person:
        """The address they sign in with and that reminders go to, from now on.

        The address before is told by mail, so that nobody loses an account
        unawares. Raises FieldRefused for `email` and `password`, TooManyAttempts.
        """
        email = people.check_email(email)
        self._confirm("password", person, password, address, now)
        if email == person.email:
            return person
        changed = self._accounts.change(person.id, lambda one: replace(one, email=email))
        self._trail.note(Did.ADDRESS_CHANGED, now, person=changed, about=f"Before: {person.email}.")
        self._tell_old_address(changed, person.email)
        return changed

    def change_password(
        self, person: Person, current: str, password: str, address: str, now: datetime
    ) -> Person:
        """A new password; every session of theirs ends.

        Raises FieldRefused for `current` and `password`, TooManyAttempts.
        """
        self._confirm("current", person, current, address, now)
        password_hash = passwords.new(password, person.email, person.name)
        changed = self._accounts.change(
            person.id,
            lambda one: replace(one, password_hash=password_hash, sign_ins=one.sign_ins + 1),
        )
        self._trail.note(Did.PASSWORD_SET, now, person=changed)
        return changed

    def _confirm(
        self, field: str, person: Person, password: str, address: str, now: datetime
    ) -> None:
        if not self._people.confirm(person, password, address, now):
            raise FieldRefused(field, WRONG)
