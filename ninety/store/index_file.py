"""The SQLite file of the index: opened, shared by threads, noticed when it is replaced.

The file can be deleted or replaced at any moment, by a rebuild in another
process or by a person. Every use first compares the inode at the path with the
one that was opened. SQLite's own side files (`-wal`, `-shm`) belong to one
database only, so the order in which files come and go here matters.
"""

import os
import sqlite3
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ninety.rules.errors import DiskFull
from ninety.store import changes
from ninety.store.files import locked, sync_folder
from ninety.store.index_schema import SCHEMA_NUMBER
from ninety.store.threads import ThreadLock
from ninety.store.together import Together

BUSY_SECONDS = 10.0
LOG_PAGES = 4000
"""Pages of 4 KiB after which the write-ahead log goes into the database, with two fsyncs.

Pushes change the same few pages over and over, so four times SQLite's usual
number is far less work; readers find their way in a log of 16 MiB by its index.
"""
MOST_IDLE = 4
"""Connections of one kind that are kept for the next use. Threads want more at once only for
moments, as they share one interpreter, and each has pages in memory."""
CACHE_KIB = 4000
"""Of those pages. What a search by a word that a thousand packages have looks at fits in."""
HEAP_KIB = 6000
"""What SQLite may use in a process before it takes pages back rather than more memory."""
SIDE_FILES = ("-wal", "-shm", "-journal")
Write = Callable[[sqlite3.Connection], None]
"""Writes something, inside a transaction."""
UNUSABLE = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)

# SQLite forbids a forked child to use, or even to close, what its parent opened. What
# is idle is closed before a fork; what another thread was using is left alone for ever.
_holders: weakref.WeakSet["Closable"] = weakref.WeakSet()
_inherited: list[sqlite3.Connection] = []


class IndexMissing(Exception):
    """There is no index file, or none that this version of Ninety can use."""


class Closable(Protocol):
    """Whoever holds connections that no forked child may inherit."""

    def close(self) -> None:
        """Close what is idle."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection, to the file of this `identity`, that only this `process` may use.

    One that does not write refuses to.
    """

    connection: sqlite3.Connection
    writes: bool
    identity: tuple[int, int]
    process: int


class IndexFile:
    """Connections to the index at `path`, each used by one thread at a time and then kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._at = str(path)
        self._turn = path.with_suffix(".turn")
        self._idle: dict[bool, list[Opened]] = {True: [], False: []}
        self._lock = ThreadLock()
        self._writing = Together(self._write_all, (IndexMissing, sqlite3.Error, OSError, DiskFull))
        close_before_fork(self)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the index, however many queries: a read transaction.

        Raises IndexMissing.
        """
        with self._connection(writes=False) as opened:
            connection = opened.connection
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    def write(self, fn: Write) -> None:
        """Run `fn` in a write transaction of the file that is there when it is committed.

        Threads that write at once share one. Raises IndexMissing, sqlite3.Error and
        what `fn` raises; nothing is then written. `fn` may be run more than once.
        """
        self._writing.want(fn)

    def _write_all(self, writes: list[Write]) -> None:
        done = False
        while not done:
            # Left to SQLite, a process that waits for another would sleep for whole milliseconds.
            with locked(self._turn), self._connection(writes=True) as opened:
                connection = opened.connection
                connection.execute("BEGIN IMMEDIATE")
                try:
                    for write in writes:
                        write(connection)
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                done = opened.identity == self.identity()
            changes.note(self.path.parent)

    def build(self, fill: Callable[[sqlite3.Connection], None]) -> None:
        """Replace the file by a new one that `fill` made of an empty database.

        Only for the holder of the index lock.
        """
        new = self.path.with_name(f"{self.path.name}.new")
        _remove(new)
        connection = sqlite3.connect(new, isolation_level=None)
        try:
            # Nobody else sees this file before it is whole, so it needs no journal yet.
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            fill(connection)
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        with open(new, "rb") as file:
            os.fsync(file.fileno())
        # A side file of the old database beside the new one would be read as its own.
        _remove(self.path)
        new.rename(self.path)
        changes.note(self.path.parent)
        sync_folder(self.path.parent)

    def close(self) -> None:
        """Close what is idle."""
        with self._lock.held():
            idle, self._idle = self._idle, {True: [], False: []}
        for opened in (*idle[True], *idle[False]):
            let_go(opened)

    @contextmanager
    def _connection(self, *, writes: bool) -> Iterator[Opened]:
        opened = self._take(writes) or self.open(writes=writes)
        try:
            yield opened
        except sqlite3.DatabaseError as error:
            let_go(opened)
            if _unusable(error):
                self._discard(opened)
                raise IndexMissing from error
            raise
        except BaseException:
            self._keep(opened)
            raise
        self._keep(opened)

    def _discard(self, opened: Opened) -> None:
        """Remove the file that turned out to be damaged; it holds nothing of its own."""
        if opened.identity == self.identity():
            self.path.unlink(missing_ok=True)
            changes.note(self.path.parent)

    def _keep(self, opened: Opened) -> None:
        with self._lock.held():
            idle = self._idle[opened.writes]
            kept = len(idle) < MOST_IDLE
            if kept:
                idle.append(opened)
        if not kept:
            let_go(opened)

    def _take(self, writes: bool) -> Opened | None:
        identity, process = self.identity(), os.getpid()
        while True:
            with self._lock.held():
                idle = self._idle[writes]
                opened = idle.pop() if idle else None
            if opened is None or (opened.identity, opened.process) == (identity, process):
                return opened
            let_go(opened)

    def open(self, *, writes: bool = False) -> Opened:
        """A fresh connection, to the file that was at the path before and after it was opened.

        SQLite finds the side files by name, so between the two it might have
        taken those of another file. Raises IndexMissing.
        """
        while True:
            before = self.identity()
            address = f"{self.path.absolute().as_uri()}?mode=rw"
            try:
                connection = sqlite3.connect(
                    address,
                    uri=True,
                    timeout=BUSY_SECONDS,
                    isolation_level=None,
                    check_same_thread=False,
                )
            except sqlite3.OperationalError:
                self.identity()
                raise
            try:
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
                connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
                connection.execute(f"PRAGMA soft_heap_limit = {HEAP_KIB * 1024}")
                connection.execute(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
                (schema,) = connection.execute("PRAGMA user_version").fetchone()
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.DatabaseError as error:
                connection.close()
                if _unusable(error):
                    raise IndexMissing from error
                raise
            if schema != SCHEMA_NUMBER:
                connection.close()
                raise IndexMissing
            if before == self.identity():
                return Opened(connection, writes, before, os.getpid())
            connection.close()

    def identity(self) -> tuple[int, int]:
        """Which file is at the path now. Raises IndexMissing."""
        try:
            found = os.stat(self._at)
        except FileNotFoundError:
            raise IndexMissing from None
        return found.st_dev, found.st_ino


def close_before_fork(holder: Closable) -> None:
    """Have `holder` close its connections before this process forks."""
    _holders.add(holder)


def let_go(opened: Opened) -> None:
    if opened.process == os.getpid():
        opened.connection.close()
    else:
        _inherited.append(opened.connection)


def _unusable(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", None) in UNUSABLE


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    for suffix in SIDE_FILES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _close_all() -> None:
    for holder in list(_holders):
        holder.close()


os.register_at_fork(before=_close_all)
