"""Which symbols packages are taken, and what is kept of them."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from ninety.rules import manifest, symbols
from ninety.rules.archive import open_archive
from ninety.rules.errors import BadPackage
from ninety.rules.symbols import SymbolFile, SymbolsRecord, check_symbols
from parts.packages import make_nupkg

PACKED = {
    "[Content_Types].xml": b"",
    "_rels/.rels": b"",
    "package/services/metadata/core-properties/1.psmdcp": b"",
    ".signature.p7s": b"",
}
SYMBOLS = [("symbolspackage", None)]
NOW = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def check(files, package_types=SYMBOLS):
    stream = BytesIO(make_nupkg(files=files, package_types=package_types, authors=None))
    archive = open_archive(stream)
    return check_symbols(archive, manifest.without_files(archive))


def record(*files, pushed=NOW):
    return SymbolsRecord(
        folder="f" * 32,
        size=1,
        sha512="digest",
        pushed=pushed,
        pushed_by="alice",
        pushed_with="alicekey",
        files=tuple(
            SymbolFile(name=name, signature=signature, since=pushed) for name, signature in files
        ),
    )


def test_pdbs_beside_what_packers_add_are_symbols():
    pdbs = {"lib/net8.0/Acme.Core.PDB": b"", "lib/net48/Acme.Core.pdb": b""}
    assert check({**PACKED, **pdbs}) == ("lib/net8.0/Acme.Core.PDB", "lib/net48/Acme.Core.pdb")


@pytest.mark.parametrize(
    ("files", "package_types", "wanted"),
    [
        ({"a.pdb": b""}, [], "must have the package type SymbolsPackage"),
        ({"a.pdb": b""}, [("Dependency", None)], "must have the package type SymbolsPackage"),
        (PACKED, SYMBOLS, r"must hold a \.pdb file"),
        ({"a.pdb": b"", "lib/a.dll": b""}, SYMBOLS, r"'lib/a\.dll' is none"),
        ({"a.pdb": b"", "pdb": b""}, SYMBOLS, "'pdb' is none"),
        ({"a" * 252 + ".pdb": b""}, SYMBOLS, "over 255 characters"),
        ({f"{n}.pdb": b"" for n in range(1001)}, SYMBOLS, "1001 PDBs; 1000 are allowed"),
    ],
)
def test_anything_else_is_refused_with_its_reason(files, package_types, wanted):
    with pytest.raises(BadPackage, match=wanted):
        check(files, package_types)


def test_pdbs_that_unpack_to_too_much_are_refused_unread(monkeypatch):
    monkeypatch.setattr(symbols, "MOST_UNPACKED", 1000)
    check({"a.pdb": bytes(500), "b.pdb": bytes(500)})
    with pytest.raises(BadPackage, match="unpack to 1001 bytes; 1000 are allowed"):
        check({"a.pdb": bytes(500), "b.pdb": bytes(501)})


@pytest.mark.parametrize(
    ("name", "signature", "position"),
    [
        ("a.pdb", "00ff", 0),
        ("A.PDB", "00FF", 0),
        ("a.pdb", "01ff", 1),
        ("ÄÖ.pdb", "00ff", 2),
        ("äö.PDB", "00FF", 2),
        ("b.pdb", "00ff", None),
        ("a.pdb", "00", None),
        ("", "", None),
    ],
)
def test_a_file_is_found_by_name_and_signature_in_any_case(name, signature, position):
    one = record(("A.pdb", "00ff"), ("a.pdb", "01ff"), ("Äö.pdb", "00ff"))
    assert one.position(name, signature) == position


def test_files_that_were_there_before_stay_as_old_as_they_were():
    before = record(("A.pdb", "00ff"), ("b.pdb", "00ff"))
    after = record(("a.pdb", "00ff"), ("b.pdb", "01ff"), pushed=LATER).following(before)
    assert [file.since for file in after.files] == [NOW, LATER]
    assert after.pushed == LATER
    assert before.following(None) == before


def test_a_record_survives_json():
    one = record(("Ä.pdb", "00ff"), ("b.pdb", "00ff"))
    assert SymbolsRecord.from_json(json.loads(json.dumps(one.to_json()))) == one
