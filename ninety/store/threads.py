"""A lock between threads that does not follow a process into its children."""

import os
import threading
import weakref
from contextlib import AbstractContextManager


class ThreadLock:
    """One thread at a time; free in a forked child, whoever held it in the parent.

    The queue's worker forks for every job while its other threads go on. A
    plain lock that one of them holds at that moment would stay locked in the
    child for ever, because the thread that would release it is not there.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _locks.add(self)

    def held(self) -> AbstractContextManager[bool]:
        """Hold the lock for the block, waiting for it. Not reentrant."""
        return self._lock

    def renew(self) -> None:
        """Be free, whoever held it. Only for a process with a single thread."""
        self._lock = threading.Lock()


_locks: weakref.WeakSet[ThreadLock] = weakref.WeakSet()


def _renew_in_child() -> None:
    for lock in list(_locks):
        lock.renew()


os.register_at_fork(after_in_child=_renew_in_child)
