"""Importing: every package in a folder of another feed, whatever the layout, into this one.

Flat folders, NuGet's folder feeds, BaGetter's and NuGet.Server's all come down to
.nupkg files at some depth; what a package is, its manifest says and not its path.
What is here already is left alone, so an import that was stopped can be run again.
"""

import base64
import hashlib
import logging
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from ninety.rules import identifiers, instants, manifest
from ninety.rules.audit import Did
from ninety.rules.errors import (
    BadPackage,
    FieldRefused,
    NotFound,
    PackageTooLarge,
    RecordDamaged,
    VersionExists,
    VersionReserved,
)
from ninety.rules.manifest import Manifest
from ninety.rules.people import Person
from ninety.rules.records import VersionRecord
from ninety.store.incoming import sweep_incoming
from ninety.store.index import Index
from ninety.store.packages import Packages
from ninety.work.auditing import Trail
from ninety.work.publishing import Publishing

PACKAGE, OLD_SYMBOLS, SYMBOLS = ".nupkg", ".symbols.nupkg", ".snupkg"
PIECE = 256 * 1024
MIB = 1024 * 1024

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What became of a file."""

    IMPORTED = "imported"
    SAME = "here already"
    DIFFERENT = "different"
    """This version is here with other bytes, which stay."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The packages in a folder, in order, and how many files with symbols only are beside them."""

    packages: tuple[Path, ...]
    symbols: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of the file at `path`, and why where it was not imported."""

    path: Path
    outcome: Outcome
    why: str = ""


class FileUnreadable(Exception):
    """A file of the other feed cannot be read."""


def find(folder: Path) -> Found:
    """The packages anywhere below `folder`, those of one id mostly one after another.

    Raises FieldRefused where a part of it cannot be read.
    """

    def unreadable(error: OSError) -> None:
        raise FieldRefused("folder", f"{error.filename} cannot be read: {error.strerror}")

    packages, symbols = [], 0
    for place, _, names in os.walk(folder, onerror=unreadable):
        for path in (Path(place, name) for name in names):
            if path.name.lower().endswith((OLD_SYMBOLS, SYMBOLS)):
                symbols += 1
            elif path.name.lower().endswith(PACKAGE) and (path.is_file() or path.is_symlink()):
                packages.append(path)
    return Found(packages=tuple(sorted(packages)), symbols=symbols)


class Importing:
    """Brings packages from files into the feed, as a push would but for its rights."""

    def __init__(
        self,
        packages: Packages,
        index: Index,
        publishing: Publishing,
        max_package_mib: int,
        trail: Trail,
    ) -> None:
        self._packages = packages
        self._index = index
        self._publishing = publishing
        self._max_package_mib = max_package_mib
        self._trail = trail

    def run(self, paths: Sequence[Path], owner: Person, now: datetime) -> Iterator[Result]:
        """Import the packages at `paths`, telling after each what became of it.

        `owner` gets the ids nobody has yet. A file's time becomes the date its
        version was published. Raises DiskFull; what came before it stays imported.
        The index follows id by id, and has everything once this ends; then the
        trail has one line for all of it.
        """
        sweep_incoming(self._packages.data)
        self._index.catch_up()
        behind = ""
        outcomes: Counter[Outcome] = Counter()
        try:
            for path in paths:
                package_id, result = self._one(path, owner, now)
                if behind and behind != package_id:
                    self._index.refresh(behind)
                    behind = ""
                if result.outcome is Outcome.IMPORTED:
                    behind = package_id
                outcomes[result.outcome] += 1
                yield result
        finally:
            if behind:
                self._index.refresh(behind)
            about = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Outcome)
            self._trail.note(
                Did.PACKAGES_IMPORTED, now, whom=owner, about=f"{about}, of {len(paths)} files."
            )

    def _one(self, path: Path, owner: Person, now: datetime) -> tuple[str, Result]:
        """The key of the id of one file, if it is known, and what became of it."""
        try:
            with _reading(path):
                stream = path.open("rb")
            with stream:
                with _reading(path):
                    self._refuse_large(stream)
                    found = manifest.read(stream, now)
                outcome = self._bring(path, stream, found, owner, now)
        except (BadPackage, PackageTooLarge, VersionReserved, FileUnreadable) as refusal:
            return "", Result(path=path, outcome=Outcome.REFUSED, why=f"{refusal}.")
        except RecordDamaged as damage:
            return "", Result(path=path, outcome=Outcome.REFUSED, why=f"{damage}.")
        return identifiers.key(found.id), outcome

    def _bring(
        self, path: Path, stream: BinaryIO, found: Manifest, owner: Person, now: datetime
    ) -> Result:
        if self._known(found) is None:
            try:
                self._publishing.take_in(owner, _pieces(path, stream), _date(stream, now), now)
                return Result(path=path, outcome=Outcome.IMPORTED)
            except VersionExists:
                log.info("%s %s came in by another way just now", found.id, found.version)
        known = self._known(found)
        assert known is not None
        if known.sha512 == _sha512(path, stream):
            return Result(path=path, outcome=Outcome.SAME)
        why = f"{known.id} {known.version} is here with other bytes, which stay."
        return Result(path=path, outcome=Outcome.DIFFERENT, why=why)

    def _known(self, found: Manifest) -> VersionRecord | None:
        """What is kept of the version already, or None. Raises VersionReserved, RecordDamaged."""
        try:
            known = self._packages.record(found.id, found.version)
        except NotFound:
            return None
        if known.tombstone is not None:
            raise VersionReserved(known.id, str(known.version))
        return known

    def _refuse_large(self, stream: BinaryIO) -> None:
        if os.fstat(stream.fileno()).st_size > self._max_package_mib * MIB:
            raise PackageTooLarge(self._max_package_mib)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Tell trouble with the file at `path` from trouble with our own disk."""
    try:
        yield
    except OSError as error:
        raise FileUnreadable(f"The file cannot be read: {error.strerror}") from error


def _pieces(path: Path, stream: BinaryIO) -> Iterator[bytes]:
    """All of the file, from its start."""
    with _reading(path):
        stream.seek(0)
        while piece := stream.read(PIECE):
            yield piece


def _sha512(path: Path, stream: BinaryIO) -> str:
    """The digest of the file in base64."""
    digest = hashlib.sha512()
    for piece in _pieces(path, stream):
        digest.update(piece)
    return base64.b64encode(digest.digest()).decode("ascii")


def _date(stream: BinaryIO, now: datetime) -> datetime:
    """When the file was last written, which is no later than now."""
    written = datetime.fromtimestamp(os.fstat(stream.fileno()).st_mtime, UTC)
    return instants.whole(min(written, now))
