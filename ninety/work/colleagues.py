"""Who else is concerned by a key: they are told where its owner cannot be, or is leaving."""

from collections.abc import Callable, Iterable

from ninety.rules import scopes
from ninety.rules.errors import RecordDamaged
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.rules.records import PackageRecord
from ninety.store.accounts import Accounts
from ninety.store.packages import Packages


class Colleagues:
    """Finds whose packages a key reaches, from the packages' own records.

    They are remembered until their folder changes: a page may ask about many keys
    of one person.
    """

    def __init__(self, packages: Packages, accounts: Accounts) -> None:
        self._packages = packages
        self._accounts = accounts
        self._read: dict[str, tuple[int, PackageRecord | None]] = {}

    def owned(self, person_id: str) -> list[PackageRecord]:
        """The ids a person owns, in order."""
        return [package for package in self.everything() if person_id in package.owners]

    def everything(self) -> list[PackageRecord]:
        """What is known of every id, in order."""
        return self.known(self._packages.ids())

    def known(self, package_ids: Iterable[str]) -> list[PackageRecord]:
        """What is known of these ids; those that nobody has, or whose record is damaged, are
        left out.
        """
        return [found for id in package_ids if (found := self._known(id)) is not None]

    def _known(self, package_id: str) -> PackageRecord | None:
        changed_at = self._packages.changed_at(package_id)
        if changed_at is None:
            return None
        read = self._read.get(package_id)
        if read is None or read[0] != changed_at:
            read = self._read[package_id] = (changed_at, self._look(package_id))
        return read[1]

    def _look(self, package_id: str) -> PackageRecord | None:
        try:
            return self._packages.package(package_id)
        except RecordDamaged:
            return None  # as the index has it: it is nobody's until it is mended

    def of(
        self,
        key: ApiKey,
        packages: Iterable[PackageRecord],
        fits: Callable[[Person], bool] = lambda _: True,
    ) -> tuple[Person, ...]:
        """The other owners of those `packages` that the key may change, else the admins.

        In the order of their addresses; without the key's owner, those who cannot
        sign in, and whoever does not fit.
        """
        changed = () if scopes.only_reads(key.actions) else packages
        reached = (one for one in changed if scopes.covers(key.packages, one.id))
        owners = {owner for one in reached for owner in one.owners}
        others = [
            person
            for person in self._accounts.all()
            if person.id != key.owner and person.disabled_at is None and fits(person)
        ]
        co_owners = tuple(person for person in others if person.id in owners)
        return co_owners or tuple(person for person in others if person.admin)
