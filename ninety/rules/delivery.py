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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderFacts:
    """Everything the one mail about a key's end says, and to whom.

    `zone` is the IANA zone dates are said in beside UTC; `key_page` the link
    that opens the key's page after signing in; `may_push` says in words what
    the key is for; `last_used` when and from where, or an empty text.
    """

    reminder_id: str
    key_id: str
    key_name: str
    key_prefix: str
    owner_email: str
    recipient: str
    zone: str
    expires_at: datetime
    made_at: datetime
    now: datetime
    key_page: str
    feed: str
    may_push: str
    may_read: bool
    last_used: str
    install_id: str
