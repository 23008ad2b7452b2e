"""The symbols of a version: the .snupkg as pushed, and the PDBs in it, ready to be served.

    packages/<id>/<version>/symbols/<push>/<id>.<version>.snupkg
                                           0.pdb, 1.pdb, …   in the order of the record

Symbols may be pushed again. Each push lies in a folder of its own, and the
version's record names the one that counts; so that one write of the record
changes all of them at once. What the record does not name was left by a push
that was cut off, and goes with the next.
"""

import logging
import os
from dataclasses import replace
from pathlib import Path

from ninety.rules.errors import DiskFull, NotFound
from ninety.rules.records import VersionRecord
from ninety.rules.symbols import SymbolsRecord
from ninety.rules.versions import Version
from ninety.store.files import refusing_full_disk, remove, sync_folder
from ninety.store.incoming import Upload
from ninety.store.package_layout import SYMBOLS, snupkg_name
from ninety.store.packages import Packages

log = logging.getLogger(__name__)


class SymbolFiles:
    """The symbols beside the packages of one data folder."""

    def __init__(self, packages: Packages) -> None:
        self._packages = packages

    def pdb(self, package_id: str, version: Version, name: str, signature: str) -> Path:
        """Where a PDB of a version lies, asked for in any case. Raises NotFound."""
        symbols = self._packages.record(package_id, version).symbols
        number = symbols.position(name, signature) if symbols else None
        if symbols is None or number is None:
            raise NotFound("symbol file")
        return self._folder(package_id, version) / symbols.folder / pdb_name(number)

    def snupkg(self, package_id: str, version: Version) -> Path:
        """Where the symbols package of a version lies, as it was pushed. Raises NotFound."""
        symbols = self._packages.record(package_id, version).symbols
        if symbols is None:
            raise NotFound("symbols package")
        folder = self._folder(package_id, version) / symbols.folder
        return folder / snupkg_name(package_id, version)

    def admit(
        self, upload: Upload, package_id: str, version: Version, symbols: SymbolsRecord
    ) -> VersionRecord:
        """Make what was uploaded the symbols of a version, in the place of any others.

        The upload's folder holds the PDBs already, as `pdb_name` calls them. Raises
        NotFound where there is no such version, and DiskFull; the old symbols then
        stay, all of them.
        """
        upload.keep_as(snupkg_name(package_id, version))
        with refusing_full_disk():
            sync_folder(upload.folder)

        def take_in(before: VersionRecord) -> VersionRecord:
            folder = self._folder(package_id, version)
            folder.mkdir(mode=0o700, exist_ok=True)
            os.rename(upload.folder, folder / symbols.folder)
            sync_folder(folder)
            return replace(before, symbols=symbols.following(before.symbols))

        try:
            with refusing_full_disk():
                return self._packages.change_version(package_id, version, take_in)
        finally:
            self.tidy(package_id, version)

    def tidy(self, package_id: str, version: Version) -> None:
        """Remove the symbols of a version that its record does not name. Raises NotFound.

        What cannot be removed now goes with the next push, so trouble is only logged.
        """
        try:
            with self._packages.still(package_id):
                self._remove_unnamed(package_id, version)
        except (OSError, DiskFull):
            log.exception("%s %s has symbols that nobody needs", package_id, version.key)

    def _remove_unnamed(self, package_id: str, version: Version) -> None:
        folder = self._folder(package_id, version)
        if not folder.is_dir():
            return
        kept = self._packages.record(package_id, version).symbols
        if kept is None:
            remove(folder)
            return
        for path in folder.iterdir():
            if path.name != kept.folder:
                remove(path)

    def _folder(self, package_id: str, version: Version) -> Path:
        return self._packages.file(package_id, version, SYMBOLS)


def pdb_name(number: int) -> str:
    """What the PDB at this position of the record is called on the disk.

    Not by its own name, which may be anything.
    """
    return f"{number}.pdb"
