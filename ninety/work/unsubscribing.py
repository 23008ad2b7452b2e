"""Who wants no reminder mail: chosen on the settings page, or by the link in each reminder."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ninety.rules.audit import Did
from ninety.rules.errors import LinkDead
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.store.accounts import Accounts
from ninety.work.auditing import Trail


class Unsubscribing:
    """Switches reminder mail off and on, person by person; no other mail and no key is touched.

    The token in a link is derived from the installation's own secret, so nothing
    of it is kept, every mail of a person carries the same, and a reminder that is
    composed again carries no other. `secret` is for this purpose alone. Whoever
    switches reminders on again ends the links of all mails before, so that one
    that was passed on cannot switch them off for ever.
    """

    def __init__(
        self, accounts: Accounts, trail: Trail, secret: bytes, base_url: Callable[[], str]
    ) -> None:
        self._accounts = accounts
        self._trail = trail
        self._secret = secret
        self._base_url = base_url

    def link(self, person: Person) -> str:
        """The address that can switch the person's reminders off, and do nothing else."""
        return f"{self._base_url()}/unsubscribe?token={self._token(person)}"

    def link_for(self, key: ApiKey, recipient: str) -> str:
        """The link for the reminder of `key` to `recipient`; empty where there is no use for one.

        An address that the key has instead of its owner is not the choice of whoever
        reads there, and is changed on the key's page.
        """
        person = None if key.contact else self._accounts.by_email(recipient)
        return self.link(person) if person else ""

    def person(self, token: str) -> Person:
        """Whose reminders the token can switch off. Raises LinkDead."""
        person = self._accounts.get(token.partition(".")[0])
        if person is None or not self._fits(token, person):
            raise LinkDead
        return person

    def switch_off(self, token: str, now: datetime) -> Person:
        """Send the person no reminders from now on; a second time changes nothing.

        Raises LinkDead.
        """
        person = self.person(token)
        if not person.wants_reminders:
            return person

        def off(person: Person) -> Person:
            if not self._fits(token, person):
                raise LinkDead
            return replace(person, wants_reminders=False)

        changed = self._accounts.change(person.id, off)
        self._trail.note(
            Did.REMINDERS_SWITCHED_OFF, now, person=changed, about="By the link in a reminder."
        )
        return changed

    def choose(self, person_id: str, wanted: bool, now: datetime) -> Person:
        """Switch the person's reminders on or off. Raises NotFound."""

        def chosen(person: Person) -> Person:
            again = wanted and not person.wants_reminders
            opt_ins = person.opt_ins + 1 if again else person.opt_ins
            return replace(person, wants_reminders=wanted, opt_ins=opt_ins)

        changed = self._accounts.change(person_id, chosen)
        did = Did.REMINDERS_SWITCHED_ON if wanted else Did.REMINDERS_SWITCHED_OFF
        self._trail.note(did, now, person=changed)
        return changed

    def _token(self, person: Person) -> str:
        meant = f"{person.id} {person.opt_ins}".encode()
        proof = hmac.new(self._secret, meant, hashlib.sha256).digest()
        return f"{person.id}.{base64.urlsafe_b64encode(proof).decode().rstrip('=')}"

    def _fits(self, token: str, person: Person) -> bool:
        shown = token.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(shown, self._token(person).encode())
