"""The id of a portable PDB: debug symbols of .NET, which debuggers ask for by that id.

Such a file is laid out like the metadata of an assembly (ECMA-335 partition II,
24.2.1 "Metadata root"), with a stream `#Pdb` that begins with the id (Portable
PDB v1.0, "#Pdb stream"). Nothing else of it is read. All numbers are little-endian.
"""

import struct
from typing import BinaryIO

from ninety.rules.errors import BadPackage
from ninety.rules.quoting import quoted

ID_LENGTH = 20
"""Bytes of an id: a GUID, and a stamp that assemblies repeat beside it."""

_SIGNATURE = b"BSJB"
_WINDOWS = b"Microsoft C/C++ "
_ROOT = struct.Struct("<4s8xL")  # signature, versions, reserved, length of the version text
_COUNTS = struct.Struct("<2xH")  # flags, number of streams
_STREAM = struct.Struct("<2L")  # offset, size; its name follows
_GUID = struct.Struct("<LHH8s")

_LONGEST_VERSION = 256  # padded to four bytes, as everything here
_LONGEST_NAME = 32
_MOST_STREAMS = 16  # there are seven kinds
_LONGEST_ROOT = (
    _ROOT.size + _LONGEST_VERSION + _COUNTS.size + _MOST_STREAMS * (_STREAM.size + _LONGEST_NAME)
)
_SHORTEST_PDB_STREAM = ID_LENGTH + 4 + 8  # the id, the entry point, which tables are referred to


def read_id(stream: BinaryIO, name: str) -> bytes:
    """The 20 bytes by which the PDB in `stream` (seekable, all of it) belongs to its assembly.

    Raises BadPackage naming the file `name` if it is no portable PDB, a Windows
    one above all, and nothing else whatever the bytes are.
    """
    length = stream.seek(0, 2)
    stream.seek(0)
    root = stream.read(_LONGEST_ROOT)
    if root.startswith(_WINDOWS):
        raise BadPackage(
            f"{quoted(name)} is a Windows PDB; only portable PDBs can be served. "
            "Build with DebugType portable"
        )
    if not root.startswith(_SIGNATURE):
        raise BadPackage(f"{quoted(name)} is not a portable PDB")
    try:
        streams = _streams(root)
    except (struct.error, ValueError):
        raise BadPackage(f"The portable PDB {quoted(name)} has a damaged header") from None
    if "#Pdb" not in streams or "#~" not in streams:
        raise BadPackage(f"{quoted(name)} holds metadata, but no debug symbols")
    for offset, size in streams.values():
        if offset + size > length:
            raise BadPackage(f"The portable PDB {quoted(name)} ends before it is whole")
    offset, size = streams["#Pdb"]
    stream.seek(offset)
    pdb_id = stream.read(ID_LENGTH)
    if size < _SHORTEST_PDB_STREAM or not any(pdb_id):
        raise BadPackage(f"The portable PDB {quoted(name)} has no id")
    return pdb_id


def signature(pdb_id: bytes) -> str:
    """What stands between the two file names when a debugger asks for a PDB, in lower case.

    The GUID without dashes and, where Windows PDBs have their age, eight times f
    (SSQP key conventions, "Portable-Pdb-Signature").
    """
    first, second, third, rest = _GUID.unpack_from(pdb_id)
    return f"{first:08x}{second:04x}{third:04x}{rest.hex()}ffffffff"


def _streams(root: bytes) -> dict[str, tuple[int, int]]:
    """The offset and size of each stream that the metadata root names.

    Raises ValueError or struct.error where the root contradicts itself or the standard.
    """
    _, version_length = _ROOT.unpack_from(root)
    if version_length > _LONGEST_VERSION:
        raise ValueError("the version text is too long")
    at = _ROOT.size + version_length
    (count,) = _COUNTS.unpack_from(root, at)
    if count > _MOST_STREAMS:
        raise ValueError("there are too many streams")
    at += _COUNTS.size
    streams: dict[str, tuple[int, int]] = {}
    for _ in range(count):
        place = _STREAM.unpack_from(root, at)
        at += _STREAM.size
        name, end, _ = root[at : at + _LONGEST_NAME].partition(b"\0")
        if not end or name.decode("ascii") in streams:
            raise ValueError("a stream has an endless name, or one that another has")
        streams[name.decode("ascii")] = place
        at += len(name) + 4 - len(name) % 4
    return streams
