"""What the admins of a feed see of its keys: found by how they stand, by person and by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ninety.rules import expiry, keys, people, reminders
from ninety.rules.keys import ApiKey
from ninety.rules.leaks import SHOWN
from ninety.rules.people import Person
from ninety.rules.policy import InForce
from ninety.rules.reminders import State
from ninety.rules.standing import BY_CHOICE, Standing
from ninety.rules.uses import Use
from ninety.store.accounts import Accounts
from ninety.store.keyring import Keyring
from ninety.store.ledger import Ledger
from ninety.work.reminding import Reminding
from ninety.work.wanted import Wanted


class Show(StrEnum):
    """Which keys are wanted. Only the last three are about keys that stopped."""

    LIVING = "living"
    ENDING = "ending soon"
    UNUSED = "never used"
    UNTOLD = "nobody told"
    """Living ones whose end no reminder can tell anybody of."""
    LEAKED = "leaked"
    REVOKED = "revoked"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`person` is part of an owner's address or name; `text` part of a name, or an id or prefix."""

    show: Show = Show.LIVING
    person: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One key in a list. `owner` is None where nobody has it, `use` where it was never used.

    `untold` is why nobody can be told of its end, or empty.
    """

    key: ApiKey
    owner: Person | None
    use: Use | None
    standing: Standing
    untold: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many keys there are of each kind; `untold` of those that end soon, `leaked` lately."""

    living: int
    ending: int
    unused: int
    untold: int
    leaked: int


@dataclass(slots=True)
class _Look:
    """What one look at all keys has found out already."""

    now: datetime
    warn: timedelta
    everybody: dict[str, Person]
    failed: dict[str, str]
    recipients: dict[str, str] = field(default_factory=dict)


class KeyOverview:
    """Looks at every key, its owner and its reminder; `uses` gives the last uses by key id."""

    def __init__(
        self,
        *,
        keyring: Keyring,
        accounts: Accounts,
        ledger: Ledger,
        reminding: Reminding,
        wanted: Wanted,
        uses: Callable[[str], Sequence[Use]],
        policy: InForce,
    ) -> None:
        self._keyring = keyring
        self._accounts = accounts
        self._ledger = ledger
        self._reminding = reminding
        self._wanted = wanted
        self._uses = uses
        self._policy = policy

    def find(self, asked: Asked, now: datetime) -> list[ApiKey]:
        """The keys that fit: living ones by what ends first, others by what stopped last."""
        look = self._look(now)
        owner = people.email_identity(asked.person)
        owners = {
            id for id, one in look.everybody.items() if owner in people.email_identity(one.said)
        }
        found = [
            key
            for key in self._keyring.all()
            if (not owner or key.owner in owners)
            and _named(key, asked.text)
            and self._fits(key, asked.show, look)
        ]
        if asked.show in (Show.LEAKED, Show.REVOKED, Show.ENDED):
            return sorted(found, key=lambda key: (_stopped_at(key), key.id), reverse=True)
        return sorted(found, key=lambda key: (key.stops_at, key.name, key.id))

    def entries(self, found: Sequence[ApiKey], now: datetime) -> list[Entry]:
        """All there is to say of each of these keys."""
        look = self._look(now)
        return [
            Entry(
                key=key,
                owner=look.everybody.get(key.owner),
                use=next(iter(self._uses(key.id)), None),
                standing=self._reminding.standing(key, now),
                untold=self._untold(key, look) if self._works(key, look) else "",
            )
            for key in found
        ]

    def counts(self, now: datetime) -> Counts:
        """How many there are of each kind. Reads every key."""
        look = self._look(now)
        everything = self._keyring.all()
        living = [key for key in everything if self._works(key, look)]
        ending = [key for key in living if expiry.in_window(key, now, look.warn)]
        return Counts(
            living=len(living),
            ending=len(ending),
            unused=sum(not self._uses(key.id) for key in living),
            untold=sum(bool(self._untold(key, look)) for key in ending),
            leaked=sum(
                bool(key.reported_at and key.reported_at + SHOWN > now) for key in everything
            ),
        )

    def _look(self, now: datetime) -> _Look:
        return _Look(
            now=now,
            warn=self._policy().warn,
            everybody={one.id: one for one in self._accounts.all()},
            failed={row.id: row.reason for row in self._ledger.in_state(State.FAILED)},
        )

    def _fits(self, key: ApiKey, show: Show, look: _Look) -> bool:
        match show:
            case Show.LEAKED:
                return key.reported_at is not None
            case Show.REVOKED:
                return key.revoked_at is not None
            case Show.ENDED:
                return key.revoked_at is None and not key.alive(look.now)
        if not self._works(key, look):
            return False
        match show:
            case Show.ENDING:
                return expiry.in_window(key, look.now, look.warn)
            case Show.UNUSED:
                return not self._uses(key.id)
            case Show.UNTOLD:
                return bool(self._untold(key, look))
        return True

    def _works(self, key: ApiKey, look: _Look) -> bool:
        """Whether the key is alive, and so is the account that it acts for."""
        owner = look.everybody.get(key.owner)
        return owner is not None and owner.disabled_at is None and key.alive(look.now)

    def _untold(self, key: ApiKey, look: _Look) -> str:
        """Why nobody can be told by mail that a living key ends, or an empty text.

        Keys too short for a mail are made so on purpose, and what was rotated has a
        successor that is told of; neither needs anybody.
        """
        if expiry.reminder_due(key, look.warn) is None or key.successor:
            return ""
        row = reminders.row_id(key.id, key.expires_at)
        if row in look.failed:
            return f"its mail cannot be delivered ({look.failed[row]})"
        owner = look.everybody[key.owner]
        if not key.contact and not owner.wants_reminders:
            return BY_CHOICE
        recipient = key.contact or owner.email
        if not people.can_get_mail(recipient):
            recipient = self._recipient(key, look)
        return "" if people.can_get_mail(recipient) else f"no mail reaches {recipient}"

    def _recipient(self, key: ApiKey, look: _Look) -> str:
        """Who is told instead, looked up once for all keys of one person and scope."""
        alike = f"{key.contact} {key.owner} {key.actions} {key.packages}"
        if alike not in look.recipients:
            look.recipients[alike] = self._wanted.recipient(key)
        return look.recipients[alike]


def _named(key: ApiKey, text: str) -> bool:
    """Whether `text` is in the key's name, or is its id or prefix."""
    if not text:
        return True
    return keys.name_identity(text) in keys.name_identity(key.name) or text in (key.id, key.prefix)


def _stopped_at(key: ApiKey) -> datetime:
    return key.revoked_at or key.stops_at
