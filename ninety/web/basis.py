"""What an answer rests on, said by whoever makes it to whoever may remember it.

The note stands in the environ of the request, where no client can put anything
and from where nothing goes out. An answer whose maker says nothing is not
remembered, and where nobody remembers, saying it does nothing.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from flask import request

from ninety.store.index_reading import IndexReading

PLACE = "ninety.basis"

Identity = tuple[int, int, int, int]
"""What tells one state of a file from another: device, inode, size, time of change."""


@dataclass(slots=True)
class Basis:
    """Everything a remembered answer must be asked about before it is given again.

    `name` and `generation` are of the index (`IndexReading.generation`); `file` and
    `identity` of the one file whose bytes are the answer. After `seconds` it is
    made anew in any case.
    """

    lasting: bool = False
    name: str = ""
    generation: str = ""
    file: str = ""
    identity: Identity | None = None
    seconds: float | None = None
    for_readers: bool = False
    package: str = ""
    download: tuple[str, str] | None = None


def on_address() -> None:
    """The answer rests on the feed's address alone."""
    if note := _note():
        note.lasting = True


def on_index(index: IndexReading, name: str, seconds: float | None = None) -> None:
    """The answer rests on what `index` says about `name`: `feed`, or `id:` and an id's key.

    With `seconds` also on what may be that old.
    """
    if note := _note():
        note.lasting, note.name, note.seconds = True, name, seconds
        note.generation = index.generation(name)


def on_file(path: Path) -> None:
    """The answer is the bytes of this file, which is about to be opened."""
    note = _note()
    if note and (identity := identity_at(str(path))):
        note.lasting, note.file, note.identity = True, str(path), identity


def is_download(package_id: str, version: str) -> None:
    """Giving the answer counts as a download of a version, both by their keys."""
    if note := _note():
        note.download = (package_id, version)


def for_readers(package: str) -> None:
    """The answer is for those who may read; to their keys it is a use for `package`."""
    if note := _note():
        note.for_readers, note.package = True, package


def identity_at(path: str) -> Identity | None:
    """The state of the file at `path`; None where there is none."""
    try:
        return identity_of(os.stat(path))
    except (FileNotFoundError, NotADirectoryError):
        return None


def identity_of(status: os.stat_result) -> Identity:
    """The state of a file, as it was looked at."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def size_of(identity: Identity) -> int:
    """The bytes of the file in that state."""
    return identity[2]


def _note() -> Basis | None:
    note = request.environ.get(PLACE)
    return note if isinstance(note, Basis) else None
