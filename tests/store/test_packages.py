"""Package files: how a version enters, changes and stays, whatever happens meanwhile."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ninety.rules import versions
from ninety.rules.deprecation import Deprecation
from ninety.rules.errors import NotFound, RecordDamaged, VersionExists, VersionReserved
from ninety.rules.records import PackageRecord, Tombstone, VersionRecord
from ninety.store.packages import Packages, prove_renames, sweep_incoming
from parts.feeds import ALICE, NOW, Feed, opened
from parts.packages import make_nupkg

TESTS = Path(__file__).parents[1]
ONE = versions.parse("1.0.0")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    with opened(tmp_path / "data") as one:
        yield one


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_version_lies_in_the_layout_of_a_folder_feed(feed: Feed) -> None:
    feed.push(
        "Acme.Core",
        "1.2.0.0-Beta+x",
        files={"readme.md": b"# Hello", "icon.png": PNG, "LICENSE.txt": b"Do as you like."},
        readme="readme.md",
        icon="icon.png",
        license={"type": "file", "": "LICENSE.txt"},
    )
    assert tree(feed.data / "packages") == [
        "acme.core/1.2.0-beta/acme.core.1.2.0-beta.nupkg",
        "acme.core/1.2.0-beta/acme.core.1.2.0-beta.nupkg.sha512",
        "acme.core/1.2.0-beta/acme.core.nuspec",
        "acme.core/1.2.0-beta/icon",
        "acme.core/1.2.0-beta/license",
        "acme.core/1.2.0-beta/readme",
        "acme.core/1.2.0-beta/record.json",
        "acme.core/package.json",
    ]
    folder = feed.data / "packages" / "acme.core" / "1.2.0-beta"
    assert (folder / "icon").read_bytes() == PNG
    assert (folder / "readme").read_bytes() == b"# Hello"
    assert b"<id>Acme.Core</id>" in (folder / "acme.core.nuspec").read_bytes()


def test_the_bytes_are_kept_as_pushed_with_their_digest(feed: Feed) -> None:
    pushed = make_nupkg("Acme.Core", "1.0.0")
    record = feed.push("Acme.Core", "1.0.0")
    path = feed.packages.nupkg("acme.core", ONE)
    assert path.read_bytes() == pushed
    assert record.size == len(pushed)
    assert path.with_name(f"{path.name}.sha512").read_text() == record.sha512
    assert base64.b64decode(record.sha512) == hashlib.sha512(pushed).digest()


def test_only_the_feed_can_read_what_it_keeps(feed: Feed) -> None:
    feed.push()
    for path in (feed.data / "packages").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_records_come_back_as_they_were_written(feed: Feed) -> None:
    pushed = feed.push("Acme.Core", "1.0.0-Beta.1+build", dependencies=[("Acme.Base", "1.0")])
    bare = replace(pushed.manifest, nuspec=b"")
    assert feed.packages.record("ACME.core", pushed.version) == replace(pushed, manifest=bare)


def test_every_field_of_a_record_survives_json(feed: Feed) -> None:
    record = replace(
        feed.push(),
        listed=False,
        deprecation=Deprecation(
            reasons=("Legacy", "Other"), message="Old.", alternative_id="Acme.New"
        ),
        tombstone=Tombstone(deleted_at=NOW, deleted_by="root", why="A secret was in it."),
    )
    record = replace(record, manifest=replace(record.manifest, nuspec=b""))
    assert VersionRecord.from_json(json.loads(json.dumps(record.to_json()))) == record
    package = PackageRecord(id="Acme.Core", owners=("alice", "bob"), claimed_at=NOW)
    assert PackageRecord.from_json(json.loads(json.dumps(package.to_json()))) == package


@pytest.mark.parametrize("id", ["..", "a/b", "", "a..b", "Ünicode", "a\0b", "package json"])
def test_text_that_is_no_id_leads_nowhere(feed: Feed, id: str) -> None:
    with pytest.raises(NotFound):
        feed.packages.folder(id)


def test_a_version_is_admitted_once(feed: Feed) -> None:
    feed.push("Acme.Core", "1.0.0")
    before = feed.packages.nupkg("acme.core", ONE).read_bytes()
    for same in ("1.0.0", "1.0", "1.0.0.0", "1.0.0+build"):
        with pytest.raises(VersionExists):
            feed.push("ACME.core", same, files={"other.txt": b"other"})
    assert feed.packages.nupkg("acme.core", ONE).read_bytes() == before
    assert feed.left_over() == []


def test_an_unlisted_version_says_that_it_can_be_relisted(feed: Feed) -> None:
    feed.push()
    feed.packages.change_version("acme.core", ONE, lambda one: replace(one, listed=False))
    with pytest.raises(VersionExists, match="relist"):
        feed.push()


def test_a_deleted_version_leaves_its_number_taken(feed: Feed) -> None:
    feed.push()
    feed.packages.bury("acme.core", ONE, Tombstone(deleted_at=NOW, deleted_by="root"))
    folder = feed.data / "packages" / "acme.core" / "1.0.0"
    assert tree(folder) == ["record.json"]
    with pytest.raises(VersionReserved):
        feed.push()
    with pytest.raises(NotFound):
        feed.packages.change_version("acme.core", ONE, lambda one: replace(one, listed=True))


def test_what_is_not_there_cannot_be_changed(feed: Feed) -> None:
    feed.push()
    with pytest.raises(NotFound):
        feed.packages.change_version("acme.core", versions.parse("2.0.0"), lambda one: one)
    with pytest.raises(NotFound):
        feed.packages.change_version("other", ONE, lambda one: one)
    with pytest.raises(NotFound):
        feed.packages.change_package("other", lambda one: one)
    assert not (feed.data / "packages" / "other").exists()


def test_owners_are_kept_with_the_id(feed: Feed) -> None:
    feed.push()
    feed.packages.change_package("acme.core", lambda one: replace(one, owners=(*one.owners, "bob")))
    package = feed.packages.package("Acme.Core")
    assert package is not None
    assert package.owners == ("alice", "bob")


def test_every_change_makes_the_id_look_later(feed: Feed) -> None:
    """Even where all happen within one tick of a clock that was set back."""
    folder = feed.data / "packages" / "acme.core"
    feed.push()
    ahead = folder.stat().st_mtime_ns + 10**12
    os.utime(folder, ns=(ahead, ahead))
    seen = [feed.packages.changed_at("acme.core")]
    for change in (
        lambda: feed.push("Acme.Core", "2.0.0"),
        lambda: feed.push("Acme.Core", "3.0.0"),
        lambda: feed.packages.change_version(
            "acme.core", ONE, lambda one: replace(one, listed=False)
        ),
        lambda: feed.packages.change_package("acme.core", lambda one: replace(one, owners=("b",))),
    ):
        change()
        seen.append(feed.packages.changed_at("acme.core"))
    assert seen == sorted(set(seen))


def test_a_damaged_record_is_named_and_not_replaced(feed: Feed) -> None:
    feed.push()
    path = feed.packages.file("acme.core", ONE, "record.json")
    path.write_text("{half")
    with pytest.raises(RecordDamaged, match=r"record\.json"):
        feed.packages.record("acme.core", ONE)
    with pytest.raises(VersionExists):
        feed.push()
    assert path.read_text() == "{half"


def test_a_new_id_is_claimed_by_one_of_many(tmp_path: Path) -> None:
    packages = Packages(tmp_path)
    won: list[str] = []
    start = threading.Barrier(8)

    def claim(owner: str) -> None:
        start.wait()
        if packages.claim("Acme.Core", owner, NOW):
            won.append(owner)

    threads = [threading.Thread(target=claim, args=(f"person{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    package = packages.package("acme.core")
    assert package is not None
    assert [package.owners] == [(owner,) for owner in won]
    assert list(packages.incoming.iterdir()) == []


def test_the_sweep_removes_whatever_was_in_flight(tmp_path: Path) -> None:
    packages = Packages(tmp_path)
    (packages.incoming / "abc").mkdir()
    (packages.incoming / "abc" / "uploaded").write_bytes(b"half")
    (packages.incoming / "claim.json").write_bytes(b"{}")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"")
    (packages.incoming / "link").symlink_to(outside)
    sweep_incoming(tmp_path)
    assert list(packages.incoming.iterdir()) == []
    assert (outside / "kept").exists()


def test_the_proof_of_renames_leaves_nothing(tmp_path: Path) -> None:
    prove_renames(tmp_path)
    prove_renames(tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "incoming",
        "packages",
    ]


def test_folders_on_two_file_systems_are_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(OSError, match="cross-device"):
        prove_renames(tmp_path)
    assert list((tmp_path / "incoming").iterdir()) == []


def interrupted(folder: Path, how: str) -> list[dict[str, Any]]:
    """What became of a push that was stopped at every step on the disk in turn."""
    done = subprocess.run(
        [sys.executable, "-m", "parts.interrupted", str(folder), how],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    outcomes: list[dict[str, Any]] = json.loads(done.stdout)
    return outcomes


def whole(outcome: dict[str, Any]) -> bool:
    names = {"acme.core.1.0.0.nupkg", "acme.core.1.0.0.nupkg.sha512", "acme.core.nuspec"}
    return {*outcome["files"]} == {*names, "record.json"} and outcome["found"] == ["1.0.0"]


def test_a_push_killed_at_any_step_can_be_done_again(tmp_path: Path) -> None:
    outcomes = interrupted(tmp_path, "kill")
    again = [outcome["again"] for outcome in outcomes]
    admitted = again.index("VersionExists")
    assert admitted >= 15, "the steps before the rename are among those it was killed at"
    assert set(again[:admitted]) == {"pushed"}
    assert set(again[admitted:]) == {"VersionExists"}
    assert all(outcome["left"] == [] for outcome in outcomes)
    assert all(whole(outcome) for outcome in outcomes)


def test_a_disk_that_fills_at_any_step_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    outcomes = interrupted(tmp_path, "full")
    assert {outcome["first"] for outcome in outcomes} == {"DiskFull", "pushed"}
    for outcome in outcomes:
        stored = outcome["first"] == "pushed"
        assert outcome["again"] == ("VersionExists" if stored else "pushed")
        assert outcome["left"] == []
        assert whole(outcome)


def test_nothing_changes_while_another_holds_the_id(feed: Feed) -> None:
    """Changes to one id in two threads are one after the other, and none is lost."""
    feed.push()

    def add(name: str) -> None:
        feed.packages.change_package(
            "acme.core", lambda one: replace(one, owners=(*one.owners, name))
        )

    threads = [threading.Thread(target=add, args=(f"p{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    package = feed.packages.package("acme.core")
    assert package is not None
    assert sorted(package.owners) == [ALICE.person.id, *(f"p{n}" for n in range(8))]
