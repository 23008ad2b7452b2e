"""Real pictures, small and plain."""

import struct
import zlib


def png(size: int, colours: tuple[int, int, int], ground: tuple[int, int, int]) -> bytes:
    """A square PNG `size` pixels wide: a diamond of one colour (RGB) on a ground of another."""
    rows = []
    for y in range(size):
        inside = [abs(2 * x - size) + abs(2 * y - size) < size for x in range(size)]
        rows.append(b"\0" + b"".join(bytes(colours if one else ground) for one in inside))
    header = struct.pack(">2I5B", size, size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    """Length, kind, content and checksum (PNG, third edition, section 5.3)."""
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum
