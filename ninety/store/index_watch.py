"""Whether the index has changed since, asked before every remembered answer."""

import os
import sqlite3

from ninety.store.index_file import IndexFile, IndexMissing, Opened, close_before_fork, let_go
from ninety.store.index_reading import IndexReading
from ninety.store.threads import ThreadLock

MOST_KNOWN = 10_000
"""Generations known at once; past that all are forgotten and asked for again."""


class IndexWatch:
    """One kept connection, which sees what any process commits.

    As long as SQLite says that nothing was committed, every generation that was
    read is what it was; asking that costs microseconds (sqlite.org/pragma.html,
    "data_version").
    """

    def __init__(self, file: IndexFile) -> None:
        self._file = file
        self._opened: Opened | None = None
        self._seen = -1
        self._known: dict[str, str] = {}
        self._lock = ThreadLock()
        close_before_fork(self)

    def generation(self, name: str) -> str | None:
        """As `IndexReading.generation` says now; None while there is no index that can be read."""
        with self._lock.held():
            try:
                return self._generation(name)
            except (IndexMissing, sqlite3.Error):
                self._forget()
                return None

    def close(self) -> None:
        """Close the connection; the next question opens one."""
        with self._lock.held():
            self._forget()

    def _generation(self, name: str) -> str:
        connection = self._connection()
        (seen,) = connection.execute("PRAGMA data_version").fetchone()
        if seen != self._seen or len(self._known) > MOST_KNOWN:
            self._known.clear()
            self._seen = seen
        known = self._known.get(name)
        if known is None:
            # Should something be committed just now, the next question sees that.
            known = self._known[name] = IndexReading(connection).generation(name)
        return known

    def _connection(self) -> sqlite3.Connection:
        opened, now = self._opened, self._file.identity()
        if opened and opened.identity == now and opened.process == os.getpid():
            return opened.connection
        self._forget()
        self._opened = self._file.open()
        return self._opened.connection

    def _forget(self) -> None:
        if self._opened:
            let_go(self._opened)
        self._opened, self._seen = None, -1
        self._known.clear()
