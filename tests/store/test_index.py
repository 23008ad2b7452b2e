"""The index: derived from the folder, and back whatever becomes of its file."""

import os
import random
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from ninety.rules import search, versions
from ninety.rules.errors import IndexRebuilding
from ninety.rules.records import Tombstone
from ninety.store.files import locked
from ninety.store.index_file import MOST_IDLE
from ninety.store.index_reading import Asker
from parts.feeds import NOW, Feed, opened
from parts.scripts import finished
from parts.waiting import wait_until

EVERYTHING = Asker(prerelease=True, semver2=True)
SHELF = (
    ("Newtonsoft.Json", "13.0.1", {"tags": "json", "description": "Popular framework for .NET."}),
    ("Newtonsoft.Json", "13.0.2-beta1", {}),
    ("Acme.JsonTools", "1.0.0", {"description": "Tools for Newtonsoft.Json and others."}),
    ("Acme.Core", "1.9.0", {}),
    ("Acme.Core", "1.10.0", {}),
    ("Acme.Core", "2.0.0-rc.1", {"title": "The core", "authors": "Jörg Müller"}),
    ("Acme.Core.Extras", "1.0.0", {}),
    ("FlashCap", "1.0.0", {"tags": "camera capture"}),
    ("My_Tool", "1.0.0", {"package_types": [("DotnetTool", None)]}),
)


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    with opened(tmp_path / "data") as one:
        yield one


@pytest.fixture
def shelf(feed: Feed) -> Feed:
    for id, version, more in SHELF:
        feed.push(id, version, **more)
    return feed


def ids(feed: Feed, typed: str, asker: Asker = EVERYTHING) -> list[str]:
    with feed.index.reading() as index:
        found = index.search(search.parse(typed), asker, 0, 1000)
    assert found.total == len(found.hits)
    return [hit.newest.id for hit in found.hits]


def listed(feed: Feed, id: str) -> list[str]:
    with feed.index.reading() as index:
        return [one.shown for one in index.versions(id)]


def everything(feed: Feed) -> list[object]:
    """All that can be asked, to compare two indexes."""
    with feed.index.reading() as index:
        answers: list[object] = []
        for id in feed.packages.ids():
            there = index.versions(id)
            answers += [there, index.owners(id), index.versions(id, semver2=False)]
            answers += index.records(id, "", "~")
        for prerelease in (False, True):
            for semver2 in (False, True):
                asker = Asker(prerelease=prerelease, semver2=semver2)
                for typed in ("", "json", "acme", "core the"):
                    answers.append(index.search(search.parse(typed), asker, 0, 100))
        return answers


def test_versions_are_in_their_order_and_not_in_that_of_text(shelf: Feed) -> None:
    assert listed(shelf, "acme.core") == ["1.9.0", "1.10.0", "2.0.0-rc.1"]


def newest(feed: Feed) -> list[object]:
    """The row of the newest version for each kind of asker, and what finds it."""
    with sqlite3.connect(feed.data / "index.sqlite") as connection:
        rows = connection.execute(
            "SELECT latest.id, variants, sort_key, words.title FROM latest"
            " JOIN words ON words.rowid = latest.number ORDER BY latest.id, variants"
        ).fetchall()
        totals = connection.execute("SELECT * FROM totals WHERE number ORDER BY variants")
        return [rows, totals.fetchall()]


def test_few_connections_are_kept_however_many_read_at_once(shelf: Feed) -> None:
    with ExitStack() as stack:
        for _ in range(3 * MOST_IDLE):
            stack.enter_context(shelf.index.reading())
    assert sum(map(len, shelf.index._file._idle.values())) <= 2 * MOST_IDLE
    assert ids(shelf, "json"), "and they can be used again"


MIXED = ("1.0.0", "2.0.0-beta", "2.0.0-beta.2", "1.1.0+made", "2.0.0", "3.0.0-rc.1", "3.0.0-rc")


