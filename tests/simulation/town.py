"""The people of the simulated year, their keys, and what they do to them."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from ninety.rules import expiry, instants, reminders, secrets
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.rules.reminders import IllegalArrow, State
from ninety.store import keyring as keyring_documents
from ninety.store.accounts import Accounts
from ninety.store.documents import Collection
from ninety.store.keyring import Keyring
from ninety.store.ledger import Ledger
from ninety.wiring import Ninety
from simulation.post import NOBODY

WARN = timedelta(days=10)
KEYS_EACH = 20
# Days that keys live; by far the most of them 90.
LIVES = (90,) * 100 + (60, 30, 30, 7, 1)


@dataclass(slots=True)
class Promise:
    """One key and one expiry: one mail is due, unless something came in between."""

    made_at: datetime
    due_at: datetime | None
    over_at: datetime | None = None
    by_hand: int = 0
    """How often a person asked for the mail to be sent again."""


class Town:
    """Everybody with keys. What they do comes from the dice, through the product's own stores."""

    def __init__(
        self, folder: Path, keys: int, dice: random.Random, clock: Callable[[], datetime]
    ) -> None:
        self._dice, self._clock, start = dice, clock, clock()
        self._accounts, self._keyring = Accounts(folder), Keyring(folder)
        self._ledger = Ledger(folder)
        self._owners = [f"owner{number:05d}" for number in range(max(1, keys // KEYS_EACH))]
        self.promises: dict[str, Promise] = {}
        self.deeds: Counter[str] = Counter()
        self._present: dict[str, str] = {}
        self._unused: list[str] = []
        self._renewals: defaultdict[datetime, list[str]] = defaultdict(list)
        self._returns: list[tuple[datetime, str, Callable[[Person], Person]]] = []
        for number, owner in enumerate(self._owners):
            email = f"{owner}@{NOBODY if number % 50 == 20 else 'example.org'}"
            self._accounts.add(Person(id=owner, email=email, password_hash="-", made_at=start))
        made = [self._first_key(number, start) for number in range(keys)]
        documents = {key.id: keyring_documents._document(key) for key in made}
        Collection(folder / "keys.json").change(documents, lambda _: dict(documents))
        for key in made:
            self._promise(key)

    def half_a_day(self, product: Ninety) -> Iterator[None]:
        """Everything people do until noon or midnight; between any two deeds others may act."""
        now = self._clock()
        self._renew(now)
        yield
        if self._dice.random() < min(1, len(self._present) / 2000):
            chosen = self._keys(len(self._present) // 2000 + 1)
            self._change("moved", chosen, lambda key: self._moved(key, now))
            yield
            self._change("saved as it was", self._keys(3), lambda key: key)
            self._change("told elsewhere", self._keys(2), self._contacted)
            yield
        for deed in (self._revoke, self._rotate, self._use_successors):
            if self._dice.random() < min(0.5, len(self._present) / 4000):
                deed(product, now)
                yield
        if self._dice.random() < len(self._owners) / 1000:
            self._leave_or_opt_out(now)
        self._come_back(now)
        yield
        self._ask_again(product, now)

    def _first_key(self, number: int, start: datetime) -> ApiKey:
        life = timedelta(days=self._dice.choice(LIVES))
        ends_at = instants.whole(start + life * self._dice.random()) + timedelta(minutes=1)
        return ApiKey(
            id=f"key{number:07d}",
            owner=self._owners[number % len(self._owners)],
            name=f"key {number}",
            prefix="n90_",
            digest=secrets.digest(str(number)),
            made_at=ends_at - life,
            issued_at=ends_at - life,
            expires_at=ends_at,
        )

    def _keys(self, count: int) -> list[str]:
        return self._dice.sample(list(self._present), min(count, len(self._present)))

    def _change(self, deed: str, ids: list[str], fn: Callable[[ApiKey], ApiKey | None]) -> None:
        for key in self._keyring.change_many(ids, fn):
            self.deeds[deed] += 1
            self._promise(key)

    def _promise(self, key: ApiKey) -> None:
        """Note what the key's end, as it is now, asks for; an earlier end asks for nothing more."""
        now = self._clock()
        row_id = reminders.row_id(key.id, key.expires_at)
        earlier = self._present.get(key.id)
        if earlier is not None and (earlier != row_id or key.revoked_at is not None):
            self.promises[earlier].over_at = self.promises[earlier].over_at or now
        if key.revoked_at is not None:
            self._present.pop(key.id, None)
        elif earlier != row_id:
            self._present[key.id] = row_id
            if row_id not in self.promises:
                self.promises[row_id] = Promise(now, expiry.reminder_due(key, WARN))
            self._plan_renewal(key)

    def _plan_renewal(self, key: ApiKey) -> None:
        """Most renew when the mail has come, some long before, some late, some very late."""
        habit = self._dice.random()
        if habit < 0.7:
            days = -self._dice.uniform(0, 9.5)
        elif habit < 0.82:
            days = -self._dice.uniform(11, 40)
        elif habit < 0.94:
            days = self._dice.uniform(0, 6)
        else:
            days = self._dice.uniform(8, 60)
        self._renewals[_half_day(key.expires_at + timedelta(days=days))].append(key.id)

    def _renew(self, now: datetime) -> None:
        due = [half for half in self._renewals if half <= now]
        ids = {id for half in sorted(due) for id in self._renewals.pop(half)}
        issued_at = instants.whole(now)

        def renew(key: ApiKey) -> ApiKey | None:
            if key.revoked_at is not None or key.successor or key.issued_at == issued_at:
                return None
            life = timedelta(days=key.lifetime.days if key.lifetime.days in LIVES else 90)
            return replace(key, issued_at=issued_at, expires_at=issued_at + life)

        self._change("regenerated", sorted(ids), renew)

    def _moved(self, key: ApiKey, now: datetime) -> ApiKey | None:
        """Another end, as an admin gives it: within three weeks of the present one."""
        ends_at = key.expires_at + timedelta(days=self._dice.randint(-20, 20))
        if key.revoked_at is not None or ends_at <= now or ends_at <= key.issued_at:
            return None
        return replace(key, expires_at=ends_at, spread_at=instants.whole(now))

    def _contacted(self, key: ApiKey) -> ApiKey:
        contact = self._dice.choice(["", "team@example.org", "list@example.org", f"x@{NOBODY}"])
        return replace(key, contact=contact)

    def _one_key(self) -> tuple[ApiKey, Person] | None:
        key = self._keyring.get(self._keys(1)[0])
        owner = self._accounts.get(key.owner) if key else None
        return (key, owner) if key and owner else None

    def _revoke(self, product: Ninety, now: datetime) -> None:
        if (found := self._one_key()) is not None:
            self._promise(product.lifecycle.revoke(found[0].id, found[1], now))
            self.deeds["revoked"] += 1

    def _rotate(self, product: Ninety, now: datetime) -> None:
        found = self._one_key()
        if found is not None and found[0].alive(now) and not found[0].successor:
            issued = product.lifecycle.rotate(found[0].id, found[1], now)
            self._promise(issued.key)
            self._unused.append(issued.key.id)
            self.deeds["rotated"] += 1

    def _use_successors(self, _product: Ninety, now: datetime) -> None:
        used = [id for id in self._unused if self._dice.random() < 0.3]
        self._unused = [id for id in self._unused if id not in used]
        first = instants.whole(now)
        self._change("used", used, lambda key: replace(key, first_used_at=first))

    def _leave_or_opt_out(self, now: datetime) -> None:
        owner = self._dice.choice(self._owners)
        back = now + timedelta(days=self._dice.randint(1, 30))
        if self._dice.random() < 0.5:
            self._accounts.change(owner, lambda person: replace(person, disabled_at=now))
            self._returns.append((back, owner, lambda person: replace(person, disabled_at=None)))
            self.deeds["owner disabled"] += 1
        else:
            self._accounts.change(owner, lambda person: replace(person, wants_reminders=False))
            self._returns.append(
                (back, owner, lambda person: replace(person, wants_reminders=True))
            )
            self.deeds["opted out"] += 1

    def _come_back(self, now: datetime) -> None:
        for _at, owner, change in [one for one in self._returns if one[0] <= now]:
            self._accounts.change(owner, change)
            self.deeds["came back"] += 1
        self._returns = [one for one in self._returns if one[0] > now]

    def _ask_again(self, product: Ninety, now: datetime) -> None:
        """Now and then a person looks at a mail in doubt and has it sent again."""
        for row in self._ledger.in_state(State.UNKNOWN):
            if self._dice.random() < 0.02:
                self.promises[row.id].by_hand += 1
                try:
                    product.reminding.send_again(row.id, now)
                    self.deeds["sent again by hand"] += 1
                except IllegalArrow:
                    self.promises[row.id].by_hand -= 1


def _half_day(instant: datetime) -> datetime:
    return instant.replace(hour=instant.hour // 12 * 12, minute=0, second=0, microsecond=0)
