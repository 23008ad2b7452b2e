"""Keys that come from elsewhere: secrets that are adopted, and keys that need an end.

Pipelines go on with the secrets they have. What they hold ends like every other
key, only later and at a time of its own, so that nobody has to renew everything
in one week.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import SystemRandom

from ninety.rules import instants, keys, policy, scopes, secrets, spreading, wording
from ninety.rules.audit import Did
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.rules.policy import InForce
from ninety.rules.spreading import Draw, Week
from ninety.store.keyring import Keyring
from ninety.work.auditing import Trail

BY_CHANCE: Draw = SystemRandom().random


@dataclass(frozen=True, slots=True)
class Spread:
    """What a run did: keys that were `given` an end, keys whose end was `moved` nearer.

    `kept` is how many living keys stay as they are; `weeks` when all of them end now.
    """

    given: int
    moved: int
    kept: int
    weeks: tuple[Week, ...]


class Arriving:
    """Takes in secrets from elsewhere, and gives ends to keys that need one.

    `draw` tells where in its span each end falls.
    """

    def __init__(
        self,
        keyring: Keyring,
        pepper: bytes,
        policy: InForce,
        trail: Trail,
        draw: Draw = BY_CHANCE,
    ) -> None:
        self._keyring = keyring
        self._pepper = pepper
        self._policy = policy
        self._trail = trail
        self._draw = draw

    def adopt(
        self,
        owner: Person,
        name: str,
        secret: str,
        now: datetime,
        *,
        actions: Iterable[str] | None = None,
        packages: Iterable[str] = scopes.EVERY_PACKAGE,
    ) -> ApiKey:
        """Make `secret`, which works elsewhere, that of a new key here; only a digest is kept.

        The key ends 90 to 110 days after `now`, whatever the maximum is, and may
        be one more than a person has otherwise. Raises FieldRefused for the
        secret, the name or the scope.
        """
        ruled = self._policy()
        key = ApiKey(
            id=secrets.new_id(),
            owner=owner.id,
            name=keys.check_name(name),
            prefix="",
            digest=secrets.adopted_digest(secrets.check_adopted(secret), self._pepper),
            made_at=instants.whole(now),
            issued_at=instants.whole(now),
            expires_at=spreading.arriving_end(now, self._draw),
            actions=policy.check_actions(
                ruled.usual_actions if actions is None else actions, ruled
            ),
            packages=scopes.check_packages(packages),
            spread_at=instants.whole(now),
        )
        self._keyring.add(key)
        about = f"It ends {wording.utc(key.expires_at)}."
        self._trail.note(Did.KEY_ADOPTED, now, person=owner, key=key, about=about)
        return key

    def give_ends(self, now: datetime) -> int:
        """Give each key that came without an end one; how many there were.

        Done at every start, since a key without an end does nothing until it has one.
        """
        waiting = [key.id for key in self._keyring.endless()]
        if not waiting:
            return 0
        given = self._keyring.change_many(waiting, self._judge(now))
        self._note_ends(given, now)
        return len(given)

    def spread(self, now: datetime, *, dry_run: bool = False) -> Spread:
        """Give ends to keys without one, and nearer ones to keys beyond a lowered maximum.

        Each key once: a second run changes nothing. With `dry_run` nothing is
        written, and what would be is drawn anew the next time.
        """
        before = {key.id: key for key in (*self._keyring.all(), *self._keyring.endless())}
        judge = self._judge(now)
        changed = [new for key in before.values() if (new := judge(key)) is not None]
        if changed and not dry_run:
            changed = self._keyring.change_many([key.id for key in changed], judge)
            self._note_ends(changed, now)
        given = sum(before[key.id].endless for key in changed)
        after = before | {key.id: key for key in changed}
        living = [key.stops_at for key in after.values() if key.alive(now)]
        return Spread(
            given=given,
            moved=len(changed) - given,
            kept=len(living) - len(changed),
            weeks=tuple(spreading.by_week(living)),
        )

    def beyond(self, now: datetime) -> int:
        """How many living keys end later than keys made as they were would now.

        Those whose end was set before are not among them: that happens once.
        """
        ruled = self._policy()
        return sum(
            spreading.is_beyond(key, timedelta(days=ruled.max_days(key.actions)), now)
            for key in self._keyring.all()
        )

    def _note_ends(self, changed: Iterable[ApiKey], now: datetime) -> None:
        for key in changed:
            about = f"It ends {wording.utc(key.expires_at)} now."
            self._trail.note(Did.KEY_SPREAD, now, key=key, about=about)

    def _judge(self, now: datetime) -> Callable[[ApiKey], ApiKey | None]:
        ruled = self._policy()

        def judge(key: ApiKey) -> ApiKey | None:
            longest = timedelta(days=ruled.max_days(key.actions))
            return spreading.spread(key, longest, now, self._draw)

        return judge
