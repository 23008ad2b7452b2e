"""Files that are whole or not there at all, whatever stops the writer.

A file is written aside, in the same folder, and renamed into place; the lock
that writers share is a file of its own, because the one being replaced cannot
be locked.
"""

import errno
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ninety.rules.errors import DiskFull

_ASIDE = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{16}\.tmp")
_held: set[int] = set()


def sync_folder(path: Path | str) -> None:
    """Make the names in the folder `path` survive a power cut (see fsync(2), "NOTES")."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def refusing_full_disk() -> Iterator[None]:
    """Turn "no space left" and "quota exceeded" of the block into DiskFull."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise


def replace_durably(path: Path, content: bytes) -> None:
    """Make `content` the whole of the file `path`, readable by its owner only (0600).

    Readers see the old file or the new one, never a part. Once this returns,
    the new one survives a power cut. Raises DiskFull, or OSError for any other
    trouble; the old file is then as it was and nothing is left beside it. Only
    where the very last step fails, the fsync of the folder, is the new file in
    place already, and not known to last.
    """
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    with refusing_full_disk():
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            os.replace(aside, path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


def remove_leftovers(path: Path) -> None:
    """Remove what writers of `path` that were killed half-way left beside it.

    Only for whoever holds the lock that all its writers take: to anybody else
    a live writer's file looks just the same.
    """
    for name in os.listdir(path.parent):
        if leftover_of(name) == path.name:
            path.with_name(name).unlink(missing_ok=True)


def leftover_of(name: str) -> str | None:
    """The name of the file that the leftover `name` was to become; None where it is none."""
    found = _ASIDE.fullmatch(name)
    return found["name"] if found else None


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


@contextmanager
def locked(path: Path | str) -> Iterator[None]:
    """Hold the lock file `path` alone among all threads and processes, waiting for it.

    The file is made where it is missing (0600) and stays. It is opened anew
    each time: flock(2) belongs to the opened file, so two holders in one
    process exclude each other like strangers. A process forked meanwhile holds
    nothing. Not reentrant. Raises DiskFull or OSError where the file cannot be
    made.
    """
    with refusing_full_disk():
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with _alone(descriptor):
        yield


@contextmanager
def locked_folder(path: Path | str) -> Iterator[None]:
    """Hold the folder `path` itself alone, as `locked` does a file made for that.

    For a folder that is never replaced; the files in it can be. Raises
    FileNotFoundError, NotADirectoryError.
    """
    with _alone(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)):
        yield


@contextmanager
def _alone(descriptor: int) -> Iterator[None]:
    _held.add(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        # In a child that was forked inside the block the descriptor is closed already.
        if descriptor in _held:
            _held.remove(descriptor)
            # Closing alone would not do: a child forked a moment ago may have a copy open.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)


def _let_go_in_child() -> None:
    # A child's copies would keep the lock for as long as the child lives, should its
    # parent be killed. Closing them does not free the lock under the parent.
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_let_go_in_child)
