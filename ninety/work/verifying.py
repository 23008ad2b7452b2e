"""Verifying: does the folder hold what was pushed, and does the index say what the folder does?

Every check tells what it found. With `repair` it also puts right what can be
derived from what is there: sidecars, records, the index, what killed writers
left. What cannot be derived is only told.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial

from ninety.rules import versions
from ninety.rules.errors import IndexRebuilding, NotFound, RecordDamaged
from ninety.rules.records import VersionRecord
from ninety.rules.versions import Version
from ninety.store.accounts import Accounts
from ninety.store.files import leftover_of
from ninety.store.incoming import abandoned, sweep_incoming
from ninety.store.index import Index
from ninety.store.package_layout import PACKAGE_JSON, PROOF, is_id_key, is_version_key
from ninety.store.packages import Packages
from ninety.work.version_check import Finding, Standing, VersionCheck

__all__ = ["Finding", "Standing", "Verifying"]

Check = Callable[[], list[Finding]]


class Verifying:
    """Checks everything that is kept of packages, beside a running feed."""

    def __init__(self, packages: Packages, index: Index, accounts: Accounts) -> None:
        self._packages = packages
        self._index = index
        self._accounts = accounts
        self._version_check = VersionCheck(packages)

    def versions(self) -> int:
        """How many versions there are, deleted ones too."""
        return sum(len(self._packages.version_keys(one)) for one in self._packages.ids())

    def checks(self, *, repair: bool) -> list[Check]:
        """What is to be checked, in order, each about as long as its package is large.

        Each raises DiskFull where a repair has no room.
        """
        every: list[Check] = [partial(self._strays, repair)]
        for package_id in self._packages.ids():
            every += [
                partial(self._version, package_id, versions.parse(key), repair)
                for key in sorted(self._packages.version_keys(package_id))
            ]
            every.append(partial(self._id, package_id, repair))
        return [*every, partial(self._indexed, repair)]

    def _version(self, package_id: str, version: Version, repair: bool) -> list[Finding]:
        found = self._version_check.findings(package_id, version, repair=repair)
        if repair and found:
            self._index.refresh(package_id)
        return found

    # Around the ids

    def _strays(self, repair: bool) -> list[Finding]:
        """What lies beside the ids, and what killed uploads left."""
        root = self._packages.folder("any").parent
        found = [
            Finding(where=f"packages/{name}", what="It is not the folder of a package id.")
            for name in sorted(os.listdir(root))
            if name != PROOF and not (is_id_key(name) and (root / name).is_dir())
        ]
        data = self._packages.data
        for name in sweep_incoming(data) if repair else abandoned(data):
            what = "It was left by an upload that was cut off."
            found.append(_repairable(f"incoming/{name}", what, "It was removed.", repair))
        return found

    def _id(self, package_id: str, repair: bool) -> list[Finding]:
        """What is wrong with an id itself, its versions aside."""
        return [
            *self._ownership(package_id, repair),
            *self._beside_versions(package_id, repair),
        ]

    def _ownership(self, package_id: str, repair: bool) -> Iterator[Finding]:
        try:
            package = self._packages.package(package_id)
        except RecordDamaged:
            yield Finding(
                where=package_id,
                what=f"Its {PACKAGE_JSON} cannot be read; restore it from a backup, "
                "or remove it and repair again.",
            )
            return
        if package is None:
            yield from self._nobodys(package_id, repair)
            return
        gone = [owner for owner in package.owners if self._accounts.get(owner) is None]
        if gone:
            of_how_many = "None" if len(gone) == len(package.owners) else "Not every one"
            yield Finding(
                where=package_id,
                what=f"{of_how_many} of its owners has an account; an admin can change them.",
                standing=Standing.NOTE,
            )

    def _nobodys(self, package_id: str, repair: bool) -> Iterator[Finding]:
        """An id without owners goes back to its first pusher, as it did when it was new."""
        there = self._kept(package_id)
        if not there:
            return  # A first push that was cut off; the next one claims the id.
        first = min(there, key=lambda record: record.published)
        what = f"Its {PACKAGE_JSON} is missing, so nobody owns it."
        if self._accounts.get(first.pushed_by) is None:
            yield Finding(
                where=package_id,
                what=f"{what} Who pushed it first is not known; whoever pushes to it next owns it.",
            )
            return
        if repair:
            with self._packages.changing(package_id):
                self._packages.claim(first.id, first.pushed_by, first.published)
            self._index.refresh(package_id)
        yield _repairable(package_id, what, "It was given back to who pushed it first.", repair)

    def _beside_versions(self, package_id: str, repair: bool) -> Iterator[Finding]:
        folder = self._packages.folder(package_id)
        for name in sorted(os.listdir(folder)):
            path = folder / name
            if name == PACKAGE_JSON or (path.is_dir() and is_version_key(name)):
                continue
            where = f"packages/{package_id}/{name}"
            if leftover_of(name) is None:
                yield Finding(where=where, what="It is not the folder of a version.")
                continue
            with self._packages.still(package_id):
                if repair:
                    path.unlink(missing_ok=True)
                elif not path.exists():
                    continue  # Somebody was writing it.
            what = "It was left by a write that was cut off."
            yield _repairable(where, what, "It was removed.", repair)

    # The index

    def _indexed(self, repair: bool) -> list[Finding]:
        try:
            differing = self._differing(self._differing(self._everywhere()))
            if differing and repair:
                self._index.catch_up()
                if self._differing(differing):
                    self._index.rebuild()
        except IndexRebuilding as rebuilding:
            return [Finding(where="index.sqlite", what=f"{rebuilding}.")]
        what = "The index does not say what its folder says."
        return [_repairable(one, what, "It was read again.", repair) for one in differing]

    def _everywhere(self) -> list[str]:
        """Every id there is in the folder or in the index."""
        with self._index.reading() as index:
            return sorted({*self._packages.ids(), *index.ids()})

    def _differing(self, ids: list[str]) -> list[str]:
        """Those of `ids` that the index tells otherwise.

        Between a change and its way into the index they differ for a moment, so
        this is asked twice.
        """
        return [one for one in ids if self._in_folder(one) != self._in_index(one)]

    def _in_folder(self, package_id: str) -> tuple[tuple[str, ...], list[VersionRecord]]:
        there = [one for one in self._kept(package_id) if one.tombstone is None]
        there.sort(key=lambda record: record.version)
        return self._owners(package_id), there

    def _owners(self, package_id: str) -> tuple[str, ...]:
        try:
            package = self._packages.package(package_id)
        except RecordDamaged:
            return ()  # Told by the check of that id.
        return package.owners if package else ()

    def _in_index(self, package_id: str) -> tuple[tuple[str, ...], list[VersionRecord]]:
        with self._index.reading() as index:
            listed = index.versions(package_id)
            records = (
                index.records(package_id, listed[0].sort_key, listed[-1].sort_key) if listed else []
            )
            return index.owners(package_id), records

    def _kept(self, package_id: str) -> list[VersionRecord]:
        """The records of an id that can be read."""
        found = []
        for key in self._packages.version_keys(package_id):
            try:
                found.append(self._packages.record(package_id, versions.parse(key)))
            except (NotFound, RecordDamaged):
                continue  # Told by the check of that version.
        return found


def _repairable(where: str, what: str, remedy: str, repair: bool) -> Finding:
    if not repair:
        return Finding(where=where, what=what)
    return Finding(where=where, what=f"{what} {remedy}", standing=Standing.REPAIRED)
