"""Listing, deprecating and sharing packages, by people with and without the right to."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ninety.rules import search, versions
from ninety.rules.deprecation import Deprecation
from ninety.rules.errors import FieldRefused, LastOwner, NotFound, NotOwner, VersionExists
from ninety.rules.people import Person
from ninety.rules.records import Tombstone
from ninety.store.index_reading import Asker
from parts.feeds import ADMIN, ALICE, BOB, NOW, OUTSIDER, Feed, holder, opened
from parts.scripts import finished

LEGACY = Deprecation(reasons=("Legacy",), message="Use Acme.Next.", alternative_id="Acme.Next")
BUGGY = Deprecation(reasons=("CriticalBugs",))


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    with opened(tmp_path / "data") as one:
        for who in (ALICE, BOB, OUTSIDER, ADMIN):
            one.accounts.add(who.person)
        yield one


@pytest.fixture
def three(feed: Feed) -> Feed:
    """A feed where Alice pushed three versions of Acme.Core."""
    for version in ("1.0.0", "1.1.0", "2.0.0-beta"):
        feed.push("Acme.Core", version)
    return feed


def owners(feed: Feed, id: str = "Acme.Core") -> tuple[str, ...]:
    """The owners by the file, which the index has to agree with."""
    package = feed.packages.package(id)
    assert package is not None
    with feed.index.reading() as index:
        assert index.owners(package.key) == package.owners
    return package.owners


def deprecated(feed: Feed, id: str = "Acme.Core") -> dict[str, Deprecation]:
    """The deprecated versions by their files, which the index has to agree with."""
    found = {
        key: mark
        for key in feed.packages.version_keys(id)
        if (mark := feed.packages.record(id, versions.parse(key)).deprecation)
    }
    with feed.index.reading() as index:
        listed = index.versions(id.lower())
        assert {one.key for one in listed if one.deprecated} == found.keys()
        for one in listed:
            record = index.record(id.lower(), one.sort_key)
            assert record is not None
            assert record.deprecation == found.get(one.key)
    return found


def searched(feed: Feed) -> list[str]:
    with feed.index.reading() as index:
        found = index.search(search.parse(""), Asker(prerelease=True), 0, 20)
    return [f"{hit.newest.id} {hit.newest.version}" for hit in found.hits]


# Listing


@pytest.mark.parametrize("written", ["1.0.0-BETA", "1.0-beta", "1.0.0.0-Beta+x", "01.0.0-beta"])
@pytest.mark.parametrize("who", [ALICE, ALICE.person], ids=["by key", "by page"])
def test_unlisting_takes_any_writing_of_a_version_and_may_be_repeated(
    feed: Feed, written: str, who: Person
) -> None:
    feed.push("Acme.Core", "1.0.0-Beta")
    for _ in range(2):
        assert not feed.stewardship.unlist(who, "ACME.core", written, NOW).listed
    for _ in range(2):
        assert feed.stewardship.relist(who, "acme.Core", written, NOW).listed


def test_searches_follow_what_is_listed(three: Feed) -> None:
    three.stewardship.unlist(ALICE.person, "Acme.Core", "2.0.0-beta", NOW)
    assert searched(three) == ["Acme.Core 1.1.0"]
    for version in ("1.0.0", "1.1.0"):
        three.stewardship.unlist(ALICE.person, "Acme.Core", version, NOW)
    assert searched(three) == []
    with pytest.raises(VersionExists, match="relist"):
        three.push("Acme.Core", "1.0.0")
    three.stewardship.relist(ALICE.person, "Acme.Core", "1.0.0", NOW)
    assert searched(three) == ["Acme.Core 1.0.0"]


def changes(feed: Feed) -> list[Callable[[Person], object]]:
    """Everything a person can do to Alice's package."""
    work = feed.stewardship
    return [
        lambda who: work.unlist(who, "Acme.Core", "1.0.0", NOW),
        lambda who: work.unlist(replace(BOB, person=who), "Acme.Core", "1.0.0", NOW),
        lambda who: work.relist(who, "Acme.Core", "1.0.0", NOW),
        lambda who: work.deprecate(who, "Acme.Core", ["1.0.0"], LEGACY, NOW),
        lambda who: work.undeprecate(who, "Acme.Core", ["1.0.0"], NOW),
        lambda who: work.add_owner(who, "Acme.Core", "bob@example.org", NOW),
        lambda who: work.remove_owner(who, "Acme.Core", "bob", NOW),
    ]


