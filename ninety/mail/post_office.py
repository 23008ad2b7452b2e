"""Everything about mail that the rest needs, in one place: write it, send it, or show it."""

from collections.abc import Callable
from pathlib import Path

from ninety.mail.account import AccountComposer
from ninety.mail.compose import Composer
from ninety.mail.deliver import SmtpDelivery
from ninety.mail.leak import LeakComposer
from ninety.mail.outbox import Outbox
from ninety.mail.trial import TrialComposer
from ninety.rules.account_mail import AccountFacts
from ninety.rules.delivery import Outcome, ReminderFacts, TrialFacts
from ninety.rules.leaks import LeakFacts
from ninety.settings import Settings

# Seconds that somebody who waits for a page is kept waiting, but for the lookup of a name.
SOON = 20.0
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


class PostOffice:
    """Mail as the settings say; previews go to `folder`/outbox.

    `base_url` gives the feed's own web address, which names the sender where no
    setting does. `delivery` stands in for one with the usual patience.
    """

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        base_url: Callable[[], str],
        delivery: SmtpDelivery | None = None,
    ) -> None:
        self._settings = settings
        self._base_url = base_url
        self._composer = Composer(settings, TEMPLATES)
        self._leak_composer = LeakComposer(settings, TEMPLATES)
        self._account_composer = AccountComposer(settings, TEMPLATES)
        self._trial_composer = TrialComposer(settings, TEMPLATES)
        self._delivery = delivery or SmtpDelivery(settings)
        self._soon = SmtpDelivery(settings, SOON / 4, up_to_the_dot=SOON / 2, verdict=SOON / 2)
        self._outbox = Outbox(folder / "outbox")

    def configured(self) -> bool:
        """Whether there is a mail server to hand messages to."""
        return bool(self._settings.mail_server)

    def reminder(self, facts: ReminderFacts) -> bytes:
        """The whole message about one key, as bytes."""
        return self._composer.reminder(facts)

    def leak(self, facts: LeakFacts) -> bytes:
        """The whole message about one key that was reported as leaked, as bytes."""
        return self._leak_composer.leak(facts)

    def account(self, facts: AccountFacts) -> bytes:
        """The whole message about an account, as bytes."""
        return self._account_composer.account(facts)

    def deliver(self, recipient: str, content: bytes, before_data: Callable[[], None]) -> Outcome:
        """Hand one message to the mail server; `before_data` runs just before its first byte."""
        _name, sender = self._composer.sender(self._base_url())
        return self._delivery.deliver(sender, recipient, content, before_data)

    def trial(self, facts: TrialFacts) -> bytes:
        """The whole test message, as bytes."""
        return self._trial_composer.trial(facts)

    def deliver_soon(self, recipient: str, content: bytes) -> Outcome:
        """`deliver` for somebody who waits: a server that hangs is given up after 20 seconds."""
        _name, sender = self._composer.sender(self._base_url())
        return self._soon.deliver(sender, recipient, content, lambda: None)

    def preview(self, name: str, content: bytes) -> None:
        """Keep the message to be looked at, where there is no mail server."""
        self._outbox.preview(name, content)
