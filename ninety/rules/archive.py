"""Reading a zip that a stranger sent: nothing in it is believed before it is checked.

The whole directory is judged when the archive is opened, without inflating
anything; entries are inflated one at a time, each up to a limit, and must turn
out to be what the directory said. ZIP's layout is PKWARE's APPNOTE.TXT.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from copy import copy
from datetime import datetime, timedelta
from itertools import pairwise
from typing import BinaryIO
from urllib.parse import unquote

from ninety.rules.errors import BadPackage
from ninety.rules.quoting import quoted

MOST_ENTRIES = 20_000
LARGEST_DIRECTORY = 8 * 2**20
"""Bytes of the central directory: 400 for each of the most entries."""
MOST_UNPACKED = 4 * 2**30
"""Bytes that all entries together may say they unpack to."""
STEEPEST = 200
"""How many times its own size an archive may unpack to, above `STEEP_FROM` bytes."""
STEEP_FROM = 16 * 2**20

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # APPNOTE 4.4.4: encrypted, strongly, directory hidden
_LOCAL_HEADER = 30  # bytes, before the name

_END = struct.Struct("<4s4H2LH")  # APPNOTE 4.3.16
_END_SIGNATURE = b"PK\x05\x06"
_LONGEST_COMMENT = 2**16 - 1
_END64 = 20  # bytes of the ZIP64 locator, APPNOTE 4.3.15
_END64_SIGNATURE = b"PK\x06\x07"
_ENTRY = struct.Struct("<4s24x3H12x")  # APPNOTE 4.3.12, only what gives its length
_ENTRY_SIGNATURE = b"PK\x01\x02"

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")

_NO_DECLARED_SIZE = 2**63 - 1
_PIECE = 256 * 1024

# What zipfile raises for bytes it cannot make sense of. OSError is not among
# them: all offsets are checked first, so it would be our disk that is broken.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    RuntimeError,
    OverflowError,
    ValueError,
)


class Archive:
    """A zip whose directory was found harmless. Made by `open_archive`.

    `names` are the files in it as they will be called on disk: percent-escapes
    undone, as NuGet clients do, and with forward slashes. Names are found
    whatever their case; no two differ in case only.
    """

    def __init__(self, opened: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> None:
        self._opened = opened
        self._entries = {name.lower(): entry for name, entry in entries.items()}
        self.names = tuple(entries)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._entries

    def size(self, name: str) -> int:
        """The bytes that `name` unpacks to, as the directory says; reading refuses any others."""
        return self._entries[name.lower()].file_size

    def read(self, name: str, limit: int) -> bytes:
        """The content of `name`, which must be in the archive, of at most `limit` bytes.

        BadPackage where there is more, where its size, checksum or local header
        are not what the directory says, or where it cannot be inflated.
        """
        return b"".join(self.pieces(name, limit))

    def pieces(self, name: str, limit: int) -> Iterator[bytes]:
        """What `read` gives, piece by piece, none of it to be believed before the last has come.

        Raises BadPackage as `read` does, at any piece.
        """
        entry = self._entries[name.lower()]
        if entry.file_size > limit:
            raise BadPackage(f"The file {quoted(name)} is larger than {limit // 1024} KiB")
        # zipfile stops at the declared size and compares checksums there. Whether
        # there is more shows only if no size is declared.
        boundless = copy(entry)
        boundless.file_size = _NO_DECLARED_SIZE
        length = 0
        try:
            with self._opened.open(boundless) as stream:
                while length <= entry.file_size and (piece := stream.read(_PIECE)):
                    length += len(piece)
                    yield piece
        except _UNREADABLE as unreadable:
            raise BadPackage(f"The file {quoted(name)} in the zip is damaged") from unreadable
        if length != entry.file_size:
            relation = "more" if length > entry.file_size else "fewer"
            raise BadPackage(
                f"The file {quoted(name)} has {relation} bytes than the {entry.file_size} "
                "the zip says"
            )


def open_archive(stream: BinaryIO, now: datetime | None = None) -> Archive:
    """The archive in `stream` (seekable, all of it), its directory checked.

    With `now`, entries dated more than a day later are refused, as nuget.org
    does; the day is for time zones, of which zip dates have none. Raises
    BadPackage. The stream stays the caller's to close, after the last `read`.
    """
    directory_start = _check_directory(stream)
    try:
        opened = zipfile.ZipFile(stream)
    except _UNREADABLE as unreadable:
        raise BadPackage("The zip has a damaged directory") from unreadable
    entries: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    for entry in opened.infolist():
        name = _checked_name(entry.orig_filename)
        path = name.rstrip("/").lower()
        if path in seen:
            raise BadPackage(f"The zip holds {quoted(name)} twice (case aside)")
        seen.add(path)
        _check_entry(entry, name)
        if not name.endswith("/"):
            entries[name] = entry
    _check_layout(opened.infolist(), directory_start)
    if now is not None:
        _check_dates(opened.infolist(), now)
    return Archive(opened, entries)


def _check_directory(stream: BinaryIO) -> int:
    """Where the central directory starts; BadPackage unless it is one zipfile may load.

    zipfile reads the directory whole and makes an object of each entry in it,
    however many there are, so they are counted first.
    """
    end = stream.seek(0, 2)
    tail_start = max(0, end - _END.size - _LONGEST_COMMENT - _END64)
    stream.seek(tail_start)
    tail = stream.read(end - tail_start)
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or at + _END.size > len(tail):
        raise BadPackage("This is not a .nupkg: it does not end as a zip does")
    _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment != len(tail):
        raise BadPackage("This is not a .nupkg: something follows the end of the zip")
    if tail[max(0, at - _END64) : at].startswith(_END64_SIGNATURE):
        raise BadPackage("The zip is in the ZIP64 format, which no package of this size needs")
    if disk or first_disk or here != count:
        raise BadPackage("The zip is one part of several")
    if count > MOST_ENTRIES:
        raise BadPackage(f"The zip holds {count} files; {MOST_ENTRIES} are allowed")
    if size > LARGEST_DIRECTORY:
        raise BadPackage(f"The zip's directory has {size} bytes; {LARGEST_DIRECTORY} are allowed")
    if start + size != tail_start + at:
        raise BadPackage("The zip's directory is not where the zip says it is")
    stream.seek(start)
    if _count_entries(stream.read(size)) != count:
        raise BadPackage("The zip's directory does not hold what the zip says it holds")
    return int(start)


def _count_entries(directory: bytes) -> int | None:
    """How many entries follow one another in `directory`; None if they do not fill it."""
    count = at = 0
    while at + _ENTRY.size <= len(directory):
        signature, name, extra, comment = _ENTRY.unpack_from(directory, at)
        if signature != _ENTRY_SIGNATURE:
            return None
        at += _ENTRY.size + name + extra + comment
        count += 1
    return count if at == len(directory) else None


def _checked_name(written: str) -> str:
    """The path `written` stands for on disk; BadPackage if it could leave its folder.

    NuGet clients undo percent-escapes once before they write a file, and old
    packages made on Windows have backslashes, so both count as what they become.
    """
    name = unquote(written).replace("\\", "/")
    if _UNPRINTABLE.search(name):
        raise BadPackage(f"The file name {quoted(written)} in the zip has a control character")
    if ":" in name:
        raise BadPackage(f"The file name {quoted(written)} in the zip has a colon")
    if name.startswith("/"):
        raise BadPackage(f"The file name {quoted(written)} in the zip is an absolute path")
    for part in name.removesuffix("/").split("/"):
        if not part:
            raise BadPackage(f"The file name {quoted(written)} in the zip has an empty part")
        if not part.strip(". "):  # Windows drops dots and spaces at the end of a name
            raise BadPackage(f"The file name {quoted(written)} in the zip could leave its folder")
    return name


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise BadPackage(f"The file {quoted(name)} in the zip is encrypted")
    if entry.compress_type not in _METHODS:
        raise BadPackage(
            f"The file {quoted(name)} in the zip is packed by method {entry.compress_type}; "
            "only stored (0) and deflated (8) files can be read"
        )
    if entry.compress_type == zipfile.ZIP_STORED and entry.file_size != entry.compress_size:
        raise BadPackage(f"The stored file {quoted(name)} in the zip has two different sizes")


def _check_layout(entries: list[zipfile.ZipInfo], directory_start: int) -> None:
    """The entries lie one after another before the directory, and unpack to a sane size.

    Entries that share bytes are how a small zip unpacks to petabytes.
    """
    spans = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    spans.append((directory_start, 0))
    for (start, size), (following, _) in pairwise(spans):
        if start + _LOCAL_HEADER + size > following:
            raise BadPackage("The zip has files that overlap")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_UNPACKED:
        raise BadPackage(f"The zip unpacks to {unpacked} bytes; {MOST_UNPACKED} are allowed")
    if unpacked > max(STEEP_FROM, STEEPEST * directory_start):
        raise BadPackage(
            f"The zip unpacks to {unpacked} bytes, over {STEEPEST} times its size: a zip bomb"
        )


def _check_dates(entries: Iterable[zipfile.ZipInfo], now: datetime) -> None:
    latest = (now + timedelta(days=1)).timetuple()[:6]
    for entry in entries:
        if entry.date_time > latest:
            year, month, day, *_ = entry.date_time
            raise BadPackage(
                f"The file {quoted(entry.filename)} in the zip is dated in the future, "
                f"{year}-{month:02}-{day:02}"
            )
