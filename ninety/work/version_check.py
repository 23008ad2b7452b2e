"""Looking at one version folder: is everything there, and is it what was pushed?

The .nupkg and what people decided (in `record.json`) are the truth; the rest is
made from the .nupkg and can be made again. No .nupkg is ever touched.
"""

import base64
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from ninety.rules import identifiers, instants, manifest, wording
from ninety.rules.errors import BadPackage, NotFound, RecordDamaged
from ninety.rules.manifest import Manifest
from ninety.rules.records import VersionRecord
from ninety.rules.versions import Version
from ninety.store.files import leftover_of
from ninety.store.package_layout import RECORD_JSON, SYMBOLS, nupkg_name, sidecars, snupkg_name
from ninety.store.packages import Packages

PIECE = 256 * 1024


class Standing(StrEnum):
    """How things stand with what was found."""

    PROBLEM = "problem"
    REPAIRED = "repaired"
    NOTE = "note"
    """Worth knowing; nothing is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it should be: `where` it is, and `what`, in sentences."""

    where: str
    what: str
    standing: Standing = Standing.PROBLEM


class VersionCheck:
    """Looks at the folders of versions, and puts back in them what can be derived."""

    def __init__(self, packages: Packages) -> None:
        self._packages = packages

    def findings(self, package_id: str, version: Version, *, repair: bool) -> list[Finding]:
        """What is wrong with one version. Raises DiskFull."""
        if not self._look(package_id, version):
            return []
        # Perhaps somebody was changing it just then, so it is looked at with nobody else at it.
        if not repair:
            with self._packages.still(package_id):
                return self._look(package_id, version)
        with self._packages.changing(package_id):
            return self._look(package_id, version, repair=True)

    def _look(self, package_id: str, version: Version, *, repair: bool = False) -> list[Finding]:
        return list(_Look(self._packages, package_id, version, repair).findings())


class _Look:
    """One look at one version folder."""

    def __init__(self, packages: Packages, package_id: str, version: Version, repair: bool) -> None:
        self._packages = packages
        self._id, self._version = package_id, version
        self._folder = packages.file(package_id, version, RECORD_JSON).parent
        self._repair = repair

    def findings(self) -> Iterator[Finding]:
        names = sorted(os.listdir(self._folder))
        if not names:
            yield from self._empty()
            return
        record, trouble = self._record()
        if record is not None and record.tombstone is not None:
            if names != [RECORD_JSON]:
                yield self._problem(
                    "It was deleted, but not all of its files are gone; "
                    "delete it again to finish that."
                )
            return
        nupkg = self._folder / nupkg_name(self._id, self._version)
        if nupkg.name not in names:
            yield self._problem("Its .nupkg is gone; restore it from a backup.")
            return
        size, sha512 = _digest(nupkg)
        if record is not None and (record.size, record.sha512) != (size, sha512):
            yield self._problem("Its .nupkg is not what was pushed; restore it from a backup.")
            return
        try:
            with nupkg.open("rb") as stream:
                found = manifest.read(stream)
        except BadPackage as refusal:
            yield self._problem(f"Its .nupkg cannot be read: {refusal}.")
            return
        if (identifiers.key(found.id), found.version) != (self._id, self._version):
            yield self._problem(
                f"Its .nupkg is {found.id} {found.version}; it lies in the wrong place."
            )
            return
        if record is None:
            yield self._lost_record(
                trouble,
                VersionRecord(manifest=found, size=size, sha512=sha512, published=_date(nupkg)),
            )
        else:
            yield from self._stale_record(record, found)
            yield from self._symbols(record)
        wanted = sidecars(found, sha512)
        yield from self._sidecars(wanted)
        yield from self._others({*names} - {nupkg.name, RECORD_JSON, SYMBOLS, *wanted})

    def _record(self) -> tuple[VersionRecord | None, str]:
        """The record, or None and what is wrong with it."""
        try:
            return self._packages.record(self._id, self._version), ""
        except NotFound:
            return None, "is missing"
        except RecordDamaged:
            return None, "cannot be read"

    def _empty(self) -> Iterator[Finding]:
        if self._repair:
            self._folder.rmdir()
        yield self._derived("Its folder is empty.", "It was removed.")

    def _lost_record(self, trouble: str, made: VersionRecord) -> Finding:
        if self._repair:
            self._packages.put_back_record(made)
        return self._derived(
            f"Its record.json {trouble}.",
            "It was made again from the .nupkg: listed, and published when the file was written, "
            f"{wording.utc(made.published)}. Who pushed it, whether it was unlisted or deprecated, "
            "and its symbols are not known any more.",
        )

    def _stale_record(self, record: VersionRecord, found: Manifest) -> Iterator[Finding]:
        kept = replace(found, nuspec=b"", icon=None, readme=None, license=None)
        if record.manifest != kept:
            if self._repair:
                self._packages.put_back_record(replace(record, manifest=found))
            yield self._derived(
                "Its record.json does not say what its .nupkg says.", "It was read again."
            )

    def _symbols(self, record: VersionRecord) -> Iterator[Finding]:
        if record.symbols is None:
            return
        path = self._folder / SYMBOLS / record.symbols.folder
        if not (path / snupkg_name(self._id, self._version)).exists():
            yield self._problem("Its symbols are gone; push them again.")

    def _sidecars(self, wanted: dict[str, bytes]) -> Iterator[Finding]:
        for name, content in wanted.items():
            there = _content(self._folder / name)
            if there == content:
                continue
            if self._repair:
                self._packages.put_back(self._id, self._version, name, content)
            trouble = "is missing" if there is None else "is not what the .nupkg holds"
            yield self._derived(f"Its {name} {trouble}.", "It was made again.")

    def _others(self, names: set[str]) -> Iterator[Finding]:
        for name in sorted(names):
            if leftover_of(name) is None:
                yield self._problem(f"{name} does not belong in its folder.")
                continue
            if self._repair:
                (self._folder / name).unlink(missing_ok=True)
            yield self._derived(f"{name} was left by a write that was cut off.", "It was removed.")

    def _problem(self, what: str) -> Finding:
        return Finding(where=self._where, what=what)

    def _derived(self, what: str, remedy: str) -> Finding:
        """What can be repaired, and is where that was asked for."""
        if not self._repair:
            return self._problem(what)
        return Finding(where=self._where, what=f"{what} {remedy}", standing=Standing.REPAIRED)

    @property
    def _where(self) -> str:
        return f"{self._id} {self._version.key}"


def _digest(path: Path) -> tuple[int, str]:
    """The size in bytes and the SHA-512 in base64 of a file."""
    size, digest = 0, hashlib.sha512()
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            size += len(piece)
            digest.update(piece)
    return size, base64.b64encode(digest.digest()).decode("ascii")


def _date(path: Path) -> datetime:
    return instants.whole(datetime.fromtimestamp(path.stat().st_mtime, UTC))


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
