"""Uploads in flight: each in a folder of its own under `incoming/`, hashed as it arrives.

A folder here becomes a version by one rename (see `packages.py`) or goes away.
Whoever is at work on something here keeps it locked, so what nobody has locked
was left by a killed process and can be swept at any time.
"""

import base64
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from ninety.store.files import refusing_full_disk, remove, sync_folder
from ninety.store.package_layout import INCOMING, PACKAGES, PROOF

UPLOADED = "uploaded"


class Upload:
    """One upload: its folder, and once `receive` returned its size and digest.

    `size` is in bytes, `sha512` the base64 digest.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / UPLOADED
        self.size = 0
        self.sha512 = ""

    def receive(self, chunks: Iterable[bytes]) -> None:
        """Write `chunks` to the folder, hashing them. Raises DiskFull, and what `chunks` raises."""
        digest = hashlib.sha512()
        with refusing_full_disk(), _create(self.path) as file:
            for chunk in chunks:
                self.size += len(chunk)
                digest.update(chunk)
                file.write(chunk)
        self.sha512 = base64.b64encode(digest.digest()).decode("ascii")

    def keep_with(self, name: str, beside: Mapping[str, bytes]) -> None:
        """Give the uploaded file its name, with small files beside it, all on the disk.

        Everything is written before anything is waited for: the disk brings it
        down in one go, where it would take one for each file. Raises DiskFull.
        """
        with refusing_full_disk():
            self.path = self.path.rename(self.folder / name)
            for other, content in beside.items():
                with _create(self.folder / other) as file:
                    file.write(content)
            for one in (name, *beside):
                with (self.folder / one).open("rb") as file:
                    os.fsync(file.fileno())
            sync_folder(self.folder)

    def keep_as(self, name: str) -> None:
        """Give the uploaded file its name in the folder, on the disk. Raises DiskFull.

        Only now, because most of what is refused needs no waiting for the disk.
        """
        with refusing_full_disk(), self.path.open("rb") as file:
            os.fsync(file.fileno())
            self.path = self.path.rename(self.folder / name)

    def write(self, name: str, content: bytes) -> None:
        """Put a small file beside the upload, on the disk when this returns. Raises DiskFull."""
        self.write_pieces(name, (content,))

    def write_pieces(self, name: str, pieces: Iterable[bytes]) -> Path:
        """Put a file of any size beside the upload, on the disk when this returns.

        Raises DiskFull, and what `pieces` raises.
        """
        path = self.folder / name
        with refusing_full_disk(), _create(path) as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        return path


@contextmanager
def uploading(incoming: Path) -> Iterator[Upload]:
    """A fresh upload, whose folder is gone afterwards unless it became a version.

    Raises DiskFull.
    """
    with ExitStack() as at_work:
        folder = _fresh_folder(incoming, at_work)
        try:
            yield Upload(folder)
        finally:
            if folder.exists():
                shutil.rmtree(folder)


def _fresh_folder(incoming: Path, at_work: ExitStack) -> Path:
    """A new folder, locked until `at_work` ends."""
    while True:
        folder = incoming / secrets.token_hex(16)
        with refusing_full_disk():
            folder.mkdir(mode=0o700)
        # A sweep that comes just between takes it for abandoned, and then it is gone.
        if at_work.enter_context(_locked(folder, fcntl.LOCK_SH)):
            return folder


@contextmanager
def _locked(path: Path, how: int) -> Iterator[bool]:
    """Hold the lock on a file or folder for the block.

    False, and nothing is held, where another has it or nothing is there any more.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        there = path.exists()
    except BlockingIOError:
        there = False
    try:
        yield there
    finally:
        # Closing alone would not do: a child forked meanwhile may have a copy open.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _create(path: Path) -> BinaryIO:
    """A new file open for writing, readable by the feed alone; it must not exist yet."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    return os.fdopen(handle, "wb")


def abandoned(data: Path) -> list[str]:
    """The names of what killed uploads left in `data`/incoming."""
    return _abandoned(data, lambda path: None)


def sweep_incoming(data: Path) -> list[str]:
    """Remove what killed uploads left in `data`/incoming, and return the names it had.

    What a living process is at work on stays.
    """
    return _abandoned(data, remove)


def _abandoned(data: Path, fn: Callable[[Path], None]) -> list[str]:
    incoming = data / INCOMING
    incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = []
    for path in sorted(incoming.iterdir()):
        with _unclaimed(path) as nobody:
            if nobody:
                fn(path)
                found.append(path.name)
    return found


@contextmanager
def _unclaimed(path: Path) -> Iterator[bool]:
    """Whether nobody is at work on `path`, and during the block nobody can begin to."""
    if path.is_symlink() or not (path.is_dir() or path.is_file()):
        yield True  # No upload is such a thing.
        return
    with _locked(path, fcntl.LOCK_EX) as alone:
        yield alone


def prove_renames(data: Path) -> None:
    """Show that a folder can be renamed from incoming/ into packages/; OSError where it cannot.

    It cannot where the two lie on different file systems, and then no push could
    ever be admitted.
    """
    for folder in (data / INCOMING, data / PACKAGES):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    source, target = data / INCOMING / secrets.token_hex(16), data / PACKAGES / PROOF
    source.mkdir(mode=0o700)
    try:
        source.rename(target)
    except OSError:
        source.rmdir()
        raise
    target.rmdir()
