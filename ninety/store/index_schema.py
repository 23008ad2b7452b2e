"""The tables of the index, and how the rows of one id are made from its files."""

import json
import logging
import secrets
import sqlite3

from ninety.rules import identifiers, instants, versions
from ninety.rules.errors import NotFound, RecordDamaged
from ninety.rules.records import VersionRecord
from ninety.store import index_latest
from ninety.store.package_layout import is_version_key
from ninety.store.packages import Entered, Packages

SCHEMA_NUMBER = 8
"""Raised with every change below or in what `record` holds: an older file is made anew."""

SCHEMA = """
-- changed_at: as `Packages.changed_at` said before the files of the id were read
CREATE TABLE ids (
    id TEXT PRIMARY KEY,
    changed_at INTEGER NOT NULL,
    owners TEXT NOT NULL
) WITHOUT ROWID;

-- stamp: what tells one state of a record.json from another; record: its content
CREATE TABLE versions (
    id TEXT NOT NULL,
    sort_key TEXT NOT NULL,
    version TEXT NOT NULL,
    shown TEXT NOT NULL,
    listed INTEGER NOT NULL,
    deprecated INTEGER NOT NULL,
    prerelease INTEGER NOT NULL,
    semver2 INTEGER NOT NULL,
    published TEXT NOT NULL,
    stamp TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (id, sort_key)
) WITHOUT ROWID;
CREATE INDEX versions_by_date ON versions (id, published);
CREATE INDEX listed_by_date ON versions (published, id, sort_key) WHERE listed;

-- What tells which versions of an id there are, without the long records
CREATE INDEX versions_shown ON versions (id, sort_key, listed, prerelease, semver2, shown);

-- The newest listed version of an id for each kind of asker; variants: one bit a kind.
-- A search may look at every row, so they are short; shown: the id as it was pushed;
-- number: see `index_latest.NUMBERS`
CREATE TABLE latest (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    variants INTEGER NOT NULL,
    sort_key TEXT NOT NULL,
    shown TEXT NOT NULL,
    owners TEXT NOT NULL,
    types TEXT NOT NULL,
    published TEXT NOT NULL
);
CREATE INDEX latest_by_id ON latest (id, variants);
CREATE INDEX latest_by_date ON latest (published DESC, id, variants);

-- What a search by words orders by, in few pages: the numbers and ids of latest
CREATE TABLE names (number INTEGER PRIMARY KEY, id TEXT NOT NULL);

-- How many rows of latest have these variants, so that nobody counts them all
CREATE TABLE totals (variants INTEGER PRIMARY KEY, number INTEGER NOT NULL);
CREATE TRIGGER one_more AFTER INSERT ON latest BEGIN
    INSERT INTO names VALUES (new.number, new.id);
    INSERT INTO totals VALUES (new.variants, 1)
        ON CONFLICT (variants) DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER one_less AFTER DELETE ON latest BEGIN
    DELETE FROM names WHERE number = old.number;
    UPDATE totals SET number = number - 1 WHERE variants = old.variants;
END;

-- The ids, lower case, that each of those depends on, on whatever framework
CREATE TABLE needs (
    needed TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (needed, number)
) WITHOUT ROWID;
CREATE INDEX needs_by_number ON needs (number);

CREATE VIRTUAL TABLE words USING fts5 (
    id, title, tags, description, authors,
    tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3'
);

-- What debuggers ask for, both in lower case, and which version has had it since when
CREATE TABLE symbols (
    name TEXT NOT NULL,
    signature TEXT NOT NULL,
    since TEXT NOT NULL,
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (signature, name, since, id, version)
) WITHOUT ROWID;
CREATE INDEX symbols_by_version ON symbols (id, version);

-- How often what an answer depends on has changed: `feed`, or `id:` and the id
CREATE TABLE generations (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;

-- Tells the generations of this file from those of an earlier one
CREATE TABLE made (token TEXT NOT NULL);
"""

log = logging.getLogger(__name__)


