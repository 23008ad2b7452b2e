"""The package files change here and nowhere else; `package_files.py` finds and reads them.

A version appears by one rename and its bytes never change. Every change ends by
giving `packages/<id>` a later modification time than it ever had, so that
whoever remembers the old one knows to read the id again.
"""

import errno
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ninety.rules.errors import (
    NotFound,
    RecordDamaged,
    Refusal,
    VersionExists,
    VersionReserved,
)
from ninety.rules.manifest import Manifest
from ninety.rules.records import PackageRecord, Tombstone, VersionRecord
from ninety.rules.versions import Version
from ninety.store import record_files
from ninety.store.files import (
    locked_folder,
    refusing_full_disk,
    remove,
    remove_leftovers,
    replace_durably,
    sync_folder,
)
from ninety.store.incoming import Upload, aside, prove_renames, sweep_incoming
from ninety.store.package_files import PackageFiles
from ninety.store.package_layout import (
    INCOMING,
    PACKAGE_JSON,
    RECORD_JSON,
    nupkg_name,
    sidecars,
)

__all__ = ["Entered", "Packages", "prove_renames", "sweep_incoming"]

OCCUPIED = (errno.EEXIST, errno.ENOTEMPTY)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entered:
    """A version that was just admitted, and what `changed_at` said before and says since.

    Whoever knew the id as it was before needs to read nothing else of it again. `first`
    is whether the id never had another version, be it a deleted one.
    """

    record: VersionRecord
    first: bool
    before: int
    after: int


