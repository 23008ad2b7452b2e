"""What a push of a new id does to the disk and to the index, in the same order, and nothing else.

No package is looked into, no key judged, no rule known: what a push of Ninety takes
beyond this is what its rules and its care cost. Nothing of Ninety's own runs here
but the statements that make the tables.
"""

import fcntl
import hashlib
import itertools
import os
import secrets
import sqlite3
import threading
from pathlib import Path

from ninety.store import index_schema

NUSPEC, RECORD, DIGEST, OWNER, AUDIT = (b"x" * size for size in (876, 1244, 88, 95, 300))
"""What lies beside a package of 20 KB and goes to the audit trail, by its size."""

RECORD_TEXT = "x" * 1600
DESCRIPTION = "A library of many words that a search finds, and of two or three things it needs"
LARGE = 256 * 1024
KEPT_KIB = 4000


class BarePush:
    """Keeps what is pushed in `folder`, as versions of ever new ids."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._incoming, self._packages = f"{folder}/incoming", f"{folder}/packages"
        for made in (self._incoming, self._packages):
            os.makedirs(made, exist_ok=True)
        self._alone, self._connection = threading.Lock(), None
        self._numbers = itertools.count()

    def keep(self, body: bytes) -> None:
        """All that has to be done before an answer."""
        shown = f"Bare.P{os.getpid()}.{next(self._numbers)}"
        aside = f"{self._incoming}/{secrets.token_hex(16)}"
        os.mkdir(aside, 0o700)
        self._fill(aside, shown.lower(), body)
        folder = self._claim(shown.lower())
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _sync_folder(self._packages)
            os.utime(folder, ns=(1, 1))
            os.rename(aside, f"{folder}/1.0.0")
            os.utime(folder)
            self._index(shown)
        finally:
            os.close(lock)
        _sync_folder(folder)
        trail = os.open(f"{self._folder}/audit", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(trail, AUDIT)
        os.close(trail)

    def _fill(self, aside: str, id: str, body: bytes) -> None:
        hashlib.sha512(body).digest()
        package = _created(f"{aside}/uploaded", body, begin=len(body) >= LARGE)
        os.rename(f"{aside}/uploaded", f"{aside}/{id}.1.0.0.nupkg")
        digest = _created(f"{aside}/{id}.1.0.0.nupkg.sha512", DIGEST)
        nuspec = _created(f"{aside}/{id}.nuspec", NUSPEC)
        record = _created(f"{aside}/record.json", RECORD)
        os.fsync(package)
        os.fsync(record)
        _sync_folder(aside)
        for opened in (package, digest, nuspec, record):
            os.close(opened)

    def _claim(self, id: str) -> str:
        aside, folder = f"{self._incoming}/{secrets.token_hex(16)}", f"{self._packages}/{id}"
        owner = _created(aside, OWNER, begin=False)
        os.fsync(owner)
        os.close(owner)
        os.mkdir(folder, 0o700)
        os.link(aside, f"{folder}/package.json")
        os.unlink(aside)
        return folder

    def _index(self, shown: str) -> None:
        with self._alone:
            lock = os.open(f"{self._folder}/index.turn", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._connection = self._connection or _opened(f"{self._folder}/index.sqlite")
                _tell(self._connection, shown.lower(), shown)
            finally:
                os.close(lock)


def _created(path: str, content: bytes, *, begin: bool = True) -> int:
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.write(opened, content)
    if begin:
        os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
    return opened


def _sync_folder(path: str) -> None:
    opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(opened)
    os.close(opened)


def _opened(path: str) -> sqlite3.Connection:
    new = not os.path.exists(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    if new:
        index_schema.create(connection)
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{KEPT_KIB}")
    return connection


def _tell(connection: sqlite3.Connection, id: str, shown: str) -> None:
    ask, sort_key, now = connection.execute, "0000000001.0000000000~", "2026-01-01T00:00:00Z"
    ask("BEGIN IMMEDIATE")
    ask("SELECT changed_at, owners FROM ids WHERE id = ?", (id,)).fetchone()
    ask("INSERT OR REPLACE INTO ids VALUES (?, ?, ?)", (id, 1, "[]"))
    ask(
        f"INSERT OR REPLACE INTO versions VALUES ({', '.join('?' * 11)})",
        (id, sort_key, "1.0.0", "1.0.0", 1, 0, 0, 0, now, "1.1.1", RECORD_TEXT),
    )
    ask("SELECT variants, sort_key FROM latest WHERE id = ?", (id,)).fetchone()
    number = ask(
        "INSERT INTO latest (number, id, variants, sort_key, shown, owners, types, published)"
        " SELECT (coalesce(max(number), 0) / 16 + 1) * 16 + ?, ?, ?, ?, ?, ?, ?, ? FROM latest",
        (15, id, 15, sort_key, shown, "[]", "[]", now),
    ).lastrowid
    ask("INSERT INTO needs VALUES (?, ?)", ("bare.needed", number))
    ask(
        "INSERT INTO words (rowid, id, title, tags, description, authors)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (number, shown, shown, "bare tags", f"{shown} {DESCRIPTION}", "Nobody"),
    )
    ask(
        "INSERT INTO generations VALUES (?, 1), ('feed', 1)"
        " ON CONFLICT (name) DO UPDATE SET number = number + 1",
        (f"id:{id}",),
    )
    ask("COMMIT")
