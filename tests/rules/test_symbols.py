from io import BytesIO

import pytest

from ninety.rules import manifest
from ninety.rules.archive import open_archive
from ninety.rules.errors import BadPackage
from ninety.rules.symbols import check_symbols
from parts.packages import make_nupkg

PACKED = {
    "[Content_Types].xml": b"",
    "_rels/.rels": b"",
    "package/services/metadata/core-properties/1.psmdcp": b"",
    ".signature.p7s": b"",
}
SYMBOLS = [("symbolspackage", None)]


def check(files, package_types=SYMBOLS):
    stream = BytesIO(make_nupkg(files=files, package_types=package_types, authors=None))
    check_symbols(open_archive(stream), manifest.read(stream))


def test_pdbs_beside_what_packers_add_are_symbols():
    check({**PACKED, "lib/net8.0/Acme.Core.PDB": b""})


@pytest.mark.parametrize(
    ("files", "package_types", "wanted"),
    [
        ({"a.pdb": b""}, [], "must have the package type SymbolsPackage"),
        ({"a.pdb": b""}, [("Dependency", None)], "must have the package type SymbolsPackage"),
        (PACKED, SYMBOLS, r"must hold a \.pdb file"),
        ({"a.pdb": b"", "lib/a.dll": b""}, SYMBOLS, r"'lib/a\.dll' is none"),
        ({"a.pdb": b"", "pdb": b""}, SYMBOLS, "'pdb' is none"),
    ],
)
def test_anything_else_is_refused_with_its_reason(files, package_types, wanted):
    with pytest.raises(BadPackage, match=wanted):
        check(files, package_types)
