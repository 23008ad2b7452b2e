"""The mails about accounts, on their way: soon, once, and never holding up who asked for them.

They go out by the worker. Where Redis is away, and so nobody can be asked to send
them, they are sent by whoever asks, with little patience for a server that hangs.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from ninety.rules import delivery, people
from ninety.rules.account_mail import AccountFacts, AddressChangedFacts
from ninety.rules.delivery import Delivered, Outcome
from ninety.rules.people import Person
from ninety.store.accounts import Accounts
from ninety.store.site import Site
from ninety.work import mail_condition

log = logging.getLogger(__name__)


class AccountMail(Protocol):
    """Composes and delivers."""

    def configured(self) -> bool:
        """Whether there is a mail server to hand messages to."""

    def account(self, facts: AccountFacts) -> bytes:
        """The whole message about an account, as bytes."""

    def deliver_soon(self, recipient: str, content: bytes) -> Outcome:
        """Hand one message to the mail server, with little patience, for somebody who waits."""


AskWorker = Callable[..., bool]
"""Asks the worker to run a job, by the job's name and its arguments, all of them texts; false
where Redis is away."""


class AccountPost:
    """Hands these mails to the mail server, and notes what that tells of it."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        mail: AccountMail,
        site: Site,
        base_url: Callable[[], str],
        ask_worker: AskWorker,
        clock: Callable[[], datetime],
    ) -> None:
        self._accounts = accounts
        self._mail = mail
        self._site = site
        self._base_url = base_url
        self._ask_worker = ask_worker
        self._clock = clock

    def possible(self) -> bool:
        """Whether there is a mail server."""
        return self._mail.configured()

    def send(self, facts: AccountFacts) -> Outcome:
        """Hand one message over and wait for what becomes of it, 20 seconds at most."""
        outcome = self._mail.deliver_soon(facts.recipient, self._mail.account(facts))
        now = self._clock()
        if isinstance(outcome, Delivered):
            self._site.note("mail-accepted", now)
        else:
            log.warning("A mail about an account was %s", delivery.in_words(outcome))
        mail_condition.note(self._site, outcome, now)
        return outcome

    def tell_old_address(self, person: Person, old: str) -> None:
        """Have the address that a person had before told of the new one, where mail can be sent."""
        if not self.possible() or not people.can_get_mail(old):
            return
        if not self._ask_worker("tell_old_address", person.id, old):
            self.send_to_old_address(person.id, old)

    def send_to_old_address(self, person_id: str, old: str) -> None:
        """Send that mail; nobody is told of an account that is gone meanwhile."""
        person = self._accounts.get(person_id)
        if person is not None:
            self.send(
                AddressChangedFacts(
                    recipient=old,
                    zone=person.timezone,
                    now=self._clock(),
                    feed=self._base_url(),
                    email=person.email,
                )
            )
