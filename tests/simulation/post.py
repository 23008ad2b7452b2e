"""Mail that goes over a real connection to a real server, which now and then fails."""

import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from ninety.mail.deliver import SmtpDelivery
from ninety.mail.post_office import PostOffice
from ninety.rules.delivery import Outcome, ReminderFacts
from ninety.settings import Settings
from parts.smtp import Fault, MailServer

# Of a hundred conversations, one goes wrong in one of these ways.
FAULTS: tuple[tuple[str, str | Fault], ...] = (
    ("connect", Fault.DROP),
    ("connect", "421 4.3.2 too busy"),
    ("ehlo", Fault.HANG),
    ("mail", "451 4.3.0 later"),
    ("rcpt", "450 4.2.0 greylisted"),
    ("rcpt", "550 5.1.1 no such person"),
    ("rcpt", Fault.DROP),
    ("data", "421 4.3.2 shutting down"),
    ("data", Fault.DROP),
    ("body", Fault.DROP),
    ("dot", "451 4.3.0 later"),
    ("dot", "554 5.6.0 looks like spam"),
    ("dot", Fault.DROP),
    ("dot", Fault.LOSE),
    ("dot", Fault.HANG),
    ("dot", Fault.DROP_AFTER),
    ("quit", Fault.DROP),
)
OFTEN = 0.01
NOBODY = "nobody.example"
"""The domain whose addresses are all refused for good."""

PATIENCE = 0.3
"""Seconds; the server is on this machine and answers at once, or never."""


class Post(PostOffice):
    """The post office of one worker, at a server of its own; its mails say next to nothing."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        server: MailServer,
        dice: random.Random,
        faults: Counter[str],
        down: Callable[[], bool],
    ) -> None:
        delivery = SmtpDelivery(settings, PATIENCE, verdict=PATIENCE)
        super().__init__(settings, folder, lambda: "https://feed.example", delivery)
        self._server, self._dice, self._faults = server, dice, faults
        self._down = down

    def reminder(self, facts: ReminderFacts) -> bytes:
        """A message of which only its reminder is known."""
        return f"Subject: reminder\r\nX-Reminder: {facts.reminder_id}\r\n\r\nIt ends.\r\n".encode()

    def deliver(self, recipient: str, content: bytes, before_data: Callable[[], None]) -> Outcome:
        """Hand the message over, or fail in one of the ways there are."""
        if self._down():
            self._server.fail("connect", Fault.DROP, times=1)
        elif recipient.endswith(NOBODY):
            self._server.fail("rcpt", "550 5.1.1 no such person", times=1)
        elif self._dice.random() < OFTEN:
            stage, fault = self._dice.choice(FAULTS)
            self._server.fail(stage, fault, times=1)
            self._faults[f"{stage}: {fault if isinstance(fault, str) else fault.name}"] += 1
        try:
            return super().deliver(recipient, content, before_data)
        finally:
            self._server.recover()


def received(*servers: MailServer) -> Counter[str]:
    """How many mails the servers accepted, by reminder."""
    found = (
        re.search(rb"^X-Reminder: (\S+)\r$", letter.content, re.MULTILINE)
        for server in servers
        for letter in server.messages
    )
    return Counter(one[1].decode() for one in found if one)
