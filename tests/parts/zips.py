"""Zips written byte by byte, so that every field of them can lie."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

UTF8_NAME = 0x800
STREAMED = 0x8


@dataclass(frozen=True)
class Entry:
    """One file in a zip; whatever is None is what an honest zip would say."""

    name: str | bytes
    content: bytes = b"content"
    method: int = 8
    flags: int = UTF8_NAME
    packed: bytes | None = None  # the bytes that are really there
    size: int | None = None
    packed_size: int | None = None
    checksum: int | None = None
    local_name: str | bytes | None = None
    offset: int | None = None
    needs_version: int = 20
    extra: bytes = b""
    date: int = (2026 - 1980) << 9 | 1 << 5 | 1


def raw_zip(
    entries: Sequence[Entry],
    *,
    before: bytes = b"",
    between: bytes = b"",
    after: bytes = b"",
    comment: bytes = b"",
    comment_size: int | None = None,
    count: int | None = None,
    disk: int = 0,
    directory_size: int | None = None,
    directory_start: int | None = None,
) -> bytes:
    """`before`, the files, the directory, `between`, the end record, `after`."""
    body, directory = bytearray(before), bytearray()
    for entry in entries:
        offset = len(body) if entry.offset is None else entry.offset
        body += _local_header(entry) + _packed(entry)
        directory += _directory_entry(entry, offset)
    start = len(body) if directory_start is None else directory_start
    size = len(directory) if directory_size is None else directory_size
    count = len(entries) if count is None else count
    said = len(comment) if comment_size is None else comment_size
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", disk, disk, count, count, size, start, said)
    return bytes(body + directory + between + end + comment + after)


def _local_header(entry: Entry) -> bytes:
    name = _bytes(entry.name if entry.local_name is None else entry.local_name)
    common = _common(entry)
    if entry.flags & STREAMED:
        common = common[:10] + bytes(12)
    return b"PK\x03\x04" + common + struct.pack("<2H", len(name), 0) + name


def _directory_entry(entry: Entry, offset: int) -> bytes:
    name = _bytes(entry.name)
    lengths = struct.pack("<3H", len(name), len(entry.extra), 0)
    return (
        b"PK\x01\x02\x14\x00"
        + _common(entry)
        + lengths
        + struct.pack("<2H2L", 0, 0, 0, offset)
        + name
        + entry.extra
    )


def _common(entry: Entry) -> bytes:
    """The fields that both headers share, from the version needed to the sizes."""
    packed = _packed(entry)
    return struct.pack(
        "<5H3L",
        entry.needs_version,
        entry.flags,
        entry.method,
        0,
        entry.date,
        zlib.crc32(entry.content) if entry.checksum is None else entry.checksum,
        len(packed) if entry.packed_size is None else entry.packed_size,
        len(entry.content) if entry.size is None else entry.size,
    )


def _packed(entry: Entry) -> bytes:
    if entry.packed is not None:
        return entry.packed
    return deflated(entry.content) if entry.method == 8 else entry.content


def deflated(content: bytes) -> bytes:
    """`content` as zips hold it: raw deflate."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def _bytes(name: str | bytes) -> bytes:
    return name.encode() if isinstance(name, str) else name
