"""Importing packages from the folders of other feeds, and going on after a kill."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from ninety.rules import versions
from ninety.rules.errors import DiskFull, FieldRefused
from ninety.rules.records import Tombstone
from ninety.work import importing
from ninety.work.importing import Importing, Outcome, Result
from parts import foreign_feeds
from parts.feeds import ALICE, BOB, NOW, Feed, opened
from parts.packages import make_nupkg
from parts.scripts import started

ONE = versions.parse("1.0.0")
LONG_AGO = datetime(2019, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    with opened(tmp_path / "data") as one:
        yield one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The other feed's folder."""
    path = tmp_path / "elsewhere"
    path.mkdir()
    return path


def run(feed: Feed, folder: Path, *, mib: int = 250) -> list[Result]:
    """Import the whole folder for Alice."""
    importer = Importing(feed.packages, feed.index, feed.publishing, mib, feed.trail)
    return list(importer.run(importing.find(folder).packages, ALICE.person, NOW))


def outcomes(results: list[Result]) -> dict[str, Outcome]:
    return {result.path.name: result.outcome for result in results}


def listed(feed: Feed) -> list[str]:
    """Every version the index knows, as id/version."""
    with feed.index.reading() as index:
        return [f"{id}/{one.key}" for id in index.ids() for one in index.versions(id)]


@pytest.mark.parametrize("layout", foreign_feeds.LAYOUTS)
def test_every_layout_is_understood(feed: Feed, folder: Path, layout: str) -> None:
    written = foreign_feeds.write(folder, layout)
    results = run(feed, folder)
    assert {result.path for result in results} == {*written}
    assert {result.outcome for result in results} == {Outcome.IMPORTED}
    assert listed(feed) == ["acme.core/1.0.0", "acme.core/1.10.0-beta.1", "acme.tools/2.0.0"]
    for path, (id, version) in zip(written, foreign_feeds.PACKAGES, strict=True):
        assert feed.packages.nupkg(id, versions.parse(version)).read_bytes() == path.read_bytes()


def test_the_file_is_known_by_its_manifest_and_not_by_its_name(feed: Feed, folder: Path) -> None:
    (folder / "whatever.NUPKG").write_bytes(make_nupkg("Acme.Core", "1.0.0"))
    run(feed, folder)
    assert listed(feed) == ["acme.core/1.0.0"]


def test_the_time_of_the_file_becomes_the_date_it_was_published(feed: Feed, folder: Path) -> None:
    old, new = foreign_feeds.write(folder, "flat", [("Acme.Core", "1.0.0"), ("Acme.New", "1.0.0")])
    foreign_feeds.dated(old, LONG_AGO + timedelta(milliseconds=700))
    foreign_feeds.dated(new, NOW + timedelta(days=3))
    run(feed, folder)
    assert feed.packages.record("acme.core", ONE).published == LONG_AGO
    assert feed.packages.record("acme.new", ONE).published == NOW, "no package is from the future"


def test_new_ids_are_the_owners_and_known_ones_stay_whose_they_are(
    feed: Feed, folder: Path
) -> None:
    feed.push("Acme.Tools", "1.0.0", by=BOB)
    foreign_feeds.write(folder, "flat")
    run(feed, folder)
    with feed.index.reading() as index:
        assert index.owners("acme.core") == (ALICE.person.id,)
        assert index.owners("acme.tools") == (BOB.person.id,)
    record = feed.packages.record("acme.core", ONE)
    assert (record.pushed_by, record.pushed_with, record.listed) == ("", "", True)


def test_what_is_here_already_is_left_alone(feed: Feed, folder: Path) -> None:
    foreign_feeds.write(folder, "flat")
    run(feed, folder)
    feed.packages.change_version("acme.core", ONE, lambda one: replace(one, listed=False))
    before = feed.packages.record("acme.core", ONE)
    assert {result.outcome for result in run(feed, folder)} == {Outcome.SAME}
    assert feed.packages.record("acme.core", ONE) == before
    assert len(listed(feed)) == len(foreign_feeds.PACKAGES)


def test_a_version_that_lies_there_twice_comes_in_once(feed: Feed, folder: Path) -> None:
    foreign_feeds.write(folder, "flat")
    foreign_feeds.write(folder, "folder feed")
    counts = Counter(result.outcome for result in run(feed, folder))
    assert counts == {Outcome.IMPORTED: 3, Outcome.SAME: 3}


def test_other_bytes_under_a_known_version_are_told_and_change_nothing(
    feed: Feed, folder: Path
) -> None:
    feed.push("Acme.Core", "1.0.0", description="Ours.")
    before = feed.packages.nupkg("acme.core", ONE).read_bytes()
    foreign_feeds.write(folder, "flat", [("Acme.Core", "1.0.0")])
    (result,) = run(feed, folder)
    assert result.outcome is Outcome.DIFFERENT
    assert result.why == "Acme.Core 1.0.0 is here with other bytes, which stay."
    assert feed.packages.nupkg("acme.core", ONE).read_bytes() == before


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"Not a package at all.", "This is not a .nupkg: it does not end as a zip does."),
        (b"", "This is not a .nupkg: it does not end as a zip does."),
        (make_nupkg()[:-30], "This is not a .nupkg: it does not end as a zip does."),
        (make_nupkg("Acme.Core", "one"), "'one' is not a version"),
        (make_nupkg(files={"big.bin": Random(90).randbytes(2**20)}), "larger than the 1 MiB"),
    ],
    ids=["text", "empty", "cut", "version", "large"],
)
def test_what_a_push_would_refuse_is_refused_with_its_reason(
    feed: Feed, folder: Path, content: bytes, why: str
) -> None:
    (folder / "bad.nupkg").write_bytes(content)
    foreign_feeds.write(folder, "flat", [("Acme.Tools", "1.0.0")])
    results = run(feed, folder, mib=1)
    assert outcomes(results) == {
        "bad.nupkg": Outcome.REFUSED,
        "Acme.Tools.1.0.0.nupkg": Outcome.IMPORTED,
    }
    (refused,) = (one for one in results if one.outcome is Outcome.REFUSED)
    assert why in refused.why
    assert listed(feed) == ["acme.tools/1.0.0"]
    assert feed.left_over() == []


