"""One running Ninety per data folder: the lock on `data/lock`."""

import fcntl
import os
from pathlib import Path


class AlreadyRunning(Exception):
    """Another Ninety holds this data folder; `holder` says which, as it wrote it."""

    def __init__(self, data: Path, holder: str) -> None:
        self.data, self.holder = data, holder
        super().__init__(f"{data} is in use by another Ninety: {holder or 'just starting'}")


def hold(data: Path, address: str) -> int:
    """Lock the data folder until this process ends and write down who we are.

    Returns the open file descriptor, which nobody needs to close: the kernel
    drops the lock with the process, so a crash leaves nothing to clean up.
    Raises AlreadyRunning where another process has it.
    """
    lock = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 1000).decode("utf-8", "replace").strip()
        os.close(lock)
        raise AlreadyRunning(data, holder) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"process {os.getpid()} at {address}\n".encode(), 0)
    return lock
