"""A new password for whoever forgot theirs, by a link that goes to the address of the account.

Whoever asks is told the same, and in the same time, whether there is such an
account: what depends on it is done by the worker, which also makes the token, so
that the token is nowhere but in the mail.
"""

import secrets as random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from ninety.rules import addresses, instants, people
from ninety.rules.account_mail import ResetFacts
from ninety.rules.audit import Did
from ninety.rules.errors import LinkUsed, NoMailServer, NotFound, TooManyResets
from ninety.rules.one_time_links import MOST_RESETS, RESET_LIFE, ResetLink, digest
from ninety.rules.people import Person
from ninety.store.accounts import Accounts
from ninety.store.reset_links import ResetLinks
from ninety.work import passwords
from ninety.work.account_post import AccountPost, AskWorker
from ninety.work.auditing import Trail
from ninety.work.turns import Turns

# From one network address. Of one account the living links are counted, in the store.
MOST_ASKED = 5
PERIOD = timedelta(minutes=15)


class PasswordReset:
    """Makes the links, and takes the new passwords."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        links: ResetLinks,
        post: AccountPost,
        base_url: Callable[[], str],
        ask_worker: AskWorker,
        clock: Callable[[], datetime],
        trail: Trail,
    ) -> None:
        self._accounts = accounts
        self._links = links
        self._post = post
        self._base_url = base_url
        self._ask_worker = ask_worker
        self._clock = clock
        self._trail = trail
        self._turns = Turns(MOST_ASKED, PERIOD, TooManyResets)

    def possible(self) -> bool:
        """Whether there is a mail server to send a link by."""
        return self._post.possible()

    def ask(self, email: str, address: str, now: datetime) -> None:
        """Have a link sent to `email`, if that is somebody's; `address` is where one asks from.

        By the worker; while Redis is away, here, with 20 seconds at most for the
        mail server. Raises NoMailServer, FieldRefused, TooManyResets.
        """
        if not self.possible():
            raise NoMailServer
        email = people.check_email(email)
        self._turns.take(addresses.neighbourhood(address), now)
        if not self._ask_worker("send_reset", email, address):
            self.send(email, address)

    def send(self, email: str, address: str) -> None:
        """Make a link and mail it, if the account is there, enabled, and was not sent too many."""
        person = self._accounts.by_email(email)
        if person is None or person.disabled_at or not people.can_get_mail(person.email):
            return
        now = self._clock()
        token = random.token_urlsafe(32)
        link = ResetLink(
            digest=digest(token),
            person=person.id,
            email=person.email,
            sign_ins=person.sign_ins,
            ends_at=instants.whole(now) + RESET_LIFE,
        )
        if not self._links.add(link, MOST_RESETS, now):
            return
        about = f"Asked for from {address}." if address else ""
        self._trail.note(Did.RESET_ASKED, now, whom=person, about=about)
        feed = self._base_url()
        self._post.send(
            ResetFacts(
                recipient=person.email,
                zone=person.timezone,
                now=now,
                feed=feed,
                link=f"{feed}/reset?token={token}",
                ends_at=link.ends_at,
                address=address,
            )
        )

    def person(self, token: str, now: datetime) -> Person:
        """Whose password the link sets. Raises LinkUsed."""
        person, _ = self._opened(token, now)
        return person

    def use(self, token: str, password: str, now: datetime) -> Person:
        """Set the password; every session and every other link of the person ends.

        Raises LinkUsed, and FieldRefused for a password that cannot be taken,
        which leaves the link as it is.
        """
        person, link = self._opened(token, now)
        password_hash = passwords.new(password, person.email, person.name)

        def set_password(person: Person) -> Person:
            if not link.fits(person, now):
                raise LinkUsed
            return replace(person, password_hash=password_hash, sign_ins=person.sign_ins + 1)

        try:
            changed = self._accounts.change(person.id, set_password)
        except NotFound:
            raise LinkUsed from None
        self._links.remove_of(person.id)
        self._trail.note(Did.PASSWORD_SET, now, person=changed, about="By a link in a mail.")
        return changed

    def _opened(self, token: str, now: datetime) -> tuple[Person, ResetLink]:
        link = self._links.get(digest(token))
        person = self._accounts.get(link.person) if link else None
        if link is None or person is None or not link.fits(person, now):
            raise LinkUsed
        return person, link
