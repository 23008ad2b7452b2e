"""The rows that searches look at: the newest listed version of an id for each kind of asker."""

import json
import sqlite3

from ninety.rules import identifiers, instants, search
from ninety.rules.metadata import Manifest
from ninety.rules.records import VersionRecord

VARIANTS = tuple((prerelease, semver2) for prerelease in (0, 1) for semver2 in (0, 1))

NUMBERS = 16
"""A row's number is a multiple of this and its variants, one bit each: so the full-text index
alone tells whom what it finds is for."""


def variant(prerelease: bool, semver2: bool) -> int:
    """The bit in `latest.variants` for askers who want prereleases, or can read SemVer 2."""
    return 1 << VARIANTS.index((int(prerelease), int(semver2)))


def add(
    connection: sqlite3.Connection, package_id: str, owners: str, record: VersionRecord
) -> None:
    """Write a version that came in among the newest of its id, where it is among them."""
    sort_key = record.version.sort_key
    newest: dict[int, str] = dict(
        connection.execute("SELECT variants, sort_key FROM latest WHERE id = ?", (package_id,))
    )
    gained = sum(
        bit
        for bit in _bits(record)
        if all(sort_key > other for variants, other in newest.items() if variants & bit)
    )
    if not gained:
        return
    if all(variants & gained == variants for variants in newest):
        if newest:
            forget(connection, package_id)
        _insert(connection, package_id, owners, gained, record)
    else:
        write(connection, package_id, owners, record)


def _bits(record: VersionRecord) -> list[int]:
    """The bit of each kind of asker that a listed version is for."""
    needs = int(record.version.is_prerelease), int(record.manifest.is_semver2)
    return [
        variant(bool(prerelease), bool(semver2))
        for prerelease, semver2 in VARIANTS
        if needs[0] <= prerelease and needs[1] <= semver2
    ]


def write(
    connection: sqlite3.Connection,
    package_id: str,
    owners: str,
    known: VersionRecord | None,
) -> None:
    """Write the newest versions of an id; `known` need not be read again."""
    wanted: dict[tuple[str, str], int] = {}
    for prerelease, semver2 in VARIANTS:
        newest = connection.execute(
            "SELECT sort_key, record FROM versions WHERE id = ? AND listed"
            " AND prerelease <= ? AND semver2 <= ? ORDER BY sort_key DESC LIMIT 1",
            (package_id, prerelease, semver2),
        ).fetchone()
        if newest:
            bit = variant(bool(prerelease), bool(semver2))
            wanted[newest] = wanted.get(newest, 0) | bit
    known_key = known.version.sort_key if known else None
    forget(connection, package_id)
    for (sort_key, text), variants in wanted.items():
        if known is not None and sort_key == known_key:
            record = known
        else:
            record = VersionRecord.from_json(json.loads(text))
        _insert(connection, package_id, owners, variants, record)


def _insert(
    connection: sqlite3.Connection,
    package_id: str,
    owners: str,
    variants: int,
    record: VersionRecord,
) -> None:
    manifest = record.manifest
    types = [one.name.lower() for one in manifest.package_types] or ["dependency"]
    number = connection.execute(
        "INSERT INTO latest (number, id, variants, sort_key, shown, owners, types, published)"
        f" SELECT (coalesce(max(number), 0) / {NUMBERS} + 1) * {NUMBERS} + ?, ?, ?, ?, ?, ?, ?, ?"
        " FROM latest",
        (
            variants,
            package_id,
            variants,
            record.version.sort_key,
            manifest.id,
            owners,
            json.dumps(types),
            instants.text(record.published),
        ),
    ).lastrowid
    connection.executemany(
        "INSERT INTO needs VALUES (?, ?)", [(one, number) for one in _needed(manifest)]
    )
    connection.execute(
        "INSERT INTO words (rowid, id, title, tags, description, authors)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            number,
            search.words(manifest.id),
            search.words(manifest.title),
            " ".join(manifest.tags),
            f"{manifest.summary} {manifest.description}",
            manifest.authors,
        ),
    )


def _needed(manifest: Manifest) -> set[str]:
    groups = manifest.dependency_groups
    return {identifiers.key(one.id) for group in groups for one in group.dependencies}


def forget(connection: sqlite3.Connection, package_id: str) -> None:
    """Write that no version of the id can be found."""
    for gone in ("words WHERE rowid", "needs WHERE number"):
        connection.execute(
            f"DELETE FROM {gone} IN (SELECT number FROM latest WHERE id = ?)", (package_id,)
        )
    connection.execute("DELETE FROM latest WHERE id = ?", (package_id,))
