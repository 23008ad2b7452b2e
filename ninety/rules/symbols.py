"""Symbols packages (.snupkg): what one may be, and what is kept of the one a version has."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from ninety.rules import instants
from ninety.rules.archive import Archive
from ninety.rules.errors import BadPackage
from ninety.rules.metadata import Manifest
from ninety.rules.quoting import quoted

PACKAGE_TYPE = "SymbolsPackage"

MOST_PDBS = 1_000
MOST_UNPACKED = 2**30
"""Bytes that the PDBs of one package may have together."""
LONGEST_NAME = 255
"""Characters in the file name of a PDB."""

_ENDINGS = (".pdb", ".nuspec", ".xml", ".psmdcp", ".rels", ".p7s")


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolFile:
    """One PDB: its file name as packed, its signature as debuggers write it, in lower case.

    `since` is when its version first had a PDB of this name and signature.
    """

    name: str
    signature: str
    since: datetime

    @property
    def key(self) -> tuple[str, str]:
        """What it is asked for by. The case of a name means nothing to debuggers."""
        return self.name.lower(), self.signature


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolsRecord:
    """The symbols of a version as kept in its `record.json`.

    `folder` is where they lie, `size` (bytes) and `sha512` (base64) are those of
    the .snupkg, `pushed_by` is a person's id and `pushed_with` a key's, empty
    where none was shown. No two files have one key.
    """

    folder: str
    size: int
    sha512: str
    pushed: datetime
    pushed_by: str
    pushed_with: str
    files: tuple[SymbolFile, ...]

    def position(self, name: str, signature: str) -> int | None:
        """Which of the files a debugger asks for, in any case; None where it is none of them."""
        keys = [file.key for file in self.files]
        wanted = name.lower(), signature.lower()
        return keys.index(wanted) if wanted in keys else None

    def following(self, before: "SymbolsRecord | None") -> "SymbolsRecord":
        """These in the place of those `before`: files that were there stay as old as they were."""
        since = {file.key: file.since for file in before.files} if before else {}
        files = (replace(file, since=since.get(file.key, file.since)) for file in self.files)
        return replace(self, files=tuple(files))

    def to_json(self) -> dict[str, Any]:
        """As kept in `record.json`."""
        files = [{**asdict(file), "since": instants.text(file.since)} for file in self.files]
        return {**asdict(self), "pushed": instants.text(self.pushed), "files": files}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "SymbolsRecord":
        """What `to_json` wrote."""
        files = (
            SymbolFile(**{**file, "since": instants.parse(file["since"])}) for file in kept["files"]
        )
        return cls(**{**kept, "pushed": instants.parse(kept["pushed"]), "files": tuple(files)})


def is_symbols(manifest: Manifest) -> bool:
    """Whether a package says that it is a symbols package."""
    return PACKAGE_TYPE.lower() in (kind.name.lower() for kind in manifest.package_types)


def refuse_symbols(manifest: Manifest) -> None:
    """BadPackage for a symbols package pushed as if it were the package itself."""
    if is_symbols(manifest):
        raise BadPackage(
            "This is a symbols package; push it to /api/v2/symbolpackage, after its .nupkg"
        )


def check_symbols(archive: Archive, manifest: Manifest) -> tuple[str, ...]:
    """The names of the PDBs in a symbols package; BadPackage if it holds anything that runs.

    As on nuget.org: it says that it is a symbols package, has a .pdb, and only
    files that a packer puts beside them. Unlike there, the PDBs are not compared
    with the assemblies of the package: a debugger asks for the PDB of an assembly
    by the id in it, so one that belongs to none is never asked for, and assemblies
    that were signed or rewritten after they were compiled keep their symbols.
    """
    if not is_symbols(manifest):
        raise BadPackage(f"A symbols package must have the package type {PACKAGE_TYPE}")
    for name in archive.names:
        if not name.lower().endswith(_ENDINGS):
            raise BadPackage(
                f"A symbols package may hold only {', '.join(_ENDINGS)} files; "
                f"{quoted(name)} is none"
            )
    pdbs = tuple(name for name in archive.names if name.lower().endswith(".pdb"))
    if not pdbs:
        raise BadPackage("A symbols package must hold a .pdb file")
    if len(pdbs) > MOST_PDBS:
        raise BadPackage(f"The symbols package holds {len(pdbs)} PDBs; {MOST_PDBS} are allowed")
    for name in pdbs:
        if len(file_name(name)) > LONGEST_NAME:
            raise BadPackage(f"The file name of {quoted(name)} has over {LONGEST_NAME} characters")
    unpacked = sum(map(archive.size, pdbs))
    if unpacked > MOST_UNPACKED:
        raise BadPackage(f"The PDBs unpack to {unpacked} bytes; {MOST_UNPACKED} are allowed")
    return pdbs


def file_name(entry: str) -> str:
    """What debuggers call the PDB that lies in a package as `entry`: its name without folders."""
    return entry.rpartition("/")[2]