@pytest.mark.parametrize("seed", range(8))
def test_versions_that_come_in_any_order_leave_what_reading_them_all_leaves(
    feed: Feed, seed: int
) -> None:
    order = list(MIXED)
    random.Random(seed).shuffle(order)
    for version in order:
        feed.push("Acme.Core", version, title=f"Core {version}")
    as_they_came = newest(feed)
    feed.index.rebuild()
    assert as_they_came == newest(feed)


@pytest.mark.parametrize(
    ("typed", "expected"),  # what comes first, and then the others in any order
    [
        ("", sorted({id for id, _, _ in SHELF}, key=str.lower)),
        ("Acme.Core", ["Acme.Core", "Acme.Core.Extras"]),
        ("id:acme", ["Acme.Core.Extras", "Acme.Core", "Acme.JsonTools"]),
        ("newton", ["Newtonsoft.Json", "Acme.JsonTools"]),
        ("json tools", ["Acme.JsonTools"]),
        ("flash", ["FlashCap"]),
        ("cap", ["FlashCap"]),
        ("camera", ["FlashCap"]),
        ("muller", ["Acme.Core"]),
        ("packageid:acme.core", ["Acme.Core"]),
        ("packageid:acme.core packageid:flashcap", ["Acme.Core", "FlashCap"]),
        ("id:json", ["Acme.JsonTools", "Newtonsoft.Json"]),
        ("tags:camera", ["FlashCap"]),
        ("tags:cam", []),
        ('title:"the core"', ["Acme.Core"]),
        ("author:jörg", ["Acme.Core"]),
        ("owner:alice id:flash", ["FlashCap"]),
        ("owner:nobody", []),
        ("my_tool", ["My_Tool"]),
        ("nothing of the kind", []),
    ],
)
def test_searches_find(shelf: Feed, typed: str, expected: list[str]) -> None:
    found = ids(shelf, typed)
    assert sorted(found) == sorted(expected)
    assert found[:1] == expected[:1]


@pytest.mark.parametrize(
    "typed",
    [
        *('"', "'", '""', "\0", "a\0b", "*", "%", "_", "(", ")", "NEAR(", "AND", "OR NOT", "-"),
        *("id:", ":", "::", "packageid:", "title:*", 'title:"', "id:%", "{id}:", "+x", "^a", "a*b"),
        *("\ud800", "𐀀", "İ", "ﬁ", "е́", " ", "�", "\n\t", "select * from latest; --"),
        *("a" * 100_000, "a " * 50_000, '"' * 5000, "id:a " * 5000, "９"),
    ],
)
def test_no_query_breaks_a_search(shelf: Feed, typed: str) -> None:
    found = ids(shelf, typed)
    assert set(found) <= {id for id, _, _ in SHELF}
    with shelf.index.reading() as index:
        index.suggest(search.parse(typed), Asker(), 0, 20)
        assert index.suggest_versions(typed.replace("\ud800", ""), Asker()) == []


def test_percent_and_underscore_are_no_wildcards(shelf: Feed) -> None:
    assert ids(shelf, "%") == []
    assert ids(shelf, "a%e") == []
    assert ids(shelf, "Acme_Core") == ["Acme.Core.Extras", "Acme.Core"], "a joint of words, no more"
    assert ids(shelf, "Acm_.Core") == []


def test_an_id_counts_by_its_newest_version_that_the_asker_wants(shelf: Feed) -> None:
    def newest(asker: Asker) -> list[str]:
        with shelf.index.reading() as index:
            found = index.search(search.parse("packageid:acme.core"), asker, 0, 20)
        return [str(hit.newest.version) for hit in found.hits]

    assert newest(Asker()) == ["1.10.0"]
    assert newest(Asker(prerelease=True)) == ["1.10.0"], "rc.1 needs a client that knows SemVer 2"
    assert newest(EVERYTHING) == ["2.0.0-rc.1"]


def test_a_package_that_depends_on_semver2_is_for_those_who_can_read_it(feed: Feed) -> None:
    feed.push("Acme.Core", "1.0.0", dependencies=[("Acme.Base", "1.0.0-rc.1")])
    assert ids(feed, "", Asker()) == []
    assert ids(feed, "", Asker(semver2=True)) == ["Acme.Core"]
    with feed.index.reading() as index:
        assert index.versions("acme.core", semver2=False) == []


