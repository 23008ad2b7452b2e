"""How often each version was downloaded, in `counts.sqlite`.

Nothing depends on these numbers. A file that is missing or damaged costs the
numbers and nothing else: it is made anew by the next who adds to it.
"""

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

NAME = "counts.sqlite"
SCHEMA = """
CREATE TABLE IF NOT EXISTS downloads (
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (id, version)
) WITHOUT ROWID
"""
ADD = """
INSERT INTO downloads VALUES (?, ?, ?)
ON CONFLICT (id, version) DO UPDATE SET number = number + excluded.number
"""

# How long a writer waits for another, and a reader for a writer.
WRITER_SECONDS, READER_SECONDS = 10.0, 1.0

TROUBLE = (sqlite3.Error, OSError)
"""What keeps the numbers from being written, and is over some time."""

DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)

Downloads = Mapping[tuple[str, str], int]
"""Numbers by the key of an id and the key of a version."""

log = logging.getLogger(__name__)


class Counts:
    """The downloads of one data folder, added to and read by any process.

    Every call opens the file for itself, so that there is nothing to share. It has no
    write-ahead log: what only reads leaves no file behind.
    """

    def __init__(self, data: Path) -> None:
        self._path = data / NAME

    def add(self, downloads: Downloads) -> None:
        """Add to the numbers, all or nothing. Raises TROUBLE."""
        rows = [(*of, number) for of, number in downloads.items()]
        try:
            self._add(rows)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) not in DAMAGED:
                raise
            log.warning("%s is damaged; counting begins anew", self._path)
            self._path.unlink(missing_ok=True)
            self._add(rows)

    def of(self, ids: Iterable[str]) -> dict[str, dict[str, int]]:
        """The downloads of the versions of each id, all by their keys; zeros are left out.

        Where the numbers cannot be read there are none.
        """
        wanted = list(ids)
        found: dict[str, dict[str, int]] = {one: {} for one in wanted}
        if not wanted or not self._path.exists():
            return found
        try:
            with self._opened(READER_SECONDS) as connection:
                rows = connection.execute(
                    "SELECT id, version, number FROM downloads"
                    " WHERE id IN (SELECT value FROM json_each(?))",
                    (json.dumps(wanted),),
                ).fetchall()
        except TROUBLE:
            log.warning("The numbers of downloads cannot be read now", exc_info=True)
            return found
        for package_id, version, number in rows:
            found[package_id][version] = number
        return found

    def _add(self, rows: list[tuple[str, str, int]]) -> None:
        with self._opened(WRITER_SECONDS) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(SCHEMA)
            connection.executemany(ADD, rows)
            connection.execute("COMMIT")

    @contextmanager
    def _opened(self, seconds: float) -> Iterator[sqlite3.Connection]:
        opened = sqlite3.connect(self._path, timeout=seconds, isolation_level=None)
        with closing(opened) as connection:
            yield connection
