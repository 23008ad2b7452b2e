"""One mail: what it says, and the three things that can become of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class About(StrEnum):
    """What a refusal was about: everybody's way out, this address, or this message."""

    CONNECTION = "connection"
    RECIPIENT = "recipient"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A mail server took the message; `reply` is its last word."""

    reply: str


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """The message certainly did not go out; `permanent` where trying again would not help."""

    reason: str
    permanent: bool
    about: About


@dataclass(frozen=True, slots=True)
class Unknown:
    """The message was on its way and no answer came: it may have arrived or not."""

    why: str


Outcome = Delivered | NotDelivered | Unknown


def in_words(outcome: Outcome) -> str:
    """What became of a message, with what the server said, for the person who waits for it."""
    match outcome:
        case Delivered(reply=reply):
            return f"delivered; the mail server said {reply}"
        case NotDelivered(reason=reason):
            return f"not delivered. {reason}"
        case Unknown(why=why):
            return f"in doubt, it may or may not have arrived. {why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """The key that a rotated one was replaced by, and whose secret nobody has used.

    `rotated_at` is when that happened, `prefix` how its secret begins, `page` the
    address of its page, `revoked_at` when it was revoked without ever being used.
    """

    rotated_at: datetime
    prefix: str
    page: str
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderFacts:
    """Everything the one mail about a key's end says, and to whom.

    `zone` is the reader's IANA zone, in which dates are said beside UTC; `due_at` when the mail
    became due; `stops_at` when the present secret stops, which is `expires_at`
    unless the key was rotated; `key_page` the link that opens the key's page
    after signing in. In words: `may`, what the key is for; `what_stops` with it;
    `last_used`, when and from where; `note`, its owner's own, or an empty text;
    `instead`, why it goes to somebody other than the owner, or an empty text.
    `calendar` is its end as a VCALENDAR, `unsubscribe` the link that ends
    reminder mail to `recipient`; either may be empty.
    """

    reminder_id: str
    key_id: str
    key_name: str
    key_prefix: str
    note: str
    owner_email: str
    recipient: str
    zone: str
    due_at: datetime
    expires_at: datetime
    stops_at: datetime
    made_at: datetime
    now: datetime
    key_page: str
    feed: str
    may: str
    what_stops: str
    last_used: str
    install_id: str
    instead: str = ""
    replacement: Replacement | None = None
    calendar: str = ""
    unsubscribe: str = ""

    @property
    def late(self) -> bool:
        """Whether more than a tenth of the time to act has passed since the mail was due."""
        return self.now - self.due_at > (self.expires_at - self.due_at) / 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFacts:
    """Everything a test mail says; `zone` is the IANA zone its date is said in beside UTC."""

    recipient: str
    zone: str
    now: datetime
    feed: str