def test_only_owners_and_admins_change_anything(feed: Feed) -> None:
    feed.push()
    before = feed.packages.changed_at("acme.core")
    for change in changes(feed):
        with pytest.raises(NotOwner):
            change(OUTSIDER.person)
    assert feed.packages.changed_at("acme.core") == before
    for who in (ALICE, ADMIN):
        for change in changes(feed):
            change(who.person)
    assert owners(feed) == ("alice",)


@pytest.mark.parametrize(
    ("id", "version"),
    [
        ("Acme.Core", "2.0.0"),
        ("Acme.Core", "nonsense"),
        ("Acme.Core", ""),
        ("Other", "1.0.0"),
        ("..", "1.0.0"),
        ("", "1.0.0"),
    ],
)
def test_what_is_not_there_cannot_be_changed(feed: Feed, id: str, version: str) -> None:
    feed.push()
    work = feed.stewardship
    for change in (
        lambda: work.unlist(ALICE, id, version, NOW),
        lambda: work.relist(ALICE.person, id, version, NOW),
        lambda: work.deprecate(ALICE.person, id, ["1.0.0", version], LEGACY, NOW),
        lambda: work.undeprecate(ALICE.person, id, ["1.0.0", version], NOW),
    ):
        with pytest.raises(NotFound):
            change()
    assert deprecated(feed) == {}


# Deprecation


def test_one_version_or_several_or_all_are_deprecated(three: Feed) -> None:
    deprecate = three.stewardship.deprecate
    assert deprecate(ALICE.person, "acme.core", ["1.0"], BUGGY, NOW) == [versions.parse("1.0.0")]
    assert deprecated(three) == {"1.0.0": BUGGY}
    deprecate(ALICE.person, "Acme.Core", ["1.1.0", "1.0.0", "1.0.0.0"], LEGACY, NOW)
    assert deprecated(three) == {"1.0.0": LEGACY, "1.1.0": LEGACY}
    said = deprecate(ALICE.person, "Acme.Core", None, BUGGY, NOW)
    assert [str(one) for one in said] == ["1.0.0", "1.1.0", "2.0.0-beta"]
    assert deprecated(three) == dict.fromkeys(("1.0.0", "1.1.0", "2.0.0-beta"), BUGGY)
    three.stewardship.undeprecate(ALICE.person, "Acme.Core", ["1.0.0"], NOW)
    assert deprecated(three).keys() == {"1.1.0", "2.0.0-beta"}
    three.stewardship.undeprecate(ALICE.person, "Acme.Core", None, NOW)
    assert deprecated(three) == {}


def test_deprecating_changes_nothing_else(three: Feed) -> None:
    one = versions.parse("1.0.0")
    three.stewardship.unlist(ALICE, "Acme.Core", "1.0.0", NOW)
    before = three.packages.record("Acme.Core", one)
    three.stewardship.deprecate(ALICE.person, "Acme.Core", ["1.0.0"], LEGACY, NOW)
    assert three.packages.record("Acme.Core", one) == replace(before, deprecation=LEGACY)


def test_no_version_at_all_is_refused(three: Feed) -> None:
    with pytest.raises(FieldRefused) as refused:
        three.stewardship.deprecate(ALICE.person, "Acme.Core", [], LEGACY, NOW)
    assert refused.value.field == "versions"


def test_a_deleted_version_is_none_of_all(three: Feed) -> None:
    three.packages.bury(
        "Acme.Core", versions.parse("1.0.0"), Tombstone(deleted_at=NOW, deleted_by="root")
    )
    three.stewardship.deprecate(ALICE.person, "Acme.Core", None, LEGACY, NOW)
    assert deprecated(three).keys() == {"1.1.0", "2.0.0-beta"}
    with pytest.raises(NotFound):
        three.stewardship.deprecate(ALICE.person, "Acme.Core", ["1.0.0"], LEGACY, NOW)