def test_package_types_filter(shelf: Feed) -> None:
    assert ids(shelf, "", Asker(package_types=("dotnettool",))) == ["My_Tool"]
    assert "My_Tool" not in ids(shelf, "", Asker(package_types=("Dependency",)))
    assert ids(shelf, "", Asker(package_types=("Nothing",))) == []


def test_the_total_counts_what_was_skipped(shelf: Feed) -> None:
    with shelf.index.reading() as index:
        found = index.search(search.parse(""), EVERYTHING, 2, 3)
        none = index.search(search.parse(""), EVERYTHING, 0, 0)
    assert [hit.newest.id for hit in found.hits] == ["Acme.JsonTools", "FlashCap", "My_Tool"]
    assert (found.total, none.total, none.hits) == (6, 6, ())


def test_unlisted_versions_are_not_found_but_stay_in_the_lists(shelf: Feed) -> None:
    for version in ("1.9.0", "1.10.0", "2.0.0-rc.1"):
        one = versions.parse(version)
        shelf.packages.change_version("acme.core", one, lambda kept: replace(kept, listed=False))
        shelf.index.refresh("acme.core")
    assert "Acme.Core" not in ids(shelf, "")
    assert listed(shelf, "acme.core") == ["1.9.0", "1.10.0", "2.0.0-rc.1"]
    with shelf.index.reading() as index:
        assert index.suggest_versions("acme.core", EVERYTHING) == []


def test_deleted_versions_are_nowhere(shelf: Feed) -> None:
    shelf.packages.bury(
        "flashcap",
        versions.parse("1.0.0"),
        Tombstone(deleted_at=NOW, deleted_by="root"),
    )
    shelf.index.refresh("flashcap")
    assert listed(shelf, "flashcap") == []
    assert ids(shelf, "flash") == []


def test_autocompletion_looks_at_ids_alone(shelf: Feed) -> None:
    with shelf.index.reading() as index:
        assert index.suggest(search.parse("newt"), Asker(), 0, 20) == (1, ["Newtonsoft.Json"])
        total, first = index.suggest(search.parse("acme.core"), Asker(), 0, 1)
        assert (total, first) == (2, ["Acme.Core"])
        assert index.suggest(search.parse("acme.core"), Asker(), 1, 5)[1] == ["Acme.Core.Extras"]
        assert index.suggest_versions("ACME.Core", Asker()) == ["1.9.0", "1.10.0"]


def test_a_reading_sees_one_state(shelf: Feed) -> None:
    with shelf.index.reading() as index:
        before = index.versions("acme.core")
        shelf.push("Acme.Core", "3.0.0")
        assert index.versions("acme.core") == before
    assert listed(shelf, "acme.core")[-1] == "3.0.0"


def test_readers_write_nothing(shelf: Feed) -> None:
    with shelf.index.reading() as index, pytest.raises(sqlite3.OperationalError):
        index._connection.execute("DELETE FROM versions")
    assert listed(shelf, "flashcap") == ["1.0.0"]


def test_generations_rise_with_what_they_are_about(shelf: Feed) -> None:
    def generations() -> list[str]:
        with shelf.index.reading() as index:
            return [index.generation(name) for name in ("feed", "id:acme.core", "id:flashcap")]

    before = generations()
    shelf.index.refresh("acme.core")
    assert generations() == before, "nothing had changed"
    shelf.push("Acme.Core", "3.0.0")
    after = generations()
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, False, True]
    shelf.index.rebuild()
    assert not {*generations()} & {*before, *after}, "another file, so other answers"


def test_a_deleted_index_comes_back_the_same(shelf: Feed) -> None:
    before = everything(shelf)
    (shelf.data / "index.sqlite").unlink()
    assert everything(shelf) == before
    assert not (shelf.data / "index.sqlite.new").exists()


