"""Somebody leaves: what stops with their keys, who must know, and who takes over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ninety.rules import instants, leaving, scopes, uses, wording
from ninety.rules.audit import Did, KeyNamed
from ninety.rules.errors import FieldRefused, NotFound
from ninety.rules.keys import ApiKey
from ninety.rules.leaving import Breaking, Departure, Handover
from ninety.rules.people import Person
from ninety.rules.records import PackageRecord
from ninety.rules.uses import Use
from ninety.store.accounts import Accounts
from ninety.store.handovers import Handovers
from ninety.store.index import Index
from ninety.store.keyring import Keyring
from ninety.store.packages import Packages
from ninety.work.auditing import Trail
from ninety.work.colleagues import Colleagues


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What one person took over from another: ids of packages, and keys with their notes."""

    to: Person
    packages: tuple[str, ...]
    keys: int

    @property
    def said(self) -> str:
        """`2 packages and the notes of 1 key`."""
        packages = wording.counted(len(self.packages), "package")
        return f"{packages} and the notes of {wording.counted(self.keys, 'key')}"


class Leaving:
    """Looks at what somebody leaves behind, and hands it to somebody else."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        keyring: Keyring,
        packages: Packages,
        index: Index,
        handovers: Handovers,
        colleagues: Colleagues,
        uses: Callable[[str], Sequence[Use]],
        trail: Trail,
    ) -> None:
        self._accounts = accounts
        self._keyring = keyring
        self._packages = packages
        self._index = index
        self._handovers = handovers
        self._colleagues = colleagues
        self._uses = uses
        self._trail = trail

    def departure(self, person: Person, now: datetime) -> Departure:
        """What stops with `person`, if they are disabled `now`, or what did when they were.

        Both say the same, so that the list can be read before and after.
        """
        at = person.disabled_at or now
        owned = self._colleagues.owned(person.id)
        living = [key for key in self._keyring.of(person.id) if key.alive(at)]
        found = [self._breaking(key, owned, at) for key in living]
        breaking = sorted((one for one in found if one.uses), key=lambda one: one.last.at)
        used = {one.key.id for one in breaking}
        unused = sorted((key for key in living if key.id not in used), key=lambda key: key.name)
        return Departure(
            person, tuple(reversed(breaking)), tuple(unused), tuple(one.id for one in owned)
        )

    def _breaking(self, key: ApiKey, owned: list[PackageRecord], at: datetime) -> Breaking:
        late = leaving.lately(self._uses(key.id), at)
        further = {*uses.pushed(late), *self._reached_before(key)}
        concerned = (*owned, *self._colleagues.known(sorted(further)))
        used_for = tuple(one.id for one in self._colleagues.known(uses.packages(late)))
        return Breaking(key, late, used_for, self._colleagues.of(key, concerned))

    def _reached_before(self, key: ApiKey) -> tuple[str, ...]:
        """The ids the key might change while its person owned them, where they were handed on."""
        earlier = self._handovers.get(key.id)
        return earlier.reached if earlier else ()

    def receiver(self, person: Person, email: str) -> Person:
        """Whoever has the address and can take over from `person`. Raises FieldRefused."""
        found = self._accounts.by_email(email.strip())
        if found is None:
            raise FieldRefused("hand_to", "Nobody here has this address; add them first")
        if found.disabled_at is not None:
            raise FieldRefused("hand_to", "This account is disabled, so it cannot take over")
        if found.id == person.id:
            raise FieldRefused("hand_to", "Name somebody else: this is who leaves")
        return found

    def hand_over(self, person: Person, to: Person, now: datetime) -> HandedOver:
        """Make `to` an owner in the place of `person`, and give them the notes of the keys.

        Each id changes in one write and is never without an owner; what was cut
        off is finished by doing it again. Raises DiskFull, and what was handed
        over until then stays so.
        """
        notes = self._notes(person, to, now)
        news = [one for one in notes if self._is_news(one)]
        self._handovers.keep(notes)
        for one in news:
            named = KeyNamed(one.key_id, one.name)
            self._trail.note(
                Did.KEY_HANDED_OVER, now, whom=to, key=named, about=f"From {one.giver}."
            )
        owned = self._colleagues.owned(person.id)
        packages = tuple(self._give(one, person, to, now) for one in owned)
        return HandedOver(to, packages, len(notes))

    def _is_news(self, handover: Handover) -> bool:
        before = self._handovers.get(handover.key_id)
        return before is None or before.to != handover.to

    def _notes(self, person: Person, to: Person, now: datetime) -> list[Handover]:
        """Of each living key that was ever used or has a note, and all they had taken over.

        A successor that nobody used yet says nothing that its predecessor does not.
        """
        at = person.disabled_at or now
        owned = self._colleagues.owned(person.id)
        living = {key.id: key for key in self._keyring.of(person.id) if key.alive(at)}
        own = [
            Handover(
                key_id=key.id,
                to=to.id,
                giver=person.email,
                name=key.name,
                note=key.note,
                actions=key.actions,
                packages=key.packages,
                uses=tuple(self._uses(key.id)),
                reached=self._reaches(key, owned),
                at=instants.whole(now),
            )
            for key in living.values()
        ]
        telling = [
            one
            for one in own
            if one.uses or (one.note and living[one.key_id].predecessor not in living)
        ]
        taken_over = [replace(one, to=to.id) for one in self._handovers.of(person.id)]
        return telling + taken_over

    def _reaches(self, key: ApiKey, owned: list[PackageRecord]) -> tuple[str, ...]:
        now = {one.id for one in owned if scopes.covers(key.packages, one.id)}
        return tuple(sorted(now.union(self._reached_before(key))))

    def _give(self, package: PackageRecord, person: Person, to: Person, now: datetime) -> str:
        def give(found: PackageRecord) -> PackageRecord:
            owners = (to.id if owner == person.id else owner for owner in found.owners)
            return replace(found, owners=tuple(dict.fromkeys(owners)))

        try:
            self._packages.change_package(package.id, give)
        finally:
            self._index.refresh(package.id)
        if to.id not in package.owners:
            self._trail.note(Did.OWNER_ADDED, now, whom=to, package=package.id)
        self._trail.note(Did.OWNER_REMOVED, now, whom=person, package=package.id)
        return package.id

    def taken_over(self, person: Person) -> list[Handover]:
        """What the person took over and has not dismissed; the last used first."""
        return self._handovers.of(person.id)

    def taken_over_with(self, key_id: str, person: Person) -> Handover:
        """What the person took over with the key `key_id`. Raises NotFound."""
        found = self._handovers.get(key_id)
        if found is None or found.to != person.id:
            raise NotFound("note that was taken over")
        return found

    def dismiss(self, key_id: str, person: Person) -> None:
        """The person dealt with what they took over with a key. Raises NotFound."""
        self._handovers.dismiss(key_id, person.id)