class Packages(PackageFiles):
    """The packages of one data folder, which is made where it is missing."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.incoming = data / INCOMING
        for folder in (self.incoming, self._root):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    # A version enters

    def prepare(self, upload: Upload, record: VersionRecord, manifest: Manifest) -> None:
        """Give the upload's folder everything a version folder holds, on the disk.

        `manifest` is the one read from the upload, with the bytes of its nuspec,
        icon, readme and license. Raises DiskFull.
        """
        upload.keep_with(
            nupkg_name(record.id, record.version),
            (RECORD_JSON, record_files.written(record.to_json())),
            sidecars(manifest, upload.sha512),
        )

    def claim(self, package_id: str, owner: str, now: datetime) -> bool:
        """Make the person `owner` the first owner of a new id; False where it has one.

        However many try at once, one gets it: the file is linked into place,
        which fails where there is one. The claim is sure to last once a version
        was admitted. Raises DiskFull, and nothing was claimed.
        """
        folder = self._at(package_id)
        record = PackageRecord(id=package_id, owners=(owner,), claimed_at=now)
        content = record_files.written(record.to_json())
        with refusing_full_disk(), aside(self.incoming, content) as path:
            with suppress(FileExistsError):
                os.mkdir(folder, 0o700)
            try:
                os.link(path, f"{folder}/{PACKAGE_JSON}")
            except FileExistsError:
                return False
        return True

    def admit(
        self,
        upload: Upload,
        record: VersionRecord,
        told: Callable[[Entered], None] = lambda entered: None,
    ) -> None:
        """Make the prepared upload a version of its id, which was claimed before.

        Raises VersionExists, VersionReserved, DiskFull, and the upload stays
        where it was. Once this returns the version is there to stay. `told` hears
        of it while nobody else changes the id, and must not fail.
        """
        folder = self._at(record.id)
        with self.still(record.id), refusing_full_disk():
            first = not self.has_versions(record.id)
            if first:
                # Before any version is in the folder, so that whoever adds another can rely on it.
                sync_folder(self._root)
            before = os.stat(folder).st_mtime_ns
            os.utime(folder, ns=(before + 1, before + 1))
            try:
                os.rename(upload.folder, f"{folder}/{record.version.key}")
            except OSError as error:
                if error.errno in OCCUPIED:
                    raise self._taken(record.id, record.version) from None
                raise
            with _only_logged(folder):
                told(Entered(record, first, before, _touch(folder, before + 1)))
        with _only_logged(folder):
            sync_folder(folder)

    def refuse_taken(self, package_id: str, version: Version) -> None:
        """Raise VersionExists or VersionReserved where the version cannot be admitted."""
        if os.path.exists(self._file_at(package_id, version, RECORD_JSON)):
            raise self._taken(package_id, version)

    def _taken(self, package_id: str, version: Version) -> Refusal:
        try:
            found = self.record(package_id, version)
        except RecordDamaged:
            return VersionExists(package_id, str(version))
        if found.tombstone:
            return VersionReserved(found.id, str(found.version))
        return VersionExists(found.id, str(found.version), listed=found.listed)

    # What is known changes; bytes do not

    def change_version(
        self, package_id: str, version: Version, fn: Callable[[VersionRecord], VersionRecord]
    ) -> VersionRecord:
        """Replace the record of a version by what `fn` makes of it, and return that.

        An unchanged record is not written. Raises NotFound, for a deleted version
        too, and DiskFull.
        """
        with self.changing(package_id):
            before = self.record(package_id, version)
            if before.tombstone:
                raise NotFound("package version")
            after = fn(before)
            if after != before:
                record_files.replace(self.file(package_id, version, RECORD_JSON), after.to_json())
        return after

    def change_package(
        self, package_id: str, fn: Callable[[PackageRecord], PackageRecord]
    ) -> PackageRecord:
        """Replace the record of an id by what `fn` makes of it. Raises NotFound, DiskFull."""
        with self.changing(package_id):
            before = self.package(package_id)
            if before is None:
                raise NotFound("package")
            after = fn(before)
            if after != before:
                record_files.replace(self.folder(package_id) / PACKAGE_JSON, after.to_json())
        return after

    def bury(self, package_id: str, version: Version, tombstone: Tombstone) -> VersionRecord:
        """Delete a version's bytes for good; its record stays and keeps the number taken.

        The record comes first, so that a deletion that was cut off can be done
        again and is then finished, under the tombstone it began with. Raises
        NotFound where there is nothing to delete, and DiskFull.
        """
        with self.changing(package_id):
            record = self.record(package_id, version)
            path = self.file(package_id, version, RECORD_JSON)
            begun = record.tombstone is not None
            if not begun:
                record = replace(record, listed=False, tombstone=tombstone, symbols=None)
                record_files.replace(path, record.to_json())
            left = [one for one in path.parent.iterdir() if one != path]
            if begun and not left:
                raise NotFound("package version")
            for one in left:
                remove(one)
            sync_folder(path.parent)
        return record

    def put_back(self, package_id: str, version: Version, name: str, content: bytes) -> None:
        """Write a derived file of a version anew. Only while `changing` the id. Raises DiskFull."""
        path = self.file(package_id, version, name)
        remove_leftovers(path)
        replace_durably(path, content)

    def put_back_record(self, record: VersionRecord) -> None:
        """Write a version's record anew. Only while `changing` the id. Raises DiskFull."""
        content = record_files.written(record.to_json())
        self.put_back(record.id, record.version, RECORD_JSON, content)

    @contextmanager
    def still(self, package_id: str) -> Iterator[None]:
        """Nobody changes the id during the block. Not reentrant. Raises NotFound."""
        with ExitStack() as alone:
            try:
                alone.enter_context(locked_folder(self._at(package_id)))
            except (FileNotFoundError, NotADirectoryError):
                raise NotFound("package") from None
            yield

    @contextmanager
    def changing(self, package_id: str) -> Iterator[None]:
        """One change to an id at a time, across processes. Raises NotFound.

        Afterwards the folder's modification time is later than it was, even where
        the clock of the file system is coarse or was set back. It is later from
        the start, so that a change that was cut off is noticed too.
        """
        folder = self._at(package_id)
        with self.still(package_id):
            begun = os.stat(folder).st_mtime_ns + 1
            os.utime(folder, ns=(begun, begun))
            try:
                yield
            finally:
                with _only_logged(folder):
                    _touch(folder, begun)
                    sync_folder(folder)


def _touch(folder: str, before: int) -> int:
    """Give `folder` a later modification time than `before`, and return it (nanoseconds)."""
    changed = max(os.stat(folder).st_mtime_ns, before + 1)
    os.utime(folder, ns=(changed, changed))
    return changed


@contextmanager
def _only_logged(folder: str) -> Iterator[None]:
    """What the block follows is done and must not fail any more, so trouble is only logged."""
    try:
        yield
    except OSError:
        log.exception("A change to %s may not have reached the disk", folder)
