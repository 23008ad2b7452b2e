"""The audit trail, in `audit.jsonl`: one event a line, only ever added to.

A line is not synced to the disk by itself: a push stays quick, and a power cut
may cost the lines of the last few seconds. A process that is killed loses none.

The file is opened anew for each line, so it may be moved away at any time: the
next line begins a new one.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ninety.rules.audit import Event

BLOCK = 64 * 1024
"""Bytes read at once from the end."""

LONGEST_LINE = 64 * 1024
"""Bytes; what is longer was not written here, and is not kept in memory whole."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An event, and the byte of the file its line begins at."""

    place: int
    event: Event


class AuditFile:
    """What happened, by whomever: processes and threads may write at once."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "audit.jsonl"

    def append(self, event: Event) -> None:
        """Add one line. Raises OSError where that fails; the line may then stand there in part.

        Such a part, like one that a power cut left, is closed by the next writer
        and skipped by readers.
        """
        line = json.dumps(event.to_json(), ensure_ascii=False, separators=(", ", ": "))
        content = line.encode("utf-8", "backslashreplace") + b"\n"
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        try:
            # Freed by closing. Nobody writes between the look at the end and the line after it.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                content = b"\n" + content
            while content:
                content = content[os.write(descriptor, content) :]
        finally:
            os.close(descriptor)

    def newest_first(self, before: int | None = None) -> Iterator[Placed]:
        """The events that stand before the byte `before`, or all; the last one first.

        The file is read in blocks from there, and only as far as somebody asks on.
        Lines that are no events are skipped. Raises OSError.
        """
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        with file:
            for place, line in _lines_backwards(file, before):
                event = _event(line)
                if event is not None:
                    yield Placed(place, event)


def _lines_backwards(file: BinaryIO, before: int | None) -> Iterator[tuple[int, bytes]]:
    """The lines before the byte `before`, the last one first, each with where it begins."""
    size = file.seek(0, os.SEEK_END)
    start = size if before is None else max(0, min(before, size))
    rest = b""
    while start:
        step = min(BLOCK, start)
        start -= step
        file.seek(start)
        block = file.read(step) + rest
        first = block.find(b"\n")
        # The first line may begin in the block before this one.
        begin = (first + 1 or len(block)) if start else 0
        rest = block[:begin][:LONGEST_LINE]
        end = len(block)
        while end > begin:
            at = block.rfind(b"\n", begin, end - 1) + 1 or begin
            yield start + at, block[at:end]
            end = at


def _event(line: bytes) -> Event | None:
    """The event in a line, or None where it is none: cut off, or not written by Ninety."""
    try:
        return Event.from_json(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
