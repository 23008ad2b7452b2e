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
from io import FileIO
from pathlib import Path

from ninety.store.files import refusing_full_disk, remove, sync_folder
from ninety.store.package_layout import INCOMING, PACKAGES, PROOF

UPLOADED = "uploaded"

WORTH_A_HEAD_START = 256 * 1024
"""Bytes that take the disk longer than it takes to look into the package. Of what is refused
then, they were written for nothing."""


class Upload:
    """One upload: its folder, and once `receive` returned its content, size and digest.

    `content` can be read, anywhere in it, until the upload is over. `size` is in
    bytes, `sha512` the base64 digest, `name` what the folder is called.
    """

    content: FileIO

    def __init__(self, folder: str, until_over: ExitStack) -> None:
        self.folder = folder
        self._path = f"{folder}/{UPLOADED}"
        self.name = os.path.basename(folder)
        self.size = 0
        self.sha512 = ""
        self._until_over = until_over

    @property
    def path(self) -> Path:
        """Where the uploaded file is now."""
        return Path(self._path)

    def receive(self, chunks: Iterable[bytes]) -> None:
        """Write `chunks` to the folder, hashing them. Raises DiskFull, and what `chunks` raises."""
        digest = hashlib.sha512()
        with refusing_full_disk():
            self.content = self._until_over.enter_context(_create(self._path))
            for chunk in chunks:
                self.size += len(chunk)
                digest.update(chunk)
                _write(self.content, chunk)
        if self.size >= WORTH_A_HEAD_START:
            _begin_writing_out(self.content)
        self.sha512 = base64.b64encode(digest.digest()).decode("ascii")

    def keep_with(self, name: str, record: tuple[str, bytes], beside: Mapping[str, bytes]) -> None:
        """Give the uploaded file its name, with small files beside it. Raises DiskFull.

        That file, the `record` and all names are on the disk when this returns.
        What is `beside` them can be made again from the uploaded file, so its
        writing is only begun: most disks have it before they have the rest.
        """
        record_name, content = record
        with refusing_full_disk(), ExitStack() as opened:
            self._call(name)
            for other, derived in beside.items():
                _begin_writing_out(self._put(other, derived, opened))
            kept = self._put(record_name, content, opened)
            _begin_writing_out(kept)
            os.fsync(self.content.fileno())
            os.fsync(kept.fileno())
            sync_folder(self.folder)

    def keep_as(self, name: str) -> None:
        """Give the uploaded file its name in the folder, on the disk. Raises DiskFull.

        Only now, because most of what is refused needs no waiting for the disk.
        """
        with refusing_full_disk():
            os.fsync(self.content.fileno())
            self._call(name)

    def _call(self, name: str) -> None:
        before, self._path = self._path, f"{self.folder}/{name}"
        os.rename(before, self._path)

    def _put(self, name: str, content: bytes, opened: ExitStack) -> FileIO:
        file = opened.enter_context(_create(f"{self.folder}/{name}"))
        _write(file, content)
        return file

    def write_pieces(self, name: str, pieces: Iterable[bytes]) -> Path:
        """Put a file of any size beside the upload, on the disk when this returns.

        Raises DiskFull, and what `pieces` raises.
        """
        path = f"{self.folder}/{name}"
        with refusing_full_disk(), _create(path) as file:
            for piece in pieces:
                _write(file, piece)
            os.fsync(file.fileno())
        return Path(path)


@contextmanager
def uploading(incoming: Path) -> Iterator[Upload]:
    """A fresh upload, whose folder is gone afterwards unless it became a version.

    Raises DiskFull.
    """
    with ExitStack() as at_work:
        folder = _fresh_folder(incoming, at_work)
        try:
            yield Upload(folder, at_work)
        finally:
            if os.path.exists(folder):
                shutil.rmtree(folder)


def _fresh_folder(incoming: Path, at_work: ExitStack) -> str:
    """A new folder, locked until `at_work` ends."""
    while True:
        folder = f"{incoming}/{secrets.token_hex(16)}"
        with refusing_full_disk():
            os.mkdir(folder, 0o700)
        # A sweep that comes just between takes it for abandoned, and then it is gone.
        if at_work.enter_context(_locked(folder, fcntl.LOCK_SH)):
            return folder


@contextmanager
def _locked(path: str | Path, how: int) -> Iterator[bool]:
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
        there = os.path.exists(path)
    except BlockingIOError:
        there = False
    try:
        yield there
    finally:
        # Closing alone would not do: a child forked meanwhile may have a copy open.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


@contextmanager
def aside(incoming: Path, content: bytes) -> Iterator[str]:
    """A file with `content`, on the disk, to be linked to where it belongs during the block.

    Raises DiskFull.
    """
    with refusing_full_disk():
        while True:
            path = f"{incoming}/{secrets.token_hex(16)}"
            with _create(path) as file:
                # As with folders, what a sweep took for abandoned just before is gone.
                fcntl.flock(file, fcntl.LOCK_SH)
                if not os.path.exists(path):
                    continue
                try:
                    _write(file, content)
                    os.fsync(file.fileno())
                    yield path
                finally:
                    os.unlink(path)
                    # Closing alone would not do: a child forked meanwhile may have a copy open.
                    fcntl.flock(file, fcntl.LOCK_UN)
                return


def _create(path: str) -> FileIO:
    """A new file open for reading and writing, readable by the feed alone; it must be new."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    return FileIO(handle, "r+")


def _write(file: FileIO, content: bytes) -> None:
    """Write all of `content`. Nothing is kept back, so closing writes nothing and cannot fail."""
    left = memoryview(content)
    while left:
        left = left[file.write(left) :]


def _begin_writing_out(file: FileIO) -> None:
    """Have the system send the file to the disk from now on, without waiting for it.

    A hint. Files that have their place on the disk by then are all part of the
    next fsync that a journalling file system does.
    """
    if advise := getattr(os, "posix_fadvise", None):
        advise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


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
