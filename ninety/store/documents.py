"""Documents by id, one collection a file, shared between threads and processes.

A collection is a TinyDB file with one table, named after the file. TinyDB as it
comes rewrites that file in place and knows no other process, so it reads and
writes here through a storage that shares one snapshot between threads and
replaces the file whole; and changes wait for each other at a lock file.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tinydb.table import Table

from ninety.store.files import locked, remove_leftovers
from ninety.store.lines import Document, Row
from ninety.store.snapshots import CollectionBroken, SnapshotStorage, copied
from ninety.store.threads import ThreadLock

__all__ = ["Collection", "CollectionBroken", "Document", "Documents", "Unchanged"]

Documents = dict[str, Document | None]
"""Documents by id; None where there is none, or is to be none."""

Made = TypeVar("Made")


class Unchanged(Exception):
    """Raised by the function given to `Collection.change` when nothing is to be written."""


class TextTable(Table):
    """A TinyDB table whose ids are text, and whose queries are answered anew each time."""

    document_id_class: Any = str
    default_query_cache_capacity = 0


class Collection:
    """The documents in the file `path`, such as data/users.json, whose folder exists.

    `fields` are those that `find` looks at: text, or lists of text. `dates` are
    those that `before` looks at: instants in their stored form. A missing file
    is an empty collection. Reading and changing raise CollectionBroken where the
    file is anything but a collection, and leave it as it is.
    """

    def __init__(
        self, path: Path, *, dates: Sequence[str] = (), fields: Sequence[str] = ()
    ) -> None:
        self.path = path
        self._dates = frozenset(dates)
        self._fields = frozenset(fields)
        self._storage = SnapshotStorage(path, path.stem)
        self._table = TextTable(self._storage, path.stem, cache_size=0)
        self._changing = ThreadLock()
        self._made: dict[str, tuple[Row, Any]] = {}

    def get(self, id: str) -> Document | None:
        """The document `id`, a copy that is the caller's to change; None where there is none."""
        row = self._storage.snapshot().rows.get(id)
        return None if row is None else copied(row.document)

    def made(self, id: str, make: Callable[[str, Document], Made]) -> Made | None:
        """What `make` makes of the document `id`, made once for as long as the document stays.

        `make` gets the id and the document itself, of which it changes nothing and
        keeps no part that can change; it is the same function at every call. None
        where there is no such document.
        """
        row = self._storage.snapshot().rows.get(id)
        if row is None:
            self._made.pop(id, None)
            return None
        kept = self._made.get(id)
        if kept is None or kept[0] is not row:
            kept = self._made[id] = (row, make(id, row.document))
        result: Made = kept[1]
        return result

    def all(self) -> dict[str, Document]:
        """Copies of all documents by id, in the order they came."""
        return {str(document.doc_id): dict(document) for document in self._table}

    def find(self, **field_value: str) -> dict[str, Document]:
        """Copies of the documents with this value in the one field named, by id.

        A field that is a list is found by each of its elements. Raises
        ValueError for a field that was not declared, or for more than one.
        """
        if len(field_value) != 1 or not self._fields.issuperset(field_value):
            raise ValueError(f"{self.path.stem} are found by one of {sorted(self._fields)}")
        ((field, value),) = field_value.items()
        snapshot = self._storage.snapshot()
        return {id: snapshot.copy(id) for id in snapshot.having(field, value)}

    def before(
        self, field: str, instant: str, limit: int, *, after: str = ""
    ) -> list[tuple[str, Document]]:
        """At most `limit` documents whose `field` is `instant` or earlier, earliest first.

        Those whose field is `after` or earlier are left out. Pairs of id and copy,
        equal instants by id; documents without the field never appear.
        Raises ValueError for a field that was not declared.
        """
        if field not in self._dates:
            raise ValueError(f"{self.path.stem} are sorted by one of {sorted(self._dates)}")
        snapshot = self._storage.snapshot()
        return [(id, snapshot.copy(id)) for id in snapshot.until(field, instant, limit, after)]

    def change(self, ids: Iterable[str], fn: Callable[[Documents], Documents]) -> Documents:
        """Change the documents `ids` by `fn`, all or nothing, alone among all writers.

        `fn` gets copies of them as they are now, and returns those to insert or
        replace, or None for one to remove; what it leaves out stays. It returns
        in a moment, neither forks nor changes this collection, and raises
        Unchanged to write nothing, whereupon `change` returns {}. Otherwise what
        `fn` returned is returned once it is on disk.

        Raises what `fn` raises, ValueError for an id that was not in `ids`,
        TypeError or ValueError for what is not JSON, DiskFull or OSError for
        trouble with the disk; then nothing was changed, save in the one case that
        `replace_durably` names.
        """
        wanted = list(ids)
        with self._changing.held(), locked(self.path.with_suffix(".lock")):
            rows = self._storage.snapshot().rows
            found = {id: copied(rows[id].document) if id in rows else None for id in wanted}
            try:
                changes = fn(found)
            except Unchanged:
                return {}
            if not changes.keys() <= set(wanted):
                raise ValueError(f"Not asked for: {sorted(changes.keys() - set(wanted))}")
            remove_leftovers(self.path)
            self._storage.change(changes)
        return changes

    def close(self) -> None:
        """Let go of the file. The collection can be used again, and opens it anew then."""
        self._storage.close()
