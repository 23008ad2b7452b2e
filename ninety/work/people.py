"""Accounts: the first admin by a one-time link, signing in, adding and ending people."""

import hashlib
import secrets as random
from dataclasses import replace
from datetime import datetime

from ninety.rules import addresses, people, secrets
from ninety.rules.audit import Did
from ninety.rules.errors import LinkUsed, NotFound, WrongPassword
from ninety.rules.people import Person
from ninety.store.accounts import Accounts
from ninety.store.keyring import Keyring
from ninety.store.site import Site
from ninety.work import passwords
from ninety.work.auditing import Trail


class People:
    """Everybody with an account, and how they come and go."""

    def __init__(self, accounts: Accounts, keyring: Keyring, site: Site, trail: Trail) -> None:
        self._accounts = accounts
        self._keyring = keyring
        self._site = site
        self._trail = trail
        self._attempts = passwords.Attempts()

    def nobody_yet(self) -> bool:
        """Whether the first account is still to be made."""
        return not self._accounts.anybody()

    def new_setup_token(self) -> str | None:
        """A fresh token for the setup link, ending the one before; None once there is an account.

        Only its digest is kept.
        """
        if not self.nobody_yet():
            return None
        token = random.token_urlsafe(32)
        self._site.set_setup_digest(_digest(token))
        return token

    def setup_link_fits(self, token: str) -> bool:
        """Whether `token` opens the setup page now."""
        kept = self._site.setup_digest()
        fits = secrets.same(_digest(token), kept or _digest(""))
        return bool(kept) and fits and self.nobody_yet()

    def make_first_admin(
        self,
        token: str,
        email: str,
        password: str,
        timezone: str,
        base_url: str,
        now: datetime,
    ) -> Person:
        """Make the first account, an admin, and keep the feed's public address.

        An address of this machine alone is not kept: it would go stale with the
        port. Raises LinkUsed and FieldRefused; the account is written first, so a
        link is only spent on an account that exists.
        """
        if not self.setup_link_fits(token):
            raise LinkUsed
        public = addresses.check(base_url)
        person = self._new(email, password, timezone, admin=True, now=now)
        self._accounts.add_first(person)
        self._trail.note(
            Did.PERSON_ADDED, now, person=person, whom=person, about="By the setup link."
        )
        if not addresses.is_loopback(public):
            self._site.set_address(public)
        self._site.set_setup_digest("")
        return person

    def add(
        self,
        email: str,
        password: str,
        *,
        admin: bool,
        timezone: str,
        now: datetime,
        name: str = "",
        about: str = "",
    ) -> Person:
        """Make an account; `about` says how it came to be. Raises FieldRefused."""
        person = self._new(email, password, timezone, admin=admin, now=now, name=name)
        self._accounts.add(person)
        role = "An admin." if admin else ""
        self._trail.note(Did.PERSON_ADDED, now, whom=person, about=f"{role} {about}")
        return person

    def _new(
        self,
        email: str,
        password: str,
        timezone: str,
        *,
        admin: bool,
        now: datetime,
        name: str = "",
    ) -> Person:
        email, name = people.check_email(email), people.check_name(name)
        return Person(
            id=secrets.new_id(),
            email=email,
            name=name,
            timezone=people.check_timezone(timezone),
            password_hash=passwords.new(password, email, name),
            admin=admin,
            made_at=now,
        )

    def sign_in(self, email: str, password: str, address: str, now: datetime) -> Person:
        """Who has this e-mail address and password; `address` is where they come from.

        Whoever has a second factor is not in by this alone (`work/two_factor.py`).

        Raises WrongPassword alike for an unknown address, a wrong password and a
        disabled account, and TooManyAttempts after ten failures in fifteen minutes
        of one account from one network address.
        """
        attempt = f"{address} {people.email_identity(email)}"
        self._attempts.check(attempt, now)
        person = self._accounts.by_email(email)
        known = passwords.fits(password, person.password_hash if person else passwords.NOBODY)
        if person is None or not known or person.disabled_at is not None:
            self._attempts.failed(attempt, now)
            # What was typed for an address that nobody has may well be a password.
            self._trail.note_seldom(Did.SIGN_IN_FAILED, now, person=person)
            raise WrongPassword
        self._attempts.succeeded(attempt)
        if person.two_factor is None:
            self._trail.note(Did.SIGNED_IN, now, person=person)
        return person

    def confirm(self, person: Person, password: str, address: str, now: datetime) -> bool:
        """Whether it is `person` who sits there: their password once more.

        An empty password is no attempt. Raises TooManyAttempts.
        """
        if not password:
            return False
        attempt = f"{address} {people.email_identity(person.email)}"
        self._attempts.check(attempt, now)
        if passwords.fits(password, person.password_hash):
            self._attempts.succeeded(attempt)
            return True
        self._attempts.failed(attempt, now)
        about = "Asked for the password once more."
        self._trail.note_seldom(Did.SIGN_IN_FAILED, now, kind="again", person=person, about=about)
        return False

    def get(self, person_id: str) -> Person | None:
        """The person with this id, or None."""
        return self._accounts.get(person_id)

    def by_email(self, email: str) -> Person | None:
        """The person with this address, or None."""
        return self._accounts.by_email(email)

    def all(self) -> list[Person]:
        """Everybody, in the order of their addresses."""
        return self._accounts.all()

    def set_password(self, person_id: str, password: str, now: datetime) -> Person:
        """A new password; every session they have ends. Raises FieldRefused, NotFound."""
        person = self._accounts.get(person_id)
        if person is None:
            raise NotFound("account")
        password_hash = passwords.new(password, person.email, person.name)
        changed = self._accounts.change(
            person_id,
            lambda person: replace(
                person, password_hash=password_hash, sign_ins=person.sign_ins + 1
            ),
        )
        self._trail.note(Did.PASSWORD_SET, now, whom=changed)
        return changed

    def set_timezone(self, person_id: str, timezone: str) -> Person:
        """The zone they are shown dates in. Raises FieldRefused, NotFound."""
        zone = people.check_timezone(timezone)
        return self._accounts.change(person_id, lambda person: replace(person, timezone=zone))

    def set_admin(self, person_id: str, admin: bool, now: datetime) -> Person:
        """Make the person an admin, or an admin no more. Raises NotFound, LastAdmin."""
        before = self._accounts.get(person_id)
        changed = self._accounts.set_admin(person_id, admin)
        if before is not None and before.admin is not admin:
            did = Did.ADMIN_MADE if admin else Did.ADMIN_UNMADE
            self._trail.note(did, now, whom=changed)
        return changed

    def disable(self, person_id: str, now: datetime) -> Person:
        """Stop the person: their sessions and all their keys end at once. Raises NotFound."""
        before = self._accounts.get(person_id)
        stopped = self._stop(person_id, now)
        if before is not None and before.disabled_at is None:
            self._trail.note(Did.PERSON_DISABLED, now, whom=stopped)
        return stopped

    def _stop(self, person_id: str, now: datetime) -> Person:
        return self._accounts.change(
            person_id,
            lambda person: replace(
                person,
                disabled_at=person.disabled_at or now,
                sign_ins=person.sign_ins + 1,
            ),
        )

    def enable(self, person_id: str, now: datetime) -> Person:
        """Let the person back in; keys that have not ended work again. Raises NotFound."""
        enabled = self._accounts.change(person_id, lambda one: replace(one, disabled_at=None))
        self._trail.note(Did.PERSON_ENABLED, now, whom=enabled)
        return enabled

    def remove(self, person_id: str, now: datetime) -> Person:
        """Forget the person. Their keys are revoked first, so that no key is left without owner.

        Raises NotFound.
        """
        person = self._stop(person_id, now)
        for key in self._keyring.of(person_id):
            if key.revoked_at is None:
                self._keyring.change(key.id, lambda found: replace(found, revoked_at=now))
                about = f"With the account of {person.email}."
                self._trail.note(Did.KEY_REVOKED, now, key=key, about=about)
        self._accounts.remove(person_id)
        self._trail.note(Did.PERSON_REMOVED, now, whom=person)
        return person


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
