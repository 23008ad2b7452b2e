"""The one mail about a key that was reported as leaked. Nothing secret is in it."""

from pathlib import Path

from ninety.mail.letters import Letters, line
from ninety.mail.mailbox import domain_of
from ninety.rules import addresses, wording
from ninety.rules.leaks import LeakFacts
from ninety.settings import Settings


class LeakComposer:
    """Writes messages with the templates in `templates`/mail; the same facts, the same text."""

    def __init__(self, settings: Settings, templates: Path) -> None:
        self._letters = Letters(settings, templates)

    def leak(self, facts: LeakFacts) -> bytes:
        """The whole message about one key, with CRLF line ends."""
        return self._letters.write(
            "leak",
            {
                "facts": facts,
                "name": line(facts.key_name),
                "reported": wording.local(facts.reported_at, facts.zone),
                "found_at": line(facts.found_at),
            },
            to=facts.recipient,
            feed=facts.feed,
            now=facts.now,
            message_id=message_id(facts),
            headers={"X-Key-Id": facts.key_id},
        )


def message_id(facts: LeakFacts) -> str:
    """The same at every attempt: `<leak.KEY.INSTANT.INSTALLATION@HOST>` (RFC 5322, 3.6.4)."""
    moment = int(facts.reported_at.timestamp())
    host = domain_of(addresses.host_of(facts.feed))
    return f"<leak.{facts.key_id}.{moment}.{facts.install_id}@{host}>"
