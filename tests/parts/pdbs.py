"""Portable PDBs and symbols packages made in memory, the same bytes each time."""

import struct
from collections.abc import Mapping, Sequence

from parts.packages import make_nupkg

GUID = bytes.fromhex("d81ef71657dda24aad4a22d29e9c981b")
SIGNATURE = "16f71ed8dd574aa2ad4a22d29e9c981bffffffff"
"""What debuggers write for GUID."""

STAMP = bytes.fromhex("ede9419a")
WINDOWS_PDB = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\x00\x00\x00" + bytes(480)

Stream = tuple[str | bytes, bytes]


def pdb_stream(guid: bytes = GUID, stamp: bytes = STAMP) -> bytes:
    """The `#Pdb` stream: the id, no entry point, no tables of the assembly referred to."""
    return guid + stamp + bytes(12)


def make_pdb(
    guid: bytes = GUID,
    *,
    text: bytes = b"",
    streams: Sequence[Stream] | None = None,
    signature: bytes = b"BSJB",
    version: bytes = b"PDB v1.0",
    version_length: int | None = None,
    count: int | None = None,
    offsets: Mapping[str, int] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> bytes:
    """A PDB with an id and nothing to debug; `text` in its last heap makes its bytes differ.

    What is not None, or named in `offsets` and `sizes`, replaces what would be right.
    """
    if streams is None:
        streams = [
            ("#Pdb", pdb_stream(guid)),
            ("#~", bytes(24)),
            ("#Strings", bytes(4)),
            ("#Blob", text or bytes(4)),
        ]
    named = [(name.encode() if isinstance(name, str) else name, body) for name, body in streams]
    padded_version = _padded(version)
    head = struct.pack(
        "<4s2HLL",
        signature,
        1,
        1,
        0,
        len(padded_version) if version_length is None else version_length,
    )
    head += padded_version + struct.pack("<2H", 0, len(named) if count is None else count)
    at = len(head) + sum(8 + len(_padded(name)) for name, _ in named)
    table = bytearray()
    for name, body in named:
        called = name.decode("ascii", "replace")
        offset = (offsets or {}).get(called, at)
        size = (sizes or {}).get(called, len(body))
        table += struct.pack("<2L", offset, size) + _padded(name)
        at += len(body)
    return head + bytes(table) + b"".join(body for _, body in named)


def make_snupkg(
    id: str = "Acme.Core",
    version: str = "1.0.0",
    *,
    pdbs: Mapping[str, bytes] | None = None,
    **more: object,
) -> bytes:
    """A symbols package with `pdbs` by name, or with one; `more` is for `make_nupkg`."""
    files = {f"lib/netstandard2.0/{id}.pdb": make_pdb()} if pdbs is None else pdbs
    kinds = {"package_types": [("SymbolsPackage", None)], "authors": None, **more}
    return make_nupkg(id, version, files=files, **kinds)


def signature_of(guid: bytes) -> str:
    """What debuggers write for a GUID, worked out apart from the product."""
    parts = (guid[3::-1], guid[5:3:-1], guid[7:5:-1], guid[8:])
    return "".join(part.hex() for part in parts) + 8 * "f"


def _padded(text: bytes) -> bytes:
    """Ended by a zero byte, and filled with more of them up to a multiple of four."""
    return text + bytes(4 - len(text) % 4)
