"""Where package files are, and what they say; nothing here changes anything."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ninety.rules import identifiers
from ninety.rules.errors import BadPackage, NotFound
from ninety.rules.records import PackageRecord, VersionRecord
from ninety.rules.versions import Version
from ninety.store import record_files
from ninety.store.package_layout import (
    PACKAGE_JSON,
    PACKAGES,
    RECORD_JSON,
    is_id_key,
    is_version_key,
    nupkg_name,
)


class PackageFiles:
    """The package files of one data folder, to be looked at."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._root = data / PACKAGES
        self._root_text = str(self._root)

    # Where things lie

    def folder(self, package_id: str) -> Path:
        """The folder of an id, which need not exist. Raises NotFound for text that is no id."""
        return Path(self._at(package_id))

    def _at(self, package_id: str) -> str:
        """The same as text: every push asks a dozen times, and a Path takes ten times as long."""
        try:
            identifiers.check_id(package_id)
        except BadPackage:
            raise NotFound("package") from None
        return f"{self._root_text}/{identifiers.key(package_id)}"

    def file(self, package_id: str, version: Version, name: str) -> Path:
        """The path of one file of a version, which need not exist. Raises NotFound."""
        return Path(self._file_at(package_id, version, name))

    def _file_at(self, package_id: str, version: Version, name: str) -> str:
        return f"{self._at(package_id)}/{version.key}/{name}"

    def nupkg(self, package_id: str, version: Version) -> Path:
        """The path of a version's bytes, whether they exist or not. Raises NotFound."""
        return self.file(package_id, version, nupkg_name(package_id, version))

    # Reading

    def ids(self) -> list[str]:
        """Every id anybody has claimed, lower case, in order."""
        return sorted(name for name in _folders(self._root) if is_id_key(name))

    def package(self, package_id: str) -> PackageRecord | None:
        """Whose an id is; None for one nobody has claimed. Raises NotFound, RecordDamaged."""
        path = f"{self._at(package_id)}/{PACKAGE_JSON}"
        with record_files.undamaged(path):
            kept = record_files.read(path)
            return None if kept is None else PackageRecord.from_json(kept)

    def version_keys(self, package_id: str) -> list[str]:
        """The versions of an id as normalised lower-case text, deleted ones too, in no order."""
        return [name for name in _folders(self._at(package_id)) if is_version_key(name)]

    def has_versions(self, package_id: str) -> bool:
        """Whether the id has any version, be it a deleted one. Looks at few, however many."""
        try:
            with os.scandir(self._at(package_id)) as entries:
                return any(is_version_key(entry.name) and entry.is_dir() for entry in entries)
        except FileNotFoundError:
            return False

    def record(self, package_id: str, version: Version) -> VersionRecord:
        """What is known of a version, a deleted one too. Raises NotFound, RecordDamaged."""
        path = self._file_at(package_id, version, RECORD_JSON)
        with record_files.undamaged(path):
            kept = record_files.read(path)
            if kept is None:
                raise NotFound("package version")
            return VersionRecord.from_json(kept)

    def record_stamp(self, package_id: str, version: Version) -> str | None:
        """What tells one state of a version's record from another; None where there is none."""
        return record_files.stamp(self._file_at(package_id, version, RECORD_JSON))

    def record_stamps(self, package_id: str) -> Iterator[tuple[str, str]]:
        """Every folder of an id with a record in it, and its `record_stamp`, in no order."""
        folder = self._at(package_id)
        for key in _folders(folder):
            if stamp := record_files.stamp(f"{folder}/{key}/{RECORD_JSON}"):
                yield key, stamp

    def changed_at(self, package_id: str) -> int | None:
        """A number that rises with every change to the id; None where it has no folder."""
        try:
            return os.stat(self._at(package_id)).st_mtime_ns
        except FileNotFoundError:
            return None

    def changed_since(self, known: Mapping[str, int]) -> list[str]:
        """The ids of which `changed_at` does not say what is `known`, those that are gone too."""
        changed, gone = [], dict(known)
        with os.scandir(self._root) as entries:
            for entry in entries:
                before = gone.pop(entry.name, None)
                # What is known is an id, and looking at it is quicker than checking its name.
                if before is None and not (entry.is_dir() and is_id_key(entry.name)):
                    continue
                if before != entry.stat().st_mtime_ns:
                    changed.append(entry.name)
        return sorted([*changed, *gone])


def _folders(folder: str | Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir()]
    except FileNotFoundError:
        return []