def create(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty index."""
    connection.executescript(SCHEMA)
    connection.execute("INSERT INTO made VALUES (?)", (secrets.token_hex(8),))
    connection.execute(f"PRAGMA user_version = {SCHEMA_NUMBER}")


def write(
    connection: sqlite3.Connection,
    packages: Packages,
    package_id: str,
    known: VersionRecord | None = None,
) -> None:
    """Bring the rows of an id (lower case) in line with its files, inside a transaction.

    Only records that changed are read, and none of them where it is `known`. The
    generations rise only where something did.
    """
    changed_at = packages.changed_at(package_id)
    if changed_at is None:
        _forget(connection, package_id)
        return
    owners = json.dumps(_owners(packages, package_id))
    before = connection.execute("SELECT owners FROM ids WHERE id = ?", (package_id,)).fetchone()
    connection.execute(
        "INSERT OR REPLACE INTO ids VALUES (?, ?, ?)", (package_id, changed_at, owners)
    )
    versions_changed = _write_versions(connection, packages, package_id, known)
    if versions_changed or before != (owners,):
        index_latest.write(connection, package_id, owners, known)
        _raise_generations(connection, package_id)


def add(connection: sqlite3.Connection, packages: Packages, entered: Entered) -> None:
    """Write a version that was admitted, inside a transaction, while nobody else changes its id.

    Where it is the first of its id, or the index knew the id as it was before,
    nothing else of it is read.
    """
    record, package_id = entered.record, identifiers.key(entered.record.id)
    known = connection.execute(
        "SELECT changed_at, owners FROM ids WHERE id = ?", (package_id,)
    ).fetchone()
    stamp = packages.record_stamp(package_id, record.version)
    if known is None and entered.first:
        owners = json.dumps(_owners(packages, package_id))
    elif known is not None and known[0] == entered.before:
        owners = known[1]
    else:
        owners = None
    if owners is None or stamp is None:
        write(connection, packages, package_id, record)
        return
    connection.execute(
        "INSERT OR REPLACE INTO ids VALUES (?, ?, ?)", (package_id, entered.after, owners)
    )
    # Symbols come after the version they are of, so there are none yet.
    _write_version(connection, package_id, record, stamp)
    index_latest.add(connection, package_id, owners, record)
    _raise_generations(connection, package_id)


def _owners(packages: Packages, package_id: str) -> tuple[str, ...]:
    try:
        package = packages.package(package_id)
    except RecordDamaged:
        log.exception("%s is taken for nobody's in the index", package_id)
        return ()
    return package.owners if package else ()


def _write_versions(
    connection: sqlite3.Connection,
    packages: Packages,
    package_id: str,
    known: VersionRecord | None,
) -> bool:
    gone: dict[str, str] = dict(
        connection.execute("SELECT version, stamp FROM versions WHERE id = ?", (package_id,))
    )
    changed = False
    for key, stamp in packages.record_stamps(package_id):
        if gone.get(key) == stamp:
            del gone[key]
            continue
        if not is_version_key(key):
            continue
        if known is not None and known.version.key == key:
            record = known
        else:
            try:
                record = packages.record(package_id, versions.parse(key))
            except (RecordDamaged, NotFound):
                log.exception("%s %s is left out of the index", package_id, key)
                continue
        if record.tombstone:
            continue
        gone.pop(key, None)
        changed = True
        _write_version(connection, package_id, record, stamp)
        _write_symbols(connection, package_id, record)
    for key in gone:
        connection.execute("DELETE FROM versions WHERE id = ? AND version = ?", (package_id, key))
        _forget_symbols(connection, package_id, key)
    return changed or bool(gone)


def _write_version(
    connection: sqlite3.Connection, package_id: str, record: VersionRecord, stamp: str
) -> None:
    version = record.version
    connection.execute(
        "INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            package_id,
            version.sort_key,
            version.key,
            version.full,
            record.listed,
            record.deprecation is not None,
            version.is_prerelease,
            record.manifest.is_semver2,
            instants.text(record.published),
            stamp,
            json.dumps(record.to_json(), ensure_ascii=False),
        ),
    )


def _write_symbols(connection: sqlite3.Connection, package_id: str, record: VersionRecord) -> None:
    key = record.version.key
    _forget_symbols(connection, package_id, key)
    if record.symbols:
        connection.executemany(
            "INSERT INTO symbols VALUES (?, ?, ?, ?, ?)",
            [
                (*file.key, instants.text(file.since), package_id, key)
                for file in record.symbols.files
            ],
        )


def _forget_symbols(connection: sqlite3.Connection, package_id: str, key: str) -> None:
    connection.execute("DELETE FROM symbols WHERE id = ? AND version = ?", (package_id, key))


def _forget(connection: sqlite3.Connection, package_id: str) -> None:
    index_latest.forget(connection, package_id)
    connection.execute("DELETE FROM versions WHERE id = ?", (package_id,))
    connection.execute("DELETE FROM symbols WHERE id = ?", (package_id,))
    if connection.execute("DELETE FROM ids WHERE id = ?", (package_id,)).rowcount:
        _raise_generations(connection, package_id)


def _raise_generations(connection: sqlite3.Connection, package_id: str) -> None:
    connection.execute(
        "INSERT INTO generations VALUES (?, 1), ('feed', 1)"
        " ON CONFLICT (name) DO UPDATE SET number = number + 1",
        (f"id:{package_id}",),
    )