def test_what_was_marked_before_the_disk_was_full_reaches_the_index(
    three: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_version, turns = three.packages.change_version, iter((True, False))

    def full_after_one(*arguments: object) -> object:
        if not next(turns):
            raise OSError(28, "No space left on device")
        return change_version(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(three.packages, "change_version", full_after_one)
    with pytest.raises(OSError, match="No space"):
        three.stewardship.deprecate(ALICE.person, "Acme.Core", None, LEGACY, NOW)
    assert deprecated(three).keys() == {"1.0.0"}


# Owners


def test_a_new_owner_pushes_and_shares_until_removed(feed: Feed) -> None:
    feed.push()
    assert (
        feed.stewardship.add_owner(ALICE.person, "Acme.Core", " BOB@example.org", NOW) == BOB.person
    )
    assert owners(feed) == ("alice", "bob")
    feed.push("Acme.Core", "2.0.0", by=BOB)
    feed.stewardship.add_owner(BOB.person, "Acme.Core", "mallory@example.org", NOW)
    feed.stewardship.remove_owner(ALICE.person, "Acme.Core", "bob", NOW)
    assert owners(feed) == ("alice", "mallory")
    with pytest.raises(NotOwner):
        feed.push("Acme.Core", "3.0.0", by=BOB)


def test_adding_and_removing_twice_is_as_good_as_once(feed: Feed) -> None:
    feed.push()
    for _ in range(2):
        feed.stewardship.add_owner(ALICE.person, "Acme.Core", "bob@example.org", NOW)
        assert owners(feed) == ("alice", "bob")
    for _ in range(2):
        feed.stewardship.remove_owner(ALICE.person, "Acme.Core", "bob", NOW)
        assert owners(feed) == ("alice",)


def test_an_owner_may_leave_while_another_remains(feed: Feed) -> None:
    feed.push()
    with pytest.raises(LastOwner, match="add another owner before removing alice@"):
        feed.stewardship.remove_owner(ALICE.person, "Acme.Core", "alice", NOW)
    feed.stewardship.add_owner(ALICE.person, "Acme.Core", "bob@example.org", NOW)
    feed.stewardship.remove_owner(ALICE.person, "Acme.Core", "alice", NOW)
    assert owners(feed) == ("bob",)
    with pytest.raises(LastOwner):
        feed.stewardship.remove_owner(ADMIN.person, "Acme.Core", "bob", NOW)
    assert owners(feed) == ("bob",)


def test_an_owner_who_cannot_sign_in_is_not_enough(feed: Feed) -> None:
    feed.push()
    feed.stewardship.add_owner(ALICE.person, "Acme.Core", "bob@example.org", NOW)
    feed.accounts.change("bob", lambda bob: replace(bob, disabled_at=NOW))
    with pytest.raises(LastOwner):
        feed.stewardship.remove_owner(ALICE.person, "Acme.Core", "alice", NOW)
    feed.accounts.remove("bob")
    with pytest.raises(LastOwner):
        feed.stewardship.remove_owner(ALICE.person, "Acme.Core", "alice", NOW)
    feed.stewardship.remove_owner(ALICE.person, "Acme.Core", "bob", NOW)
    assert owners(feed) == ("alice",)


def test_a_package_whose_owner_is_gone_finds_another_by_an_admin(feed: Feed) -> None:
    feed.push()
    feed.accounts.remove("alice")
    with pytest.raises(LastOwner, match="this owner"):
        feed.stewardship.remove_owner(ADMIN.person, "Acme.Core", "alice", NOW)
    feed.stewardship.add_owner(ADMIN.person, "Acme.Core", "bob@example.org", NOW)
    feed.stewardship.remove_owner(ADMIN.person, "Acme.Core", "alice", NOW)
    assert owners(feed) == ("bob",)


@pytest.mark.parametrize("email", ["nobody@example.org", "", "bob", "carol@example.org", "\0"])
def test_whoever_cannot_sign_in_does_not_become_an_owner(feed: Feed, email: str) -> None:
    feed.push()
    feed.accounts.add(replace(holder("carol").person, disabled_at=NOW))
    with pytest.raises(FieldRefused) as refused:
        feed.stewardship.add_owner(ALICE.person, "Acme.Core", email, NOW)
    assert refused.value.field == "email"
    assert owners(feed) == ("alice",)


# Many at once


def all_at_once(tasks: list[Callable[[], object]]) -> list[Exception]:
    """Begin all in the same moment; what those raised that could not."""
    start, refusals = threading.Barrier(len(tasks)), []

    def run(task: Callable[[], object]) -> None:
        start.wait()
        try:
            task()
        except (LastOwner, NotOwner) as refusal:
            refusals.append(refusal)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refusals


def test_of_changes_at_once_none_is_lost(three: Feed) -> None:
    work = three.stewardship
    people = [holder(f"person{number}") for number in range(6)]
    for one in people:
        three.accounts.add(one.person)
    refused = all_at_once(
        [
            *(
                lambda email=one.person.email: work.add_owner(ALICE.person, "Acme.Core", email, NOW)  # type: ignore[misc]
                for one in people
            ),
            lambda: work.unlist(ALICE.person, "Acme.Core", "1.0.0", NOW),
            lambda: work.deprecate(ADMIN.person, "Acme.Core", ["1.0.0"], LEGACY, NOW),
            lambda: work.deprecate(ALICE.person, "Acme.Core", ["1.1.0"], BUGGY, NOW),
            lambda: three.push("Acme.Core", "3.0.0"),
        ]
    )
    assert refused == []
    assert set(owners(three)) == {"alice", *(f"person{number}" for number in range(6))}
    assert deprecated(three) == {"1.0.0": LEGACY, "1.1.0": BUGGY}
    assert not three.packages.record("Acme.Core", versions.parse("1.0.0")).listed


def test_two_owners_who_leave_at_once_do_not_leave_nobody(feed: Feed) -> None:
    feed.push()
    for turn in range(5):
        feed.stewardship.add_owner(ADMIN.person, "Acme.Core", "alice@example.org", NOW)
        feed.stewardship.add_owner(ADMIN.person, "Acme.Core", "bob@example.org", NOW)
        (refused,) = all_at_once(
            [
                lambda: feed.stewardship.remove_owner(ALICE.person, "Acme.Core", "alice", NOW),
                lambda: feed.stewardship.remove_owner(BOB.person, "Acme.Core", "bob", NOW),
            ]
        )
        assert isinstance(refused, LastOwner), turn
        assert len(owners(feed)) == 1


def test_whoever_was_removed_meanwhile_changes_no_owners(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alice removes Bob after he was found to be an owner, and before he adds Mallory."""
    feed.push()
    feed.stewardship.add_owner(ALICE.person, "Acme.Core", "bob@example.org", NOW)
    by_email = feed.accounts.by_email

    def removed_meanwhile(email: str) -> Person | None:
        feed.stewardship.remove_owner(ALICE.person, "Acme.Core", "bob", NOW)
        return by_email(email)

    monkeypatch.setattr(feed.accounts, "by_email", removed_meanwhile)
    with pytest.raises(NotOwner):
        feed.stewardship.add_owner(BOB.person, "Acme.Core", "mallory@example.org", NOW)
    assert owners(feed) == ("alice",)


OWNER = """
    import sys
    sys.path.insert(0, "tests")
    from pathlib import Path
    from parts.feeds import ALICE, NOW, holder, opened
    from ninety.rules.deprecation import Deprecation

    with opened(Path(sys.argv[1])) as feed:
        for number in range(10):
            email = f"{sys.argv[2]}{number}@example.org"
            feed.stewardship.add_owner(ALICE.person, "Acme.Core", email, NOW)
            mark = Deprecation(reasons=("Other",), message=sys.argv[2])
            feed.stewardship.deprecate(ALICE.person, "Acme.Core", [f"{number}.0.0"], mark, NOW)
"""


def test_of_the_changes_of_two_processes_none_is_lost(feed: Feed) -> None:
    for number in range(10):
        feed.push("Acme.Core", f"{number}.0.0")
        for name in ("left", "right"):
            feed.accounts.add(holder(f"{name}{number}").person)
    threads = [
        threading.Thread(target=finished, args=(OWNER, feed.data, name))
        for name in ("left", "right")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everybody = {f"{name}{number}" for name in ("left", "right") for number in range(10)}
    assert set(owners(feed)) == {"alice", *everybody}
    marks = deprecated(feed)
    assert marks.keys() == {f"{number}.0.0" for number in range(10)}
    assert {mark.message for mark in marks.values()} <= {"left", "right"}
