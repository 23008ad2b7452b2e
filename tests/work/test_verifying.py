"""Verifying a whole feed: the ids, what lies beside them, and the index."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ninety.rules.errors import IndexRebuilding
from ninety.rules.people import Person
from ninety.store.files import locked
from ninety.work.verifying import Finding, Standing, Verifying
from parts.feeds import ALICE, BOB, NOW, Feed, opened

PROBLEM, REPAIRED, NOTE = Standing.PROBLEM, Standing.REPAIRED, Standing.NOTE


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    """Alice's packages; Alice and Bob have accounts."""
    with opened(tmp_path / "data") as one:
        for who in (ALICE, BOB):
            one.accounts.add(
                Person(id=who.person.id, email=who.person.email, password_hash="", made_at=NOW)
            )
        for id, version in (("Acme.Core", "1.0.0"), ("Acme.Core", "2.0.0"), ("Tools", "1.0.0")):
            one.push(id, version)
        yield one


def verify(feed: Feed, *, repair: bool = False) -> list[Finding]:
    verifying = Verifying(feed.packages, feed.index, feed.accounts)
    return [found for check in verifying.checks(repair=repair) for found in check()]


def standings(found: list[Finding]) -> list[tuple[str, Standing]]:
    return [(one.where, one.standing) for one in found]


def test_a_feed_is_well(feed: Feed) -> None:
    assert verify(feed) == verify(feed, repair=True) == []
    assert Verifying(feed.packages, feed.index, feed.accounts).versions() == 3


def test_every_version_is_looked_at(feed: Feed) -> None:
    for sidecar in feed.data.glob("packages/*/*/*.nuspec"):
        sidecar.unlink()
    places = ["acme.core 1.0.0", "acme.core 2.0.0", "tools 1.0.0"]
    assert standings(verify(feed)) == [(place, PROBLEM) for place in places]
    assert standings(verify(feed, repair=True)) == [(place, REPAIRED) for place in places]
    assert verify(feed) == []


def test_owners_without_an_account_are_told_and_left(feed: Feed) -> None:
    feed.accounts.remove("alice")
    assert standings(verify(feed, repair=True)) == [("acme.core", NOTE), ("tools", NOTE)]


def test_an_id_whose_owners_were_lost_goes_back_to_its_first_pusher(feed: Feed) -> None:
    feed.push("Acme.Core", "3.0.0")
    (feed.data / "packages" / "acme.core" / "package.json").unlink()
    assert standings(verify(feed)) == [("acme.core", PROBLEM), ("acme.core", PROBLEM)]
    assert standings(verify(feed, repair=True)) == [("acme.core", REPAIRED)]
    package = feed.packages.package("acme.core")
    assert package is not None
    assert (package.id, package.owners) == ("Acme.Core", ("alice",))
    assert verify(feed) == []


def test_an_id_nobody_is_known_to_have_pushed_is_told(feed: Feed) -> None:
    (feed.data / "packages" / "tools" / "package.json").unlink()
    feed.accounts.remove("alice")
    found = [one for one in verify(feed, repair=True) if one.where == "tools"]
    assert [one.standing for one in found] == [PROBLEM, REPAIRED], "the index follows"
    assert "whoever pushes to it next owns it" in found[0].what


def test_owners_that_cannot_be_read_are_told_and_break_nothing(feed: Feed) -> None:
    path = feed.data / "packages" / "tools" / "package.json"
    path.write_text("{half")
    feed.index.refresh("tools")
    assert standings(verify(feed, repair=True)) == [("tools", PROBLEM)]
    assert path.read_text() == "{half"


def test_what_does_not_belong_is_told_and_only_our_own_leftovers_go(feed: Feed) -> None:
    root = feed.data / "packages"
    for stray in ("Acme.Core", "acme.core/1.0", "acme.core/1.0.0-BETA"):
        (root / stray).mkdir()
    (root / "notes.txt").touch()
    leftover = root / "tools" / f".package.json.{'0' * 16}.tmp"
    leftover.touch()
    (feed.packages.incoming / "killed").mkdir()
    strange = [
        ("packages/Acme.Core", PROBLEM),
        ("packages/notes.txt", PROBLEM),
        ("packages/acme.core/1.0", PROBLEM),
        ("packages/acme.core/1.0.0-BETA", PROBLEM),
    ]
    ours = [("incoming/killed", REPAIRED), (f"packages/tools/{leftover.name}", REPAIRED)]
    assert sorted(standings(verify(feed))) == sorted(
        [*strange, *((where, PROBLEM) for where, _ in ours)]
    )
    assert sorted(standings(verify(feed, repair=True))) == sorted([*strange, *ours])
    assert sorted(standings(verify(feed))) == sorted(strange)


def test_an_id_whose_first_push_was_cut_off_is_well(feed: Feed) -> None:
    feed.packages.claim("Acme.New", "alice", NOW)
    (feed.data / "packages" / "acme.newer").mkdir()
    feed.index.catch_up()
    assert verify(feed) == []


def rows(feed: Feed, statement: str) -> None:
    """Change the index behind everybody's back."""
    connection = sqlite3.connect(feed.data / "index.sqlite")
    with connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("DELETE FROM versions WHERE id = 'tools'", "tools"),
        ("UPDATE ids SET owners = '[\"mallory\"]' WHERE id = 'tools'", "tools"),
        (
            "UPDATE versions SET record = replace(record, 'Acme', 'Emca') WHERE id = 'tools'",
            "tools",
        ),
        ("INSERT INTO ids VALUES ('nowhere', 1, '[\"alice\"]')", "nowhere"),
    ],
)
def test_an_index_that_tells_otherwise_is_made_anew(feed: Feed, statement: str, where: str) -> None:
    rows(feed, statement)
    assert standings(verify(feed)) == [(where, PROBLEM)]
    verify(feed, repair=True)
    assert verify(feed) == []


def test_an_index_that_missed_a_change_catches_up(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr("ninety.store.index_file.IndexFile.write", full)
        feed.push("Tools", "2.0.0")
    assert standings(verify(feed)) == [("tools", PROBLEM)]
    assert standings(verify(feed, repair=True)) == [("tools", REPAIRED)]
    assert verify(feed) == []


def test_an_index_that_is_being_made_is_told(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ninety.store.index.WAIT_SECONDS", 0.01)
    with locked(feed.data / "index.lock"):
        (feed.data / "index.sqlite").unlink()
        (found,) = verify(feed)
    assert (found.where, found.standing) == ("index.sqlite", PROBLEM)
    assert found.what == f"{IndexRebuilding()}."
