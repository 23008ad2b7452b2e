"""The mails about an account: short ones, each with at most one thing to do."""

from email.utils import make_msgid
from pathlib import Path

from ninety.mail.letters import Letters
from ninety.mail.mailbox import domain_of
from ninety.rules import addresses, wording
from ninety.rules.account_mail import AccountFacts
from ninety.settings import Settings


class AccountComposer:
    """Writes messages with the templates in `templates`/mail; no two have the same Message-ID."""

    def __init__(self, settings: Settings, templates: Path) -> None:
        self._letters = Letters(settings, templates)

    def account(self, facts: AccountFacts) -> bytes:
        """The whole message, with CRLF line ends."""
        host = addresses.host_of(facts.feed)
        return self._letters.write(
            facts.kind,
            {
                "facts": facts,
                "host": host,
                "local": lambda instant: wording.local(instant, facts.zone),
            },
            to=facts.recipient,
            feed=facts.feed,
            now=facts.now,
            message_id=make_msgid(domain=domain_of(host)),
            headers={},
        )
