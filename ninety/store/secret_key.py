"""The installation's own secret, in `secret_key`: made once, at the first start."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from ninety.store.files import sync_folder

LENGTH = 32


def read_or_make(folder: Path) -> bytes:
    """The installation's secret, 32 random bytes at least; made where there is none.

    Two processes that start together agree on one: the file is written aside
    and linked into place, and whoever comes second takes what is there.
    """
    path = folder / "secret_key"
    if not path.exists():
        aside = folder / f".secret_key.{os.getpid()}.{secrets.token_hex(4)}"
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, secrets.token_hex(LENGTH).encode())
            os.fsync(handle)
            try:
                os.link(aside, path)
            except FileExistsError:
                return path.read_bytes()
        finally:
            os.close(handle)
            aside.unlink()
        sync_folder(folder)
    return path.read_bytes()


def derived(secret_key: bytes, purpose: str) -> bytes:
    """A key of its own for one purpose, so that no two uses share one."""
    return hmac.new(secret_key, purpose.encode(), hashlib.sha256).digest()
