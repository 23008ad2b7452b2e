"""A feed with very many packages, made in seconds: copies of one that came in as packages do."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ninety.rules import identifiers, versions
from ninety.rules.people import Person
from ninety.rules.records import PackageRecord, VersionRecord
from ninety.store import record_files
from ninety.store.package_layout import PACKAGE_JSON, RECORD_JSON, nupkg_name
from ninety.wiring import Ninety
from parts.packages import make_nupkg

LINKS = 30_000
"""Names that one copy of the bytes is given; file systems allow some 65,000."""


def names(ids: int, each: int = 1) -> Iterator[tuple[str, str]]:
    """The ids and versions of `ids` packages with `each` versions."""
    for number in range(ids):
        for version in range(each):
            yield f"Grown.{number}", f"1.{version}.0"


def grow_packages(ninety: Ninety, owner: Person, now: datetime, ids: int, each: int = 1) -> None:
    """Add `ids` packages of `owner` with `each` versions to a feed, and make its index anew.

    All have the bytes of one package, so they can be asked for and not restored;
    nothing is synced to the disk.
    """
    content = make_nupkg("Grown", "1.0.0", tags="grown")
    model = ninety.publishing.take_in(owner, [content], now, now)
    source = ninety.packages.nupkg(model.id, model.version)
    root = ninety.packages.data / "packages"
    for number, (id, version) in enumerate(names(ids, each)):
        if number % LINKS == 0 and number:
            source = _copied(source, content)
        _put(root, source, model, id, version, owner)
    ninety.index.rebuild()


def _copied(source: Path, content: bytes) -> Path:
    copy = source.with_name(f"{source.name}.copy")
    copy.unlink(missing_ok=True)
    copy.write_bytes(content)
    return copy


def _put(
    root: Path, source: Path, model: VersionRecord, id: str, version: str, owner: Person
) -> None:
    manifest = replace(model.manifest, id=id, version=versions.parse(version))
    record = replace(model, manifest=manifest)
    of_id = root / identifiers.key(id)
    if not of_id.exists():
        of_id.mkdir(mode=0o700)
        whose = PackageRecord(id=id, owners=(owner.id,), claimed_at=record.published)
        (of_id / PACKAGE_JSON).write_bytes(record_files.written(whose.to_json()))
    folder = of_id / record.version.key
    folder.mkdir(mode=0o700)
    (folder / RECORD_JSON).write_bytes(record_files.written(record.to_json()))
    os.link(source, folder / nupkg_name(id, record.version))
