"""What the mails about an account say. Each goes out once, because somebody asked just then."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What each of them says: to whom, in which IANA zone dates are said, when, from which feed.

    `kind` names its templates.
    """

    kind: ClassVar[str]
    recipient: str
    zone: str
    now: datetime
    feed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChangedFacts(AccountFacts):
    """To the address an account had until `now`; `email` is the one it has."""

    kind: ClassVar[str] = "address_changed"
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetFacts(AccountFacts):
    """With the `link` to choose a new password by, which ends at `ends_at`.

    `address` is the network address it was asked for from, or an empty text.
    """

    kind: ClassVar[str] = "reset"
    link: str
    ends_at: datetime
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFacts(AccountFacts):
    """With the `link` to make an account by, which ends at `ends_at`; `inviter` says who asks."""

    kind: ClassVar[str] = "invitation"
    link: str
    ends_at: datetime
    inviter: str
