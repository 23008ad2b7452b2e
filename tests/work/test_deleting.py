"""Deleting versions for good: by whom, what stays, and what a kill leaves."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ninety.rules import versions
from ninety.rules.errors import FieldRefused, NotAllowed, NotFound, VersionReserved
from ninety.work.deleting import Deleting
from parts.feeds import ADMIN, ALICE, NOW, Feed, opened

TESTS = Path(__file__).parents[1]
ONE = versions.parse("1.0.0")


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    with opened(tmp_path / "data") as one:
        yield one


@pytest.fixture
def deleting(feed: Feed) -> Deleting:
    return Deleting(feed.packages, feed.index, feed.trail)


def test_a_deleted_version_keeps_who_deleted_it_when_and_why(
    feed: Feed, deleting: Deleting
) -> None:
    feed.push()
    deleting.delete(ADMIN.person, "ACME.core", "1.0", "  A secret\nwas in it. ", NOW)
    tombstone = feed.packages.record("acme.core", ONE).tombstone
    assert tombstone is not None
    assert (tombstone.deleted_by, tombstone.deleted_at) == ("root", NOW)
    assert tombstone.why == "A secret was in it."
    folder = feed.data / "packages" / "acme.core" / "1.0.0"
    assert [path.name for path in folder.iterdir()] == ["record.json"]


def test_its_number_stays_taken_and_the_others_stay(feed: Feed, deleting: Deleting) -> None:
    feed.push("Acme.Core", "1.0.0")
    feed.push("Acme.Core", "2.0.0")
    deleting.delete(ADMIN.person, "Acme.Core", "1.0.0", "Wrong.", NOW)
    with pytest.raises(VersionReserved, match="stays reserved"):
        feed.push("Acme.Core", "1.0.0")
    with feed.index.reading() as index:
        assert [one.key for one in index.versions("acme.core")] == ["2.0.0"]


def test_the_id_stays_its_owners_when_its_last_version_goes(feed: Feed, deleting: Deleting) -> None:
    feed.push()
    deleting.delete(ADMIN.person, "Acme.Core", "1.0.0", "Wrong.", NOW)
    package = feed.packages.package("acme.core")
    assert package is not None
    assert package.owners == (ALICE.person.id,)
    with feed.index.reading() as index:
        assert index.versions("acme.core") == []


@pytest.mark.parametrize("who", [ALICE.person, replace(ADMIN.person, disabled_at=NOW)])
def test_only_an_admin_who_may_sign_in_deletes(feed: Feed, deleting: Deleting, who: object) -> None:
    feed.push()
    with pytest.raises(NotAllowed):
        deleting.delete(who, "Acme.Core", "1.0.0", "Mine.", NOW)  # type: ignore[arg-type]
    assert feed.packages.nupkg("acme.core", ONE).exists()


@pytest.mark.parametrize("why", ["", " \n", "x" * 1001])
def test_nothing_is_deleted_without_a_reason(feed: Feed, deleting: Deleting, why: str) -> None:
    feed.push()
    with pytest.raises(FieldRefused, match="Say why"):
        deleting.delete(ADMIN.person, "Acme.Core", "1.0.0", why, NOW)
    assert feed.packages.nupkg("acme.core", ONE).exists()


@pytest.mark.parametrize(
    ("id", "version"),
    [("Acme.Core", "2.0.0"), ("Acme.Core", "one"), ("Other", "1.0.0"), ("..", "1.0.0")],
)
def test_what_is_not_there_cannot_be_deleted(
    feed: Feed, deleting: Deleting, id: str, version: str
) -> None:
    feed.push()
    with pytest.raises(NotFound):
        deleting.delete(ADMIN.person, id, version, "Gone.", NOW)


def test_a_deleted_version_cannot_be_deleted_again(feed: Feed, deleting: Deleting) -> None:
    feed.push()
    deleting.delete(ADMIN.person, "Acme.Core", "1.0.0", "Wrong.", NOW)
    with pytest.raises(NotFound):
        deleting.delete(ADMIN.person, "Acme.Core", "1.0.0", "Wrong.", NOW)


def test_a_deletion_killed_at_any_step_is_finished_by_doing_it_again(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "parts.interrupted_deletion", str(tmp_path)],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    outcomes = json.loads(done.stdout)
    assert len(outcomes) >= 10
    begun = [outcome["reserved"] for outcome in outcomes]
    assert begun == sorted(begun), "once the number is reserved it stays so"
    assert True in begun
    assert False in begun
    for outcome in outcomes:
        assert outcome["bytes"] or outcome["reserved"], "no bytes go before the record says so"
        assert outcome["indexed"] == (0 if outcome["reserved"] else 1)
        finished = outcome["again"] == "NotFound"
        assert outcome["again"] in ("deleted", "NotFound")
        assert not (finished and outcome["bytes"])
        assert outcome["why"] == ("first" if outcome["reserved"] else "again")
        assert outcome["files"] == ["record.json"]
        assert outcome["left in the index"] == 0