def test_a_deleted_version_stays_deleted(feed: Feed, folder: Path) -> None:
    feed.push("Acme.Core", "1.0.0")
    feed.packages.bury("acme.core", ONE, Tombstone(deleted_at=NOW, deleted_by="root"))
    foreign_feeds.write(folder, "flat", [("Acme.Core", "1.0.0")])
    (result,) = run(feed, folder)
    assert result.outcome is Outcome.REFUSED
    assert "was deleted here" in result.why


def test_a_file_that_is_gone_is_refused_and_the_others_come_in(feed: Feed, folder: Path) -> None:
    foreign_feeds.write(folder, "flat", [("Acme.Core", "1.0.0")])
    (folder / "gone.nupkg").symlink_to(folder / "nowhere")
    results = run(feed, folder)
    assert outcomes(results)["gone.nupkg"] is Outcome.REFUSED
    assert outcomes(results)["Acme.Core.1.0.0.nupkg"] is Outcome.IMPORTED


def test_symbols_are_counted_and_left_out(folder: Path) -> None:
    foreign_feeds.write(folder, "flat", [("Acme.Core", "1.0.0")])
    for name in ("Acme.Core.1.0.0.symbols.nupkg", "Acme.Core.1.0.0.snupkg"):
        (folder / name).write_bytes(b"")
    found = importing.find(folder)
    assert [path.name for path in found.packages] == ["Acme.Core.1.0.0.nupkg"]
    assert found.symbols == 2


def test_a_folder_that_cannot_be_read_stops_the_import_before_it_begins(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(FieldRefused, match=r"elsewhere cannot be read: Permission denied"):
        importing.find(folder)


def test_a_full_disk_ends_the_import_and_what_came_before_stays(
    feed: Feed, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign_feeds.write(folder, "flat")
    importer = Importing(feed.packages, feed.index, feed.publishing, 250, feed.trail)
    results = importer.run(importing.find(folder).packages, ALICE.person, NOW)
    next(results)

    def full(*_: object) -> None:
        raise DiskFull

    monkeypatch.setattr(feed.packages, "prepare", full)
    with pytest.raises(DiskFull):
        list(results)
    assert listed(feed) == ["acme.core/1.0.0"]
    assert feed.left_over() == []


def test_the_index_is_told_once_for_an_id(
    feed: Feed, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign_feeds.write(folder, "folder feed")
    told: list[str] = []
    refresh = feed.index.refresh

    def note(package_id: str) -> None:
        told.append(package_id)
        refresh(package_id)

    monkeypatch.setattr(feed.index, "refresh", note)
    run(feed, folder)
    assert told == ["acme.core", "acme.tools"]


IMPORTER = """
    import sys
    sys.path.insert(0, "tests")
    from pathlib import Path
    from ninety.work import importing
    from parts.feeds import ALICE, NOW, opened

    data, folder = map(Path, sys.argv[1:])
    with opened(data) as feed:
        importer = importing.Importing(feed.packages, feed.index, feed.publishing, 250, feed.trail)
        for result in importer.run(importing.find(folder).packages, ALICE.person, NOW):
            print(result.outcome, flush=True)
"""


@pytest.mark.parametrize("done", [1, 5, 11])
def test_an_import_that_was_killed_is_completed_by_the_next(
    tmp_path: Path, folder: Path, done: int
) -> None:
    every = [(f"Acme.P{number % 4}", f"{number}.0.0") for number in range(12)]
    foreign_feeds.write(folder, "flat", every)
    with started(IMPORTER, tmp_path / "data", folder) as process:
        assert process.stdout is not None
        for _ in range(done):
            assert process.stdout.readline() == "imported\n"
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    with opened(tmp_path / "data") as feed:
        counts = Counter(result.outcome for result in run(feed, folder))
        assert set(counts) <= {Outcome.SAME, Outcome.IMPORTED}
        assert counts[Outcome.SAME] >= done
        assert counts.total() == 12
        assert sorted(listed(feed)) == sorted(f"{id.lower()}/{version}" for id, version in every)
        assert feed.left_over() == []


def test_of_two_imports_at_once_each_version_comes_in_by_one(tmp_path: Path, folder: Path) -> None:
    every = [(f"Acme.P{number % 4}", f"{number}.0.0") for number in range(12)]
    foreign_feeds.write(folder, "flat", every)
    with opened(tmp_path / "data") as feed:
        with (
            started(IMPORTER, feed.data, folder) as first,
            started(IMPORTER, feed.data, folder) as second,
        ):
            told = [process.communicate(timeout=60)[0].splitlines() for process in (first, second)]
        assert Counter(told[0] + told[1]) == {"imported": 12, "here already": 12}
        assert len(listed(feed)) == 12
        assert feed.left_over() == []
