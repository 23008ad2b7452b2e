"""Symbols: what people push beside a package, and what debuggers ask for."""

import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from ninety.rules import manifest, portable_pdb
from ninety.rules.archive import Archive, open_archive
from ninety.rules.audit import Did
from ninety.rules.errors import NotFound
from ninety.rules.manifest import Manifest
from ninety.rules.people import Person
from ninety.rules.records import VersionRecord
from ninety.rules.symbols import (
    MOST_UNPACKED,
    SymbolFile,
    SymbolsRecord,
    check_symbols,
    file_name,
)
from ninety.store.incoming import Upload, uploading
from ninety.store.index import Index
from ninety.store.packages import Packages
from ninety.store.symbol_files import SymbolFiles, pdb_name
from ninety.work.access import Access, Holder, key_of, person_of
from ninety.work.auditing import Trail
from ninety.work.multipart import package_bytes

log = logging.getLogger(__name__)


class Symbols:
    """The symbols of the packages in a feed."""

    def __init__(self, packages: Packages, index: Index, access: Access, trail: Trail) -> None:
        self._packages = packages
        self._files = SymbolFiles(packages)
        self._index = index
        self._access = access
        self._trail = trail

    def receive(
        self, who: Holder | Person, body: Iterable[bytes], content_type: str, now: datetime
    ) -> VersionRecord:
        """Take one .snupkg from a request body as the symbols of a version that is here.

        It is judged in this order: the body, the zip, the manifest, whether
        `who` may push versions of the id, whether this one is here, the rest of
        the contents. Earlier symbols of the version are replaced, all of them.
        Raises BadPackage, UploadIncomplete, NotAllowed, NotFound, DiskFull and what
        `body` raises; the earlier ones then stay, and nothing else is kept.
        """
        person, key = person_of(who), key_of(who)
        with uploading(self._packages.incoming) as upload:
            upload.receive(package_bytes(body, content_type))
            archive = open_archive(upload.content, now)
            found = manifest.without_files(archive)
            self._judge(who, found, now)
            files = _unpack(archive, check_symbols(archive, found), upload, now)
            symbols = SymbolsRecord(
                folder=upload.name,
                size=upload.size,
                sha512=upload.sha512,
                pushed=now,
                pushed_by=person.id,
                pushed_with=key.id if key else "",
                files=files,
            )
            try:
                record = self._files.admit(upload, found.id, found.version, symbols)
            finally:
                # Trouble with the disk can come when the new ones are in place already.
                self._index.refresh(found.id)
        how = f"with key {key.id}" if key else f"by person {person.id}"
        log.info("%s %s got symbols %s", record.id, record.version, how)
        self._trail.note(
            Did.SYMBOLS_PUSHED,
            now,
            person=person,
            key=key,
            package=record.id,
            version=str(record.version),
        )
        return record

    def find(self, name: str, signature: str) -> Path:
        """The PDB that a debugger asks for by file name and signature, in any case.

        Where several versions have it, that of whoever had it first: nobody can
        slip other symbols under somebody's assembly. Raises NotFound, IndexRebuilding.
        """
        with self._index.reading() as index:
            place = index.symbols_place(name.lower(), signature.lower())
        if place is None:
            raise NotFound("symbol file")
        return self._files.pdb(*place, name, signature)

    def _judge(self, who: Holder | Person, found: Manifest, now: datetime) -> None:
        package = self._packages.package(found.id)
        if package is None:
            raise NotFound("package version")
        self._access.allow(who, "push-version", package.id, package.owners, now)
        if self._packages.record(found.id, found.version).tombstone:
            raise NotFound("package version")


def _unpack(
    archive: Archive, names: Iterable[str], upload: Upload, now: datetime
) -> tuple[SymbolFile, ...]:
    """Write the PDBs `names` beside the upload, and return what each is asked for by.

    One assembly for several frameworks has one PDB several times; the first is enough.
    """
    found: dict[tuple[str, str], SymbolFile] = {}
    for name in names:
        path = upload.write_pieces(pdb_name(len(found)), archive.pieces(name, MOST_UNPACKED))
        with path.open("rb") as stream:
            signature = portable_pdb.signature(portable_pdb.read_id(stream, name))
        one = SymbolFile(name=file_name(name), signature=signature, since=now)
        if one.key in found:
            path.unlink()
        found.setdefault(one.key, one)
    return tuple(found.values())
