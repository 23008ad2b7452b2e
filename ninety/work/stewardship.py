"""What becomes of packages that are in the feed: listing, deprecation, and whose they are.

Every change is made to the files first and brought into the index after it;
rights are judged at the moment of the change.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from ninety.rules import rights, versions
from ninety.rules.audit import Did
from ninety.rules.deprecation import Deprecation
from ninety.rules.errors import FieldRefused, LastOwner, NotFound, RecordDamaged
from ninety.rules.people import Person
from ninety.rules.records import PackageRecord, VersionRecord
from ninety.rules.versions import Version
from ninety.store.accounts import Accounts
from ninety.store.index import Index
from ninety.store.packages import Packages
from ninety.work.access import Access, Holder, key_of, person_of
from ninety.work.auditing import Trail


class Stewardship:
    """What owners and admins may do to the packages of a feed.

    Versions and ids may be written in any form. Everything raises NotFound for
    what is not here, NotOwner for whoever has no right to it, and DiskFull.
    """

    def __init__(
        self,
        packages: Packages,
        index: Index,
        access: Access,
        accounts: Accounts,
        trail: Trail,
    ) -> None:
        self._packages = packages
        self._index = index
        self._access = access
        self._accounts = accounts
        self._trail = trail

    def package(self, person: Person, package_id: str) -> PackageRecord:
        """Whose an id is, for whoever may change it."""
        package = self._known(package_id)
        rights.check(person, package.id, package.owners)
        return package

    # Which versions searches show

    def unlist(
        self, who: Holder | Person, package_id: str, version: str, now: datetime
    ) -> VersionRecord:
        """Hide a version from searches; restores still find it. Once is as good as twice."""
        return self._list(who, package_id, version, now, listed=False)

    def relist(
        self, who: Holder | Person, package_id: str, version: str, now: datetime
    ) -> VersionRecord:
        """Show an unlisted version in searches again."""
        return self._list(who, package_id, version, now, listed=True)

    # Which versions should not be used any more

    def deprecate(
        self,
        person: Person,
        package_id: str,
        wanted: Iterable[str] | None,
        deprecation: Deprecation,
        now: datetime,
    ) -> list[Version]:
        """Mark the `wanted` versions, None for all there are, in place of earlier marks.

        Returns the versions, lowest first. Raises FieldRefused where none is wanted.
        """
        return self._mark(person, package_id, wanted, deprecation, now)

    def undeprecate(
        self, person: Person, package_id: str, wanted: Iterable[str] | None, now: datetime
    ) -> list[Version]:
        """Take the mark off the `wanted` versions, None for all, as in `deprecate`."""
        return self._mark(person, package_id, wanted, None, now)

    # Whose an id is

    def add_owner(self, person: Person, package_id: str, email: str, now: datetime) -> Person:
        """Make whoever has the address an owner too, and return them.

        Raises FieldRefused where nobody who can sign in has it.
        """
        package = self.package(person, package_id)
        found = self._accounts.by_email(email.strip())
        if found is None:
            raise FieldRefused("email", "Nobody here has this address; an admin can add them")
        if found.disabled_at is not None:
            raise FieldRefused("email", "This account is disabled; an admin can enable it")
        added = found.id

        def add(owners: tuple[str, ...]) -> tuple[str, ...]:
            return owners if added in owners else (*owners, added)

        self._change_owners(person, package, add)
        if added not in package.owners:
            self._trail.note(Did.OWNER_ADDED, now, person=person, whom=found, package=package.id)
        return found

    def remove_owner(
        self, person: Person, package_id: str, owner: str, now: datetime
    ) -> PackageRecord:
        """Take the package from the person with the id `owner`, who may be `person` themselves.

        Whoever is no owner stays none. Raises LastOwner where nobody who can sign
        in would own it any more.
        """
        package = self.package(person, package_id)

        def remove(owners: tuple[str, ...]) -> tuple[str, ...]:
            left = tuple(one for one in owners if one != owner)
            if left != owners and not any(map(self._can_sign_in, left)):
                leaving = self._accounts.get(owner)
                raise LastOwner(package.id, leaving.email if leaving else "this owner")
            return left

        left = self._change_owners(person, package, remove)
        if owner in package.owners:
            self._trail.note(
                Did.OWNER_REMOVED,
                now,
                person=person,
                whom=self._accounts.get(owner),
                package=package.id,
            )
        return left

    def _list(
        self, who: Holder | Person, package_id: str, version: str, now: datetime, *, listed: bool
    ) -> VersionRecord:
        package = self._known(package_id)
        self._access.allow(who, "unlist", package.id, package.owners, now)
        with self._indexed(package):
            record = self._packages.change_version(
                package.id, _version(version), lambda one: replace(one, listed=listed)
            )
        self._trail.note(
            Did.VERSION_RELISTED if listed else Did.VERSION_UNLISTED,
            now,
            person=person_of(who),
            key=key_of(who),
            package=record.id,
            version=str(record.version),
        )
        return record

    def _mark(
        self,
        person: Person,
        package_id: str,
        wanted: Iterable[str] | None,
        deprecation: Deprecation | None,
        now: datetime,
    ) -> list[Version]:
        package = self.package(person, package_id)
        there = self._versions(package)
        chosen = there if wanted is None else sorted({_version(one) for one in wanted})
        if not chosen:
            raise FieldRefused("versions", "Choose at least one version")
        if not set(chosen) <= set(there):
            raise NotFound("package version")
        with self._indexed(package):
            for version in chosen:
                self._packages.change_version(
                    package.id, version, lambda one: replace(one, deprecation=deprecation)
                )
        only = str(chosen[0]) if len(chosen) == 1 else ""
        self._trail.note(
            Did.VERSION_DEPRECATED if deprecation else Did.VERSION_UNDEPRECATED,
            now,
            person=person,
            package=package.id,
            version=only,
            about="" if only else f"{len(chosen)} versions.",
        )
        return chosen

    def _change_owners(
        self,
        person: Person,
        package: PackageRecord,
        fn: Callable[[tuple[str, ...]], tuple[str, ...]],
    ) -> PackageRecord:
        def change(found: PackageRecord) -> PackageRecord:
            # Judged again: another owner may have removed this one meanwhile.
            rights.check(person, found.id, found.owners)
            return replace(found, owners=fn(found.owners))

        with self._indexed(package):
            return self._packages.change_package(package.id, change)

    def _known(self, package_id: str) -> PackageRecord:
        package = self._packages.package(package_id)
        if package is None:
            raise NotFound("package")
        return package

    def _versions(self, package: PackageRecord) -> list[Version]:
        """The versions of an id that were not deleted, lowest first."""
        every = sorted(map(versions.parse, self._packages.version_keys(package.id)))
        return [one for one in every if self._is_kept(package, one)]

    def _is_kept(self, package: PackageRecord, version: Version) -> bool:
        try:
            return not self._packages.record(package.id, version).tombstone
        except (NotFound, RecordDamaged):
            return False  # as the index has it, which nobody is shown more than

    def _can_sign_in(self, person_id: str) -> bool:
        person = self._accounts.get(person_id)
        return person is not None and person.disabled_at is None

    @contextmanager
    def _indexed(self, package: PackageRecord) -> Iterator[None]:
        """What is done inside reaches the index, even where it breaks off halfway."""
        try:
            yield
        finally:
            self._index.refresh(package.id)


def _version(text: str) -> Version:
    try:
        return versions.parse(text)
    except ValueError:
        raise NotFound("package version") from None