def test_readers_are_told_while_the_index_is_made(
    shelf: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the first waits for it, and nobody ever sees an empty feed."""
    monkeypatch.setattr("ninety.store.index.WAIT_SECONDS", 0.01)
    before = everything(shelf)
    with locked(shelf.data / "index.lock"):
        (shelf.data / "index.sqlite").unlink()
        for _ in range(3):
            with pytest.raises(IndexRebuilding):
                everything(shelf)
    shelf.index.close()
    assert everything(shelf) == before


def test_the_first_push_of_a_feed_without_an_index_makes_one(shelf: Feed) -> None:
    (shelf.data / "index.sqlite").unlink()
    shelf.push("FlashCap", "2.0.0")
    assert (shelf.data / "index.sqlite").exists()
    assert listed(shelf, "flashcap") == ["1.0.0", "2.0.0"]


def test_a_push_while_the_index_is_made_is_in_it_afterwards(
    shelf: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ninety.store.index.WAIT_SECONDS", 0.01)
    with locked(shelf.data / "index.lock"):
        (shelf.data / "index.sqlite").unlink()
        with pytest.raises(IndexRebuilding):
            everything(shelf)
        shelf.push("FlashCap", "2.0.0")
    shelf.index.close()
    assert listed(shelf, "flashcap") == ["1.0.0", "2.0.0"]


def test_a_rebuilt_index_is_the_same(shelf: Feed) -> None:
    before = everything(shelf)
    shelf.index.rebuild()
    assert everything(shelf) == before


@pytest.mark.parametrize("damage", [b"", b"not a database at all, but quite long" * 200])
def test_a_damaged_index_is_made_anew(shelf: Feed, damage: bytes) -> None:
    before = everything(shelf)
    shelf.index.close()
    (shelf.data / "index.sqlite").write_bytes(damage)
    assert everything(shelf) == before


def test_an_index_torn_in_the_middle_is_made_anew(shelf: Feed) -> None:
    for number in range(30):
        shelf.push(f"Filler.{number}", "1.0.0", description="words " * 500)
    before = everything(shelf)
    shelf.index.close()
    path = shelf.data / "index.sqlite"
    content = bytearray(path.read_bytes())
    content[8192:-4096] = os.urandom(len(content) - 8192 - 4096)
    path.write_bytes(content)
    with pytest.raises(IndexRebuilding):
        everything(shelf)
    wait_until(lambda: not shelf.index.catch_up(), 10, "the index")
    assert everything(shelf) == before


def test_an_index_of_another_schema_is_made_anew(shelf: Feed) -> None:
    before = everything(shelf)
    with sqlite3.connect(shelf.data / "index.sqlite") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    shelf.index.close()
    shelf.index.catch_up()
    assert everything(shelf) == before


def test_what_changed_while_nobody_looked_is_caught_up_with(shelf: Feed) -> None:
    unseen = versions.parse("1.9.0")
    shelf.packages.change_version("acme.core", unseen, lambda one: replace(one, listed=False))
    (shelf.data / "packages" / "flashcap").rename(shelf.data / "elsewhere")
    assert shelf.index.catch_up() == ["acme.core", "flashcap"]
    assert ids(shelf, "flash") == []
    with shelf.index.reading() as index:
        assert [one.listed for one in index.versions("acme.core")] == [False, True, True]
    assert shelf.index.catch_up() == []


def test_what_the_index_could_not_follow_is_tried_again(
    shelf: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("ninety.store.index_file.IndexFile.write", full)
        shelf.push("FlashCap", "2.0.0")
    assert listed(shelf, "flashcap") == ["1.0.0"]
    shelf.push("Other", "1.0.0")
    assert listed(shelf, "flashcap") == ["1.0.0", "2.0.0"]


def test_a_version_that_comes_in_brings_what_the_index_missed_of_its_id(shelf: Feed) -> None:
    unseen = versions.parse("1.9.0")
    shelf.packages.change_version("acme.core", unseen, lambda one: replace(one, listed=False))
    shelf.push("Acme.Core", "3.0.0")
    with shelf.index.reading() as index:
        assert [one.listed for one in index.versions("acme.core")] == [False, True, True, True]
    assert shelf.index.catch_up() == []


@pytest.mark.parametrize("version", ["0.1.0", "1.9.5-rc.1", "2.0.0", "2.1.0-a", "3.0.0+x"])
def test_a_version_that_comes_in_is_found_as_if_all_were_read_again(
    shelf: Feed, version: str
) -> None:
    shelf.push("Acme.Core", version, title="Another core", tags="json")
    before = everything(shelf)
    shelf.index.rebuild()
    assert everything(shelf) == before


def test_versions_that_come_in_at_once_leave_nothing_to_catch_up_with(shelf: Feed) -> None:
    """Each changes the id as it was left by the one before."""
    threads = [
        threading.Thread(target=shelf.push, args=("Acme.Core", f"{number}.0.0"))
        for number in range(3, 11)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shelf.index.catch_up() == []
    before = everything(shelf)
    shelf.index.rebuild()
    assert everything(shelf) == before


def test_a_damaged_record_costs_its_own_version_only(shelf: Feed) -> None:
    path = shelf.packages.file("acme.core", versions.parse("1.9.0"), "record.json")
    path.write_text("{half")
    shelf.index.rebuild()
    assert listed(shelf, "acme.core") == ["1.10.0", "2.0.0-rc.1"]


def test_things_people_leave_in_the_folder_are_passed_over(shelf: Feed) -> None:
    before = everything(shelf)
    packages = shelf.data / "packages"
    (packages / "desktop.ini").write_text("")
    (packages / "Not An Id").mkdir()
    (packages / "acme.core" / "notes").mkdir()
    (packages / "acme.core" / "1.0").mkdir()
    shelf.index.rebuild()
    assert [one for one in everything(shelf) if one] == [one for one in before if one]


def test_readers_and_writers_go_on_while_the_file_is_replaced(shelf: Feed) -> None:
    stop = threading.Event()
    troubles: list[BaseException] = []

    def read() -> None:
        while not stop.is_set():
            try:
                assert listed(shelf, "acme.core")[:1] == ["1.9.0"]
            except IndexRebuilding:
                continue
            except BaseException as trouble:  # noqa: BLE001 (the test reports it)
                troubles.append(trouble)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(8):
        shelf.push("Acme.Core", f"3.{number}.0")
        if number % 2:
            shelf.index.rebuild()
    stop.set()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert listed(shelf, "acme.core")[3:] == [f"3.{number}.0" for number in range(8)]


def test_another_process_sees_what_this_one_pushed(shelf: Feed) -> None:
    script = """
        import sys
        sys.path.insert(0, "tests")
        from pathlib import Path
        from parts.feeds import opened

        with opened(Path(sys.argv[1])) as feed:
            feed.push("From.Elsewhere", "1.0.0")
            feed.index.rebuild()
            with feed.index.reading() as index:
                print(*(one.shown for one in index.versions("acme.core")))
    """
    assert finished(script, shelf.data).split() == ["1.9.0", "1.10.0", "2.0.0-rc.1"]
    assert listed(shelf, "from.elsewhere") == ["1.0.0"]


def test_a_forked_child_opens_the_index_for_itself(shelf: Feed) -> None:
    script = """
        import os, sys
        sys.path.insert(0, "tests")
        from pathlib import Path
        from parts.feeds import opened

        with opened(Path(sys.argv[1])) as feed:
            feed.push("Before.Fork", "1.0.0")
            child = os.fork()
            if not child:
                feed.push("In.Child", "1.0.0")
                feed.close()
                os._exit(0)
            feed.push("In.Parent", "1.0.0")
            assert os.waitpid(child, 0)[1] == 0
            with feed.index.reading() as index:
                print(*(len(index.versions(id)) for id in feed.packages.ids()))
    """
    counts = finished(script, shelf.data).split()
    assert counts == [str(len(listed(shelf, id))) for id in shelf.packages.ids()]
    assert "0" not in counts
