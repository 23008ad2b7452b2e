"""What is found wrong with the folder of a version, and what can be put right."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ninety.rules import versions
from ninety.rules.records import Tombstone
from ninety.work.version_check import Finding, Standing, VersionCheck
from parts.feeds import NOW, Feed, opened
from parts.packages import PNG, make_nupkg

ONE = versions.parse("1.0.0")
LEFTOVER = f".record.json.{'ab' * 8}.tmp"


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    with opened(tmp_path / "data") as one:
        one.push(
            "Acme.Core",
            "1.0.0",
            files={"readme.md": b"# Hello", "icon.png": PNG, "LICENSE.txt": b"Do as you like."},
            readme="readme.md",
            icon="icon.png",
            license={"type": "file", "": "LICENSE.txt"},
        )
        yield one


@pytest.fixture
def folder(feed: Feed) -> Path:
    """The folder of the one version."""
    return feed.data / "packages" / "acme.core" / "1.0.0"


def check(feed: Feed, *, repair: bool = False) -> list[Finding]:
    return VersionCheck(feed.packages).findings("acme.core", ONE, repair=repair)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_version_as_it_was_pushed_is_well(feed: Feed) -> None:
    assert check(feed) == check(feed, repair=True) == []


def test_so_is_one_that_was_unlisted_and_one_that_was_deleted(feed: Feed) -> None:
    feed.packages.change_version("acme.core", ONE, lambda one: replace(one, listed=False))
    assert check(feed) == []
    feed.packages.bury("acme.core", ONE, Tombstone(deleted_at=NOW, deleted_by="root"))
    assert check(feed) == []


DERIVED = (
    "acme.core.1.0.0.nupkg.sha512",
    "acme.core.nuspec",
    "icon",
    "readme",
    "license",
)


@pytest.mark.parametrize("name", DERIVED)
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"damaged")])
def test_what_was_made_from_the_package_is_made_again(
    feed: Feed, folder: Path, name: str, damage: Callable[[Path], None]
) -> None:
    before = files(folder)
    damage(folder / name)
    (found,) = check(feed)
    assert found.where == "acme.core 1.0.0"
    assert found.standing is Standing.PROBLEM
    assert found.what.startswith(f"Its {name} is ")
    assert files(folder) != before, "looking changes nothing"
    (repaired,) = check(feed, repair=True)
    assert repaired.standing is Standing.REPAIRED
    assert files(folder) == before
    assert check(feed) == []


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("{half")])
def test_a_lost_record_is_made_again_as_far_as_the_package_tells(
    feed: Feed, folder: Path, damage: Callable[[Path], None]
) -> None:
    written = datetime(2024, 2, 29, 12, 0, 1, tzinfo=UTC)
    os.utime(folder / "acme.core.1.0.0.nupkg", (written.timestamp(), written.timestamp()))
    before = feed.packages.record("acme.core", ONE)
    damage(folder / "record.json")
    (found,) = check(feed, repair=True)
    assert found.standing is Standing.REPAIRED
    assert "2024-02-29 12:00 UTC" in found.what
    assert "not known any more" in found.what
    record = feed.packages.record("acme.core", ONE)
    assert record == replace(before, published=written, pushed_by="", pushed_with="")
    assert check(feed) == []
    assert feed.index.catch_up() == ["acme.core"], "the index hears of it"


def test_a_record_that_tells_another_manifest_is_read_again(feed: Feed, folder: Path) -> None:
    record = feed.packages.record("acme.core", ONE)
    feed.packages.change_version(
        "acme.core",
        ONE,
        lambda one: replace(one, listed=False, manifest=replace(one.manifest, title="Another")),
    )
    assert [one.standing for one in check(feed)] == [Standing.PROBLEM]
    assert [one.standing for one in check(feed, repair=True)] == [Standing.REPAIRED]
    assert feed.packages.record("acme.core", ONE) == replace(record, listed=False)


def test_a_package_that_changed_is_never_touched(feed: Feed, folder: Path) -> None:
    nupkg = folder / "acme.core.1.0.0.nupkg"
    nupkg.write_bytes(make_nupkg("Acme.Core", "1.0.0", description="Another."))
    (folder / "readme").unlink()
    before = files(folder)
    for repair in (False, True):
        (found,) = check(feed, repair=repair)
        assert found.standing is Standing.PROBLEM
        assert found.what == "Its .nupkg is not what was pushed; restore it from a backup."
    assert files(folder) == before


def test_a_package_that_is_gone_is_told(feed: Feed, folder: Path) -> None:
    (folder / "acme.core.1.0.0.nupkg").unlink()
    (found,) = check(feed, repair=True)
    assert (found.standing, found.what) == (
        Standing.PROBLEM,
        "Its .nupkg is gone; restore it from a backup.",
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"Not a package.", "Its .nupkg cannot be read: This is not a .nupkg"),
        (make_nupkg("Acme.Core", "2.0.0"), "Its .nupkg is Acme.Core 2.0.0; "),
        (make_nupkg("Acme.Other", "1.0.0"), "Its .nupkg is Acme.Other 1.0.0; "),
    ],
    ids=["text", "version", "id"],
)
def test_a_package_without_a_record_must_be_what_its_folder_says(
    feed: Feed, folder: Path, content: bytes, what: str
) -> None:
    (folder / "record.json").unlink()
    (folder / "acme.core.1.0.0.nupkg").write_bytes(content)
    (found,) = check(feed, repair=True)
    assert found.standing is Standing.PROBLEM
    assert found.what.startswith(what)
    assert not (folder / "record.json").exists()


def test_only_our_own_leftovers_are_removed(feed: Feed, folder: Path) -> None:
    (folder / LEFTOVER).write_bytes(b"{half")
    (folder / "notes.txt").write_text("of somebody")
    assert [one.standing for one in check(feed)] == [Standing.PROBLEM, Standing.PROBLEM]
    assert {one.standing: one.what for one in check(feed, repair=True)} == {
        Standing.REPAIRED: f"{LEFTOVER} was left by a write that was cut off. It was removed.",
        Standing.PROBLEM: "notes.txt does not belong in its folder.",
    }
    assert not (folder / LEFTOVER).exists()
    assert (folder / "notes.txt").exists()


def test_an_empty_folder_goes(feed: Feed) -> None:
    empty = feed.data / "packages" / "acme.core" / "2.0.0"
    empty.mkdir()
    two = versions.parse("2.0.0")
    checking = VersionCheck(feed.packages)
    (found,) = checking.findings("acme.core", two, repair=False)
    assert (found.where, found.what) == ("acme.core 2.0.0", "Its folder is empty.")
    checking.findings("acme.core", two, repair=True)
    assert not empty.exists()


def test_a_deletion_that_was_cut_off_is_told_and_left_to_be_done_again(
    feed: Feed, folder: Path
) -> None:
    nupkg = (folder / "acme.core.1.0.0.nupkg").read_bytes()
    feed.packages.bury("acme.core", ONE, Tombstone(deleted_at=NOW, deleted_by="root"))
    (folder / "acme.core.1.0.0.nupkg").write_bytes(nupkg)
    (found,) = check(feed, repair=True)
    assert found.standing is Standing.PROBLEM
    assert "delete it again" in found.what
    assert (folder / "acme.core.1.0.0.nupkg").read_bytes() == nupkg
