"""Hand one message to the SMTP server, and say truthfully what became of it.

smtplib's own `sendmail` raises the same error whether a message was lost or taken, so
the conversation is stepped (`conversation.py`) and ends in exactly one of three ways:
`Delivered`, `NotDelivered`, `Unknown`. What tells them apart is the dot that ends the
message (RFC 5321 section 4.1.1.4): before it the server has nothing; after it only its
reply decides, and where that reply is missing nobody can know (RFC 1047). One message
goes to one recipient, so there is never half an answer.
"""

import ssl
from collections.abc import Callable
from datetime import timedelta

from ninety.mail.conversation import Conversation
from ninety.mail.patience import Patience
from ninety.rules.delivery import Outcome
from ninety.settings import Settings

# Seconds. Every step before the dot can be tried again, so little patience costs nothing.
# Giving up on the reply to the dot leaves doubt that only a person can clear, and servers
# that look into messages for spam take their time (RFC 5321 section 4.5.3.2 allows minutes).
STEP = 15.0
UP_TO_THE_DOT = 90.0
VERDICT = 60.0
# No time-out reaches into the system's name lookup; what it may take beyond the others.
NAME_LOOKUP = 30.0

LONGEST_CONVERSATION = timedelta(seconds=UP_TO_THE_DOT + VERDICT + NAME_LOOKUP)


class SmtpDelivery:
    """Delivers by the server the settings name; safe to use from several threads.

    `timeout` is in seconds for each step up to the dot, `up_to_the_dot` for all of them,
    `verdict` for the reply to the dot. `trust` says which certificates are believed; by
    default those the system trusts.
    """

    def __init__(
        self,
        settings: Settings,
        timeout: float = STEP,
        *,
        up_to_the_dot: float = UP_TO_THE_DOT,
        verdict: float = VERDICT,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._timeout, self._up_to_the_dot, self._verdict = timeout, up_to_the_dot, verdict
        if trust is None and (settings.mail_use_tls or settings.mail_use_ssl):
            trust = ssl.create_default_context()
        self._trust = trust

    def deliver(
        self, sender: str, recipient: str, content: bytes, before_data: Callable[[], None]
    ) -> Outcome:
        """Offer `content` (a whole message, any line endings) to the server for `recipient`.

        `sender` and `recipient` are bare addresses. `before_data` is called once the
        recipient is accepted and before DATA is said; what it raises ends the
        conversation, nothing sent, and is passed on. Network and server failures are
        never raised: they are the outcome.
        """
        patience = Patience(self._timeout, self._up_to_the_dot)
        conversation = Conversation(self._settings, self._trust, patience)
        try:
            refused = conversation.offer(sender, recipient, content.isascii())
            if refused:
                return refused
            before_data()
            return conversation.hand_over(content, self._verdict)
        finally:
            conversation.end()
