"""Whether anything in a data folder changed since somebody looked, told without a look at a file.

Every process that changed a document or the index says so, before it tells anybody
that the change is made, by putting a new random mark into the small file
`changes`. Whoever reads has that file in memory (mmap(2), shared), where comparing
the mark costs less than asking the system for the time, and no other thread gets
a chance to run meanwhile. As long as the mark stands, what was found is so.

The mark says nothing of what other hands do in the folder, a person with an
editor or a backup that is restored, nor of a change whose writer was killed
before anybody was told of it. So it is believed for `BELIEVED_SECONDS` at most.
"""

import logging
import mmap
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Generic, NamedTuple, TypeVar

NAME = "changes"
LENGTH = 8
"""Bytes of a mark. Random, because two writers at once may not write the same."""

BELIEVED_SECONDS = 0.1

log = logging.getLogger(__name__)


class Looked(NamedTuple):
    """The mark before somebody looked, and until when (monotonic seconds) it is believed."""

    mark: bytes
    until: float


NEVER = Looked(b"", 0.0)

Found = TypeVar("Found")


def note(folder: Path) -> None:
    """Say that something in `folder` was changed just now, and is in its place.

    Where that cannot be said, as on a disk that is full, it is logged, and others
    notice a little later.
    """
    try:
        descriptor = _opened(folder)
        try:
            os.pwrite(descriptor, secrets.token_bytes(LENGTH), 0)
        finally:
            os.close(descriptor)
    except OSError:
        log.exception("A change in %s could not be marked; it is noticed a moment later", folder)


class Watch:
    """Tells one who looks at things in `folder` whether another look is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._marks: mmap.mmap | None = None

    def look(self) -> Looked:
        """To be called just before a look; what it returns is to be kept with what was found."""
        if self._marks is None:
            self._marks = _mapped(self._folder)
        mark = self._marks[:LENGTH] if self._marks else b""
        return Looked(mark, monotonic() + BELIEVED_SECONDS)

    def stands(self, looked: Looked) -> bool:
        """Whether what was found after `looked` is so still."""
        return (
            self._marks is not None
            and self._marks[:LENGTH] == looked.mark
            and monotonic() < looked.until
        )


class Remembered(Generic[Found]):
    """What `find` finds in `folder`, found anew when something there may have changed."""

    def __init__(self, folder: Path, find: Callable[[], Found]) -> None:
        self._watch, self._find = Watch(folder), find
        self._found: tuple[Looked, Found] | None = None

    def __call__(self) -> Found:
        """As it is now."""
        kept = self._found
        if kept is None or not self._watch.stands(kept[0]):
            looked = self._watch.look()
            kept = self._found = looked, self._find()
        return kept[1]


def _mapped(folder: Path) -> mmap.mmap | None:
    """The marks of `folder`; None where there are none and none can be made now."""
    try:
        descriptor = _opened(folder)
        try:
            if os.fstat(descriptor).st_size < LENGTH:
                # Written rather than only made longer: a page the disk has no room for
                # must be missed here, not when it is looked at.
                os.pwrite(descriptor, secrets.token_bytes(LENGTH), 0)
            return mmap.mmap(descriptor, LENGTH, access=mmap.ACCESS_READ)
        finally:
            os.close(descriptor)
    except OSError:
        log.exception("Changes in %s cannot be watched; every look is a real one", folder)
        return None


def _opened(folder: Path) -> int:
    return os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
