"""A test mail, composed and delivered as reminders are, while somebody waits for the outcome."""

from collections.abc import Callable
from datetime import datetime

from ninety.rules import delivery
from ninety.rules.delivery import Delivered, Outcome, TrialFacts
from ninety.rules.errors import NoMailServer
from ninety.store.site import Site
from ninety.work import mail_condition
from ninety.work.sending import Mail


class TryingMail:
    """Sends test mail; the ledger knows nothing of it."""

    def __init__(self, mail: Mail, site: Site, base_url: Callable[[], str]) -> None:
        self._mail = mail
        self._site = site
        self._base_url = base_url

    def send(self, recipient: str, zone: str, clock: Callable[[], datetime]) -> Outcome:
        """Send one to `recipient`, with dates in `zone`, and note what became of it.

        A server that hangs is given up after about 20 seconds, sooner than for a
        reminder, since a person waits. Raises NoMailServer.
        """
        if not self._mail.configured():
            raise NoMailServer
        facts = TrialFacts(recipient=recipient, zone=zone, now=clock(), feed=self._base_url())
        outcome = self._mail.deliver_soon(recipient, self._mail.trial(facts))
        now = clock()
        if isinstance(outcome, Delivered):
            self._site.note("mail-accepted", now)
        mail_condition.note(self._site, outcome, now)
        self._site.note("mail-tried", now, f"To {recipient}: {delivery.in_words(outcome)}")
        return outcome
