"""The id of a portable PDB, from whole ones and from every kind of broken one."""

from io import BytesIO

import pytest

from ninety.rules.errors import BadPackage
from ninety.rules.portable_pdb import read_id, signature
from parts.pdbs import (
    GUID,
    SIGNATURE,
    STAMP,
    WINDOWS_PDB,
    make_pdb,
    pdb_stream,
    signature_of,
)

TABLES = ("#~", bytes(24))


def test_the_id_is_the_beginning_of_its_stream() -> None:
    assert read_id(BytesIO(make_pdb()), "a.pdb") == GUID + STAMP


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_streams_may_come_in_any_order(place: int) -> None:
    streams = [TABLES, ("#GUID", bytes(64))]
    streams.insert(place, ("#Pdb", pdb_stream()))
    assert read_id(BytesIO(make_pdb(streams=streams)), "a.pdb") == GUID + STAMP


@pytest.mark.parametrize("version", [b"", b"PDB v1.0", b"v", b"x" * 255])
def test_the_text_of_the_version_does_not_matter(version: bytes) -> None:
    assert read_id(BytesIO(make_pdb(version=version)), "a.pdb") == GUID + STAMP


@pytest.mark.parametrize(
    ("guid", "written"),
    [
        (GUID, SIGNATURE),
        # The example of the SSQP key conventions.
        (
            bytes.fromhex("f6727b490a39fc44878e5a2d63b6cc4b"),
            "497b72f6390a44fc878e5a2d63b6cc4bffffffff",
        ),
        (bytes(15) + b"\x01", "00000000000000000000000000000001ffffffff"),
    ],
)
def test_the_guid_is_written_number_by_number_with_all_its_zeros(guid: bytes, written: str) -> None:
    assert signature(guid + STAMP) == written
    assert signature_of(guid) == written


def test_a_windows_pdb_is_named_and_told_apart() -> None:
    with pytest.raises(BadPackage, match=r"'lib/a\.pdb' is a Windows PDB.*DebugType portable"):
        read_id(BytesIO(WINDOWS_PDB), "lib/a.pdb")


BROKEN = {
    "empty": (b"", "is not a portable PDB"),
    "text": (b"Not a PDB at all.", "is not a portable PDB"),
    "an assembly": (b"MZ" + bytes(500), "is not a portable PDB"),
    "another signature": (make_pdb(signature=b"BSJC"), "is not a portable PDB"),
    "signature only": (b"BSJB", "damaged header"),
    "no end of the version": (make_pdb(version_length=2**32 - 1), "damaged header"),
    "a version of 257 bytes": (make_pdb(version_length=257), "damaged header"),
    "a version past the end": (make_pdb(version_length=252)[:200], "damaged header"),
    "too many streams": (make_pdb(count=2**16 - 1), "damaged header"),
    "more streams than there are": (make_pdb(count=9), "damaged header"),
    "an endless name": (make_pdb(streams=[("#" * 40, b"")]), "damaged header"),
    "a name in no letters": (make_pdb(streams=[(b"#\xff", b"")]), "damaged header"),
    "two ids": (
        make_pdb(streams=[("#Pdb", pdb_stream()), TABLES, ("#Pdb", pdb_stream())]),
        "damaged header",
    ),
    "no streams": (make_pdb(streams=[]), "no debug symbols"),
    "an assembly's metadata": (make_pdb(streams=[TABLES]), "no debug symbols"),
    "no tables": (make_pdb(streams=[("#Pdb", pdb_stream())]), "no debug symbols"),
    "the id past the end": (make_pdb(offsets={"#Pdb": 10**6}), "ends before"),
    "the id far past the end": (make_pdb(offsets={"#Pdb": 2**32 - 1}), "ends before"),
    "a heap past the end": (make_pdb(sizes={"#Blob": 2**32 - 1}), "ends before"),
    "cut short": (make_pdb()[:-1], "ends before"),
    "a stream of half an id": (make_pdb(sizes={"#Pdb": 10}), "has no id"),
    "an id of zeros": (make_pdb(bytes(16), streams=[("#Pdb", bytes(32)), TABLES]), "has no id"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused_by_name(name: str) -> None:
    content, wanted = BROKEN[name]
    with pytest.raises(BadPackage, match=wanted) as refused:
        read_id(BytesIO(content), "lib/a.pdb")
    assert "'lib/a.pdb'" in str(refused.value)


def test_whatever_is_cut_off_or_turned_over_is_read_or_refused() -> None:
    """Every shorter file, and every file with one byte changed: an id, or BadPackage."""
    whole = make_pdb()
    outcomes = set()
    for at in range(len(whole)):
        for content in (whole[:at], whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]):
            try:
                outcomes.add(len(read_id(BytesIO(content), "a.pdb")))
            except BadPackage:
                outcomes.add(0)
    assert outcomes == {0, 20}
