"""What a collection's file holds, read once and shared by all threads of a process."""

import os
import weakref
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from ninety.store import changes, lines
from ninety.store.files import replace_durably
from ninety.store.lines import Document, Rows
from ninety.store.threads import ThreadLock

Identity = tuple[int, int, int, int]


class CollectionBroken(Exception):
    """The file at `path` is no collection, so it is neither read nor written over."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"{path} is no collection: {why}. Restore it from a backup")


def copied(value: Any) -> Any:
    """A copy of a JSON value that shares no object or array with it."""
    # Most values are neither; asking before calling makes a copy twice as quick.
    if isinstance(value, dict):
        return {
            name: copied(one) if isinstance(one, dict | list) else one
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [copied(one) if isinstance(one, dict | list) else one for one in value]
    return value


class Copies(Mapping[str, Document]):
    """The documents of a table, each copied when it is asked for.

    TinyDB's Table changes in place what a storage's `read()` gave it; these it may.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __getitem__(self, id: str) -> Document:
        copy: Document = copied(self._rows[id].document)
        return copy

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class OpenFile:
    """A file held open: until this is forgotten, its inode can be no other file's."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)
        self.identity = _identity(os.fstat(self._descriptor))

    def content(self) -> bytes:
        """All of it."""
        with open(self._descriptor, "rb", closefd=False) as file:
            return file.read()


class Snapshot:
    """What the file held at one moment, with indexes made of it when first asked for.

    Nobody changes it. Without a file it is the empty snapshot of a missing one.
    """

    def __init__(self, tables: dict[str, Rows], name: str, file: OpenFile | None) -> None:
        self.tables = tables
        self.rows = tables.get(name, {})
        self.identity = file.identity if file else None
        self._file = file
        self._by_value: dict[str, dict[str, list[str]]] = {}
        self._by_date: dict[str, list[tuple[str, str]]] = {}

    def copy(self, id: str) -> Document:
        """The document `id`, for the caller to change; KeyError where there is none."""
        return Copies(self.rows)[id]

    def having(self, field: str, value: str) -> list[str]:
        """The ids of the documents whose `field` is `value`, or is a list with `value` in it."""
        if field not in self._by_value:
            self._by_value[field] = _ids_by_value(self.rows, field)
        return self._by_value[field].get(value, [])

    def until(self, field: str, instant: str, limit: int, after: str = "") -> list[str]:
        """At most `limit` ids of documents whose `field` is `instant` or earlier, earliest first.

        Those whose field is `after` or earlier are left out, and so are documents
        without the field. Equal instants go by id.
        """
        if field not in self._by_date:
            self._by_date[field] = sorted(
                (row.document[field], row.id)
                for row in self.rows.values()
                if isinstance(row.document.get(field), str)
            )
        dated = self._by_date[field]
        start, end = (bisect_right(dated, one, key=itemgetter(0)) for one in (after, instant))
        return [id for _, id in dated[start : min(end, start + limit)]]


class SnapshotStorage(Storage):
    """A TinyDB storage that many threads and processes read while one of them replaces the file.

    `name` is the table that snapshots are about.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self._at = str(path)
        self._name = name
        self._snapshot: Snapshot | None = None
        self._loading = ThreadLock()

    def snapshot(self) -> Snapshot:
        """The file as it is now: the snapshot at hand, unless the file is another by now.

        Raises CollectionBroken where the file is no collection.
        """
        snapshot = self._snapshot
        if snapshot is None or snapshot.identity != _identity_at(self._at):
            with self._loading.held():
                # The path is looked at again by whoever waited here, so a newer state
                # is never followed by an older one.
                snapshot = self._snapshot
                if snapshot is None or snapshot.identity != _identity_at(self._at):
                    snapshot = self._snapshot = self._load(snapshot)
        return snapshot

    def read(self) -> dict[str, Any]:
        """The tables as TinyDB wants them: copies, so that it may change them."""
        return {name: Copies(rows) for name, rows in self.snapshot().tables.items()}

    def write(self, data: Mapping[str, Mapping[str, Document]]) -> None:
        """Replace the file by these tables, as `change` does; for TinyDB, which knows no less."""
        self._replace(
            {
                name: {id: lines.row(id, document) for id, document in documents.items()}
                for name, documents in data.items()
            }
        )

    def change(self, changed: Mapping[str, Document | None]) -> None:
        """Insert or replace these documents, or remove those that are None, durably.

        Only then they become the snapshot. The caller holds the lock that all
        writers of the file take. What stays is not encoded again. Raises DiskFull or
        OSError from the disk, TypeError or ValueError for what is not JSON; the
        snapshot is forgotten then, as the file may be either.
        """
        present = self.snapshot()
        rows = dict(present.rows)
        for id, document in changed.items():
            if document is None:
                rows.pop(id, None)
            else:
                rows[id] = lines.row(id, document)
        self._replace({**present.tables, self._name: rows})

    def _replace(self, tables: dict[str, Rows]) -> None:
        try:
            try:
                replace_durably(self.path, lines.write(tables))
            finally:
                changes.note(self.path.parent)
            snapshot = Snapshot(tables, self._name, OpenFile(self.path))
        except BaseException:
            self.close()
            raise
        with self._loading.held():
            self._snapshot = snapshot

    def close(self) -> None:
        """Forget the snapshot and let go of its file; the next read opens it anew."""
        with self._loading.held():
            self._snapshot = None

    def _load(self, earlier: Snapshot | None) -> Snapshot:
        try:
            file = OpenFile(self.path)
        except FileNotFoundError:
            return Snapshot({}, self._name, None)
        known = earlier.rows.values() if earlier else ()
        try:
            tables = lines.read(file.content(), self._name, known)
        except ValueError as error:
            raise CollectionBroken(self.path, str(error)) from error
        return Snapshot(tables, self._name, file)


def _ids_by_value(rows: Rows, field: str) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for row in rows.values():
        value = row.document.get(field)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                ids.setdefault(one, []).append(row.id)
    return ids


def _identity_at(path: str) -> Identity | None:
    try:
        return _identity(os.stat(path))
    except FileNotFoundError:
        return None


def _identity(status: os.stat_result) -> Identity:
    # For a file that is only ever replaced, device and inode would do. Size and time
    # also notice one that a person edited, or restored from a backup, in place.
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
