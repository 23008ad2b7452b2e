"""Uploads in flight: each in a folder of its own under `incoming/`, hashed as it arrives.

A folder here becomes a version by one rename (see `packages.py`) or goes away.
What a killed process left is swept at the next start.
"""

import base64
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ninety.store.files import refusing_full_disk
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
        with refusing_full_disk(), create(self.path) as file:
            for chunk in chunks:
                self.size += len(chunk)
                digest.update(chunk)
                file.write(chunk)
        self.sha512 = base64.b64encode(digest.digest()).decode("ascii")

    def keep_as(self, name: str) -> None:
        """Give the uploaded file its name in the folder, on the disk. Raises DiskFull.

        Only now, because most of what is refused needs no waiting for the disk.
        """
        with refusing_full_disk(), self.path.open("rb") as file:
            os.fsync(file.fileno())
            self.path = self.path.rename(self.folder / name)

    def write(self, name: str, content: bytes) -> None:
        """Put a small file beside the upload, on the disk when this returns. Raises DiskFull."""
        with refusing_full_disk(), create(self.folder / name) as file:
            file.write(content)
            synced(file)


@contextmanager
def uploading(incoming: Path) -> Iterator[Upload]:
    """A fresh upload, whose folder is gone afterwards unless it became a version.

    Raises DiskFull.
    """
    folder = incoming / secrets.token_hex(16)
    with refusing_full_disk():
        folder.mkdir(mode=0o700)
    try:
        yield Upload(folder)
    finally:
        if folder.exists():
            shutil.rmtree(folder)


def create(path: Path) -> BinaryIO:
    """A new file open for writing, readable by the feed alone; it must not exist yet."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    return os.fdopen(handle, "wb")


def synced(file: BinaryIO) -> None:
    """Bring what was written to `file` to the disk itself."""
    file.flush()
    os.fsync(file.fileno())


def sweep_incoming(data: Path) -> None:
    """Remove what killed uploads left in `data`/incoming.

    Only for whoever holds the data folder's lock, before anything is uploaded.
    """
    incoming = data / INCOMING
    incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in incoming.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


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
