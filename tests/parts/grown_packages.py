"""A feed with very many packages, made in seconds: copies of one that came in as packages do."""

import os
from collections.abc import Callable, Iterable, Iterator
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


def untagged(_number: int) -> tuple[str, ...]:
    """No tags, for every package."""
    return ()


def grow_packages(ninety: Ninety, owner: Person, now: datetime, ids: int, each: int = 1) -> None:
    """Add `ids` packages of `owner` with `each` versions to a feed, and make its index anew.

    All have the bytes of one package, so they can be asked for and not restored;
    nothing is synced to the disk.
    """
    grow_named(ninety, owner, now, names(ids, each), tags=lambda _number: ("grown",))


def grow_named(
    ninety: Ninety,
    owner: Person,
    now: datetime,
    wanted: Iterable[tuple[str, str]],
    *,
    content: bytes | None = None,
    tags: Callable[[int], tuple[str, ...]] = untagged,
) -> None:
    """The same with ids and versions by name, beside one package "Grown" that they are copies of.

    Their bytes are `content`, a package with that id and version 1.0.0; `tags` gives those
    of the package with a number, counted from 0 in the order of `wanted`.
    """
    content = content or make_nupkg("Grown", "1.0.0", tags="grown")
    model = ninety.publishing.take_in(owner, [content], now, now)
    source = ninety.packages.nupkg(model.id, model.version)
    root = ninety.packages.data / "packages"
    for number, (id, version) in enumerate(wanted):
        if number % LINKS == 0 and number:
            source = _copied(source, content)
        manifest = replace(
            model.manifest, id=id, version=versions.parse(version), tags=tags(number)
        )
        _put(root, source, replace(model, manifest=manifest), owner)
    ninety.index.rebuild()


def _copied(source: Path, content: bytes) -> Path:
    copy = source.with_name(f"{source.name}.copy")
    copy.unlink(missing_ok=True)
    copy.write_bytes(content)
    return copy


def _put(root: Path, source: Path, record: VersionRecord, owner: Person) -> None:
    of_id = root / identifiers.key(record.id)
    if not of_id.exists():
        of_id.mkdir(mode=0o700)
        whose = PackageRecord(id=record.id, owners=(owner.id,), claimed_at=record.published)
        (of_id / PACKAGE_JSON).write_bytes(record_files.written(whose.to_json()))
    folder = of_id / record.version.key
    folder.mkdir(mode=0o700)
    (folder / RECORD_JSON).write_bytes(record_files.written(record.to_json()))
    os.link(source, folder / nupkg_name(record.id, record.version))
