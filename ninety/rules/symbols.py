"""What a symbols package (.snupkg) may be, beyond what every package must."""

from ninety.rules.archive import Archive
from ninety.rules.errors import BadPackage
from ninety.rules.metadata import Manifest
from ninety.rules.quoting import quoted

PACKAGE_TYPE = "SymbolsPackage"

_ENDINGS = (".pdb", ".nuspec", ".xml", ".psmdcp", ".rels", ".p7s")


def check_symbols(archive: Archive, manifest: Manifest) -> None:
    """BadPackage unless the package holds debug symbols, and nothing that runs.

    As on nuget.org: it says that it is a symbols package, has a .pdb, and only
    files that a packer puts beside them.
    """
    if PACKAGE_TYPE.lower() not in (kind.name.lower() for kind in manifest.package_types):
        raise BadPackage(f"A symbols package must have the package type {PACKAGE_TYPE}")
    for name in archive.names:
        if not name.lower().endswith(_ENDINGS):
            raise BadPackage(
                f"A symbols package may hold only {', '.join(_ENDINGS)} files; "
                f"{quoted(name)} is none"
            )
    if not any(name.lower().endswith(".pdb") for name in archive.names):
        raise BadPackage("A symbols package must hold a .pdb file")
