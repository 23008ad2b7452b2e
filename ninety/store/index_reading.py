"""The questions the index answers, all about one state of it."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ninety.rules import identifiers, instants, search, versions
from ninety.rules.records import VersionRecord
from ninety.rules.search import Query, Term
from ninety.rules.versions import Version
from ninety.store.index_query import Asker, Order, Wanted

__all__ = ["Asker", "Found", "Hit", "IndexReading", "Listing", "Order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One version in a list: its normalised lower-case `key`, and `shown` as pushed, in full."""

    key: str
    shown: str
    sort_key: str
    listed: bool
    deprecated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """How many versions an id has, the bytes of all of them, and when the last one came.

    `shown` is the id as one of them writes it.
    """

    shown: str
    versions: int
    unlisted: int
    deprecated: int
    size: int
    last_push: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One found id: the newest version that fits the asker, and all versions that do."""

    newest: VersionRecord
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A part of what was found, and how many there are in all."""

    total: int
    hits: tuple[Hit, ...]


class IndexReading:
    """The index as one read transaction sees it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def generation(self, name: str) -> str:
        """What changes whenever an answer about `name` may: `feed`, or `id:` and an id's key."""
        (token,) = self._connection.execute("SELECT token FROM made").fetchone()
        row = self._connection.execute(
            "SELECT number FROM generations WHERE name = ?", (name,)
        ).fetchone()
        return f"{token}.{row[0] if row else 0}"

    def ids(self) -> list[str]:
        """Every id, lower case, those without versions too, in order."""
        return [id for (id,) in self._connection.execute("SELECT id FROM ids ORDER BY id")]

    def sizes(self) -> tuple[int, int]:
        """How many ids and how many versions there are."""
        (ids,) = self._connection.execute("SELECT count(*) FROM ids").fetchone()
        (versions,) = self._connection.execute("SELECT count(*) FROM versions").fetchone()
        return int(ids), int(versions)

    def every_owner(self) -> dict[str, tuple[str, ...]]:
        """Whose each id is, by id in order; those without versions too."""
        rows = self._connection.execute("SELECT id, owners FROM ids ORDER BY id")
        return {id: tuple(json.loads(owners)) for id, owners in rows}

    def stock(self, package_ids: list[str]) -> dict[str, Stock]:
        """What there is of each of these ids (keys); those without versions are left out."""
        rows = self._connection.execute(
            "SELECT id, max(json_extract(record, '$.manifest.id')),"
            " count(*), sum(NOT listed), sum(deprecated),"
            " sum(json_extract(record, '$.size')), max(json_extract(record, '$.published'))"
            " FROM versions WHERE id IN (SELECT value FROM json_each(?)) GROUP BY id",
            (json.dumps(package_ids),),
        )
        return {
            id: Stock(
                shown=shown,
                versions=versions,
                unlisted=unlisted,
                deprecated=deprecated,
                size=size,
                last_push=instants.parse(last_push),
            )
            for id, shown, versions, unlisted, deprecated, size, last_push in rows
        }

    def ids_with_versions(self) -> list[str]:
        """Every id that has a version, listed or not, in lower case and in order."""
        rows = self._connection.execute("SELECT DISTINCT id FROM versions ORDER BY id")
        return [id for (id,) in rows]

    def versions(self, package_id: str, *, semver2: bool = True) -> list[Listing]:
        """The versions of an id (its key), unlisted ones too, lowest first.

        Without `semver2` only those that clients older than 4.3 can read.
        """
        rows = self._connection.execute(
            "SELECT version, shown, sort_key, listed, deprecated FROM versions"
            " WHERE id = ? AND semver2 <= ? ORDER BY sort_key",
            (package_id, semver2),
        )
        return [
            Listing(
                key=key,
                shown=shown,
                sort_key=sort_key,
                listed=bool(listed),
                deprecated=bool(deprecated),
            )
            for key, shown, sort_key, listed, deprecated in rows
        ]

    def records(
        self, package_id: str, lowest: str, highest: str, *, semver2: bool = True
    ) -> list[VersionRecord]:
        """The records between two sort keys, both included, lowest first."""
        rows = self._connection.execute(
            "SELECT record FROM versions"
            " WHERE id = ? AND sort_key BETWEEN ? AND ? AND semver2 <= ? ORDER BY sort_key",
            (package_id, lowest, highest, semver2),
        )
        return [_record(text) for (text,) in rows]

    def record(self, package_id: str, sort_key: str) -> VersionRecord | None:
        """The record of one version, unlisted or not; None where there is none."""
        found = self.records(package_id, sort_key, sort_key)
        return found[0] if found else None

    def newest(self, package_id: str) -> VersionRecord | None:
        """The newest listed release of an id, else its newest listed version, else the newest."""
        for wanted in ("listed AND NOT prerelease", "listed", "1"):
            row = self._connection.execute(
                f"SELECT record FROM versions WHERE id = ? AND {wanted}"
                " ORDER BY sort_key DESC LIMIT 1",
                (package_id,),
            ).fetchone()
            if row:
                return _record(row[0])
        return None

    def newest_first(self, package_id: str, skip: int, take: int) -> list[VersionRecord]:
        """The versions of an id, unlisted ones too, the highest first: a part of them."""
        rows = self._connection.execute(
            "SELECT record FROM versions WHERE id = ? ORDER BY sort_key DESC LIMIT ? OFFSET ?",
            (package_id, take, skip),
        )
        return [_record(text) for (text,) in rows]

    def count(self, package_id: str) -> int:
        """How many versions an id has, unlisted ones too."""
        (number,) = self._connection.execute(
            "SELECT count(*) FROM versions WHERE id = ?", (package_id,)
        ).fetchone()
        return int(number)

    def here(self, ids: Iterable[str]) -> set[str]:
        """Those of `ids` (keys) that have a version here."""
        rows = self._connection.execute(
            "SELECT value FROM json_each(?)"
            " WHERE EXISTS (SELECT 1 FROM versions WHERE versions.id = value)",
            (json.dumps(sorted(set(ids))),),
        )
        return {id for (id,) in rows}

    def symbols_place(self, name: str, signature: str) -> tuple[str, Version] | None:
        """The id and version that first had a PDB, by file name and signature in lower case."""
        row = self._connection.execute(
            "SELECT id, version FROM symbols WHERE signature = ? AND name = ?"
            " ORDER BY since, id, version LIMIT 1",
            (signature, name),
        ).fetchone()
        return (row[0], versions.parse(row[1])) if row else None

    def last_published(self, package_id: str) -> datetime | None:
        """When the latest version of an id came, listed or not; None where it has none."""
        (text,) = self._connection.execute(
            "SELECT max(published) FROM versions WHERE id = ?", (package_id,)
        ).fetchone()
        return instants.parse(text) if text else None

    def last_listed(self, most: int) -> list[VersionRecord]:
        """The listed versions of all ids that came last, the newest first."""
        rows = self._connection.execute(
            "SELECT record FROM versions WHERE listed"
            " ORDER BY published DESC, id DESC, sort_key DESC LIMIT ?",
            (most,),
        )
        return [_record(text) for (text,) in rows]

    def pushed_with(self, key_id: str, since: datetime) -> list[VersionRecord]:
        """The versions pushed with a key since an instant, the newest first. Reads them all."""
        rows = self._connection.execute(
            "SELECT record FROM versions WHERE instr(record, ?)", (key_id,)
        )
        found = (_record(text) for (text,) in rows)
        wanted = [one for one in found if one.pushed_with == key_id and one.published >= since]
        return sorted(wanted, key=lambda one: one.published, reverse=True)

    def owners(self, package_id: str) -> tuple[str, ...]:
        """The ids of the people who own an id; nobody where it is unknown."""
        row = self._connection.execute(
            "SELECT owners FROM ids WHERE id = ?", (package_id,)
        ).fetchone()
        return tuple(json.loads(row[0])) if row else ()

    def search(self, query: Query, asker: Asker, skip: int, take: int) -> Found:
        """The ids that fit the query, best first, from the `skip`-th on, at most `take`.

        The id that is the query comes first, then those it begins, then by how
        well the words fit. An id counts by its newest version that fits the
        asker; owners are asked for by person id.
        """
        total, numbers = self._ranked(query, asker, skip, take)
        newest = self._newest(numbers)
        shown = self._shown([id for id, _ in newest], asker)
        hits = [
            Hit(newest=record, versions=tuple(map(versions.parse, shown[id])))
            for id, record in newest
        ]
        return Found(total=total, hits=tuple(hits))

    def find(
        self, query: Query, asker: Asker, skip: int, take: int, order: Order = Order.BEST
    ) -> tuple[int, list[VersionRecord]]:
        """What `search` finds, by the newest versions alone, and how many there are in all."""
        total, numbers = self._ranked(query, asker, skip, take, order)
        return total, [record for _, record in self._newest(numbers)]

    def suggest(self, query: Query, asker: Asker, skip: int, take: int) -> tuple[int, list[str]]:
        """Ids for autocompletion, and how many there are in all: those with all words of `query`.

        Words elsewhere in a package do not count, unlike in a search.
        """
        in_id = tuple(
            Term("id", term.text) if term.field == search.ANYWHERE else term for term in query.terms
        )
        total, numbers = self._ranked(Query(query.text, in_id), asker, skip, take)
        shown = self._of("SELECT number, shown FROM latest", numbers)
        return total, [one for (one,) in shown]

    def suggest_versions(self, package_id: str, asker: Asker) -> list[str]:
        """The listed versions of an id that fit the asker, in full as pushed, lowest first."""
        key = identifiers.key(package_id)
        return self._shown([key], asker)[key]

    def _shown(self, ids: list[str], asker: Asker) -> dict[str, list[str]]:
        """What `suggest_versions` says of each of these ids (their keys)."""
        shown: dict[str, list[str]] = {id: [] for id in ids}
        rows = self._connection.execute(
            "SELECT id, shown FROM versions WHERE id IN (SELECT value FROM json_each(?))"
            " AND listed AND prerelease <= ? AND semver2 <= ? ORDER BY id, sort_key",
            (json.dumps(ids), asker.prerelease, asker.semver2),
        )
        for id, one in rows:
            shown[id].append(one)
        return shown

    def _ranked(
        self, query: Query, asker: Asker, skip: int, take: int, order: Order = Order.BEST
    ) -> tuple[int, list[int]]:
        """How many ids fit, and the numbers of some of their rows in `latest`."""
        wanted = Wanted(query, asker, order, begins_ids=self._begins_ids(query.text))
        total = int(self._connection.execute(wanted.total, wanted.values).fetchone()[0])
        if total <= skip or not take:
            return total, []
        # Sorted by what is short; all else is read of the few that come out.
        rows = self._connection.execute(
            f"SELECT latest.number {wanted.source} ORDER BY {wanted.order} LIMIT ? OFFSET ?",
            [*wanted.values, *wanted.order_values, take, skip],
        )
        return total, [number for (number,) in rows]

    def _newest(self, numbers: list[int]) -> list[tuple[str, VersionRecord]]:
        """The ids (their keys) and newest versions of these rows, in their order."""
        rows = self._of(
            "SELECT number, latest.id, record FROM latest JOIN versions USING (id, sort_key)",
            numbers,
        )
        return [(id, _record(text)) for id, text in rows]

    def _of(self, select: str, numbers: list[int]) -> list[tuple[str, ...]]:
        """What `select` finds of these rows, in their order, the number left out."""
        rows = self._connection.execute(
            f"{select} WHERE number IN (SELECT value FROM json_each(?))", (json.dumps(numbers),)
        )
        found = {number: tuple(rest) for number, *rest in rows}
        return [found[number] for number in numbers]

    def _begins_ids(self, text: str) -> bool:
        """Whether any id that can be found begins with `text`; all ids are ASCII below `~`."""
        if not text:
            return False
        found = self._connection.execute(
            "SELECT 1 FROM latest WHERE id >= ? AND id < ? LIMIT 1", (text, f"{text}~")
        )
        return found.fetchone() is not None


def _record(text: str) -> VersionRecord:
    return VersionRecord.from_json(json.loads(text))
