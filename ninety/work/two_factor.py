"""Two-factor sign-in: switched on and off by its person, asked for at sign-in, undone by an admin.

A code counts once: that it was taken is written in the same change that looks
whether it was, so that two processes never both take it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ninety.rules import two_factor
from ninety.rules.audit import Did
from ninety.rules.errors import FieldRefused
from ninety.rules.people import Person
from ninety.rules.two_factor import TwoFactor
from ninety.store.accounts import Accounts
from ninety.work import passwords
from ninety.work.auditing import Trail
from ninety.work.people import People

Take = Callable[[Person], TwoFactor | None]
"""What becomes of somebody's second factor. Raises FieldRefused for `code`."""

ON_ALREADY = "Two-factor sign-in is on already"
NOT_ON = "Two-factor sign-in is not on"


class TwoFactorSignIn:
    """The second factors of people. Ten wrong codes within a quarter of an hour, and one waits."""

    def __init__(self, accounts: Accounts, people: People, trail: Trail) -> None:
        self._accounts = accounts
        self._people = people
        self._trail = trail
        self._attempts = passwords.Attempts()

    def switch_on(
        self, person: Person, secret: str, password: str, code: str, address: str, now: datetime
    ) -> tuple[str, ...]:
        """Ask for codes from now on; the recovery codes, which are kept nowhere.

        `code` shows that an app has the `secret`. Raises FieldRefused for `password`
        and `code`, TooManyAttempts.
        """
        codes = two_factor.new_recovery_codes()

        def first(one: Person) -> TwoFactor:
            if one.two_factor is not None:
                raise FieldRefused("code", ON_ALREADY)
            return two_factor.switched_on(secret, code, codes, now)

        self._confirm(person, password, address, now)
        changed = self._take(person, first, now)
        self._trail.note(Did.TWO_FACTOR_ON, now, person=changed)
        return codes

    def switch_off(
        self, person: Person, password: str, code: str, address: str, now: datetime
    ) -> None:
        """Ask for no codes any more. Raises FieldRefused for `password` and `code`,
        TooManyAttempts.
        """

        def none(one: Person) -> None:
            two_factor.taken(_on(one), code, now)

        self._confirm(person, password, address, now)
        changed = self._take(person, none, now)
        self._trail.note(Did.TWO_FACTOR_OFF, now, person=changed)

    def new_recovery_codes(
        self, person: Person, password: str, code: str, address: str, now: datetime
    ) -> tuple[str, ...]:
        """Ten recovery codes in place of those before, which are kept nowhere.

        Raises FieldRefused for `password` and `code`, TooManyAttempts.
        """
        codes = two_factor.new_recovery_codes()
        digests = tuple(two_factor.recovery_digest(one) for one in codes)

        def renewed(one: Person) -> TwoFactor:
            return replace(two_factor.taken(_on(one), code, now), recovery=digests)

        self._confirm(person, password, address, now)
        changed = self._take(person, renewed, now)
        self._trail.note(Did.RECOVERY_CODES_MADE, now, person=changed)
        return codes

    def sign_in(self, person: Person, code: str, now: datetime) -> Person:
        """Take the code that `person` gives after the password, from the app or a recovery code.

        Raises FieldRefused for `code`, TooManyAttempts.
        """

        def taken(one: Person) -> TwoFactor:
            return two_factor.taken(_on(one), code, now)

        changed = self._take(person, taken, now)
        if two_factor.is_recovery_code(code) and changed.two_factor is not None:
            about = f"{len(changed.two_factor.recovery)} are left."
            self._trail.note(Did.RECOVERY_CODE_USED, now, person=changed, about=about)
        self._trail.note(Did.SIGNED_IN, now, person=changed)
        return changed

    def switch_off_for(self, person_id: str, now: datetime) -> Person:
        """Ask somebody who lost their app and their codes for the password alone.

        Raises NotFound.
        """
        before = self._people.get(person_id)
        changed = self._accounts.change(person_id, lambda one: replace(one, two_factor=None))
        if before is not None and before.two_factor is not None:
            self._trail.note(Did.TWO_FACTOR_OFF, now, whom=changed)
        return changed

    def _confirm(self, person: Person, password: str, address: str, now: datetime) -> None:
        if not self._people.confirm(person, password, address, now):
            raise FieldRefused("password", "This is not your password")

    def _take(self, person: Person, take: Take, now: datetime) -> Person:
        self._attempts.check(person.id, now)
        try:
            return self._accounts.change(person.id, lambda one: replace(one, two_factor=take(one)))
        except FieldRefused:
            self._attempts.failed(person.id, now)
            about = "The code of two-factor sign-in."
            self._trail.note_seldom(
                Did.SIGN_IN_FAILED, now, kind="code", person=person, about=about
            )
            raise


def _on(person: Person) -> TwoFactor:
    if person.two_factor is None:
        raise FieldRefused("code", NOT_ON)
    return person.two_factor
