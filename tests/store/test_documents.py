"""The six calls of a collection, and the file it keeps."""

import json
import os
import stat
from pathlib import Path

import pytest
from tinydb import TinyDB, where

from ninety.store.documents import Collection, CollectionBroken, Documents, Unchanged

ADA = {"email": "ada@example.test", "tags": ["a", "b", "a"], "ends_at": "2027-02-21T14:04:00Z"}
BOB = {"email": "bob@example.test", "tags": ["b"], "ends_at": "2027-02-21T14:04:00Z"}
EVE = {"email": "eve@example.test", "tags": [], "ends_at": "2026-12-01T00:00:00Z"}
NEW = {"email": None, "ends_at": None, "tags": [{"not": "text"}, 1]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.json"


@pytest.fixture
def users(path: Path) -> Collection:
    return people(path)


@pytest.fixture
def full(users: Collection) -> Collection:
    put(users, bob=BOB, ada=ADA, eve=EVE, new=NEW)
    return users


def people(path: Path) -> Collection:
    return Collection(path, fields=["email", "tags"], dates=["ends_at"])


def put(collection: Collection, **documents: object) -> Documents:
    return collection.change(documents, lambda _present: documents)


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def held_open(path: Path) -> bool:
    links = Path("/proc/self/fd").iterdir()
    return any(os.path.realpath(link) == str(path.resolve()) for link in links)


def never(_documents: Documents) -> Documents:
    raise AssertionError("this must not be asked")


# Reading


def test_a_missing_file_is_an_empty_collection(users: Collection, path: Path) -> None:
    assert users.get("ada") is None
    assert users.all() == {}
    assert users.find(email="ada@example.test") == {}
    assert users.before("ends_at", "9999", 10) == []
    assert not path.exists(), "reading makes no file"


def test_a_document_is_got_by_its_id(full: Collection) -> None:
    assert full.get("ada") == ADA
    assert full.get("nobody") is None


def test_all_documents_come_in_the_order_they_were_put_in(full: Collection) -> None:
    assert list(full.all().items()) == [("bob", BOB), ("ada", ADA), ("eve", EVE), ("new", NEW)]


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("email", "ada@example.test", ["ada"]),
        ("email", "nobody@example.test", []),
        ("email", "None", []),
        ("tags", "a", ["ada"]),
        ("tags", "b", ["bob", "ada"]),
        ("tags", "c", []),
    ],
)
def test_documents_are_found_by_a_field(
    full: Collection, field: str, value: str, found: list[str]
) -> None:
    assert list(full.find(**{field: value})) == found


def test_what_is_found_are_the_documents(full: Collection) -> None:
    assert full.find(email="eve@example.test") == {"eve": EVE}


@pytest.mark.parametrize("fields", [{}, {"name": "x"}, {"email": "x", "tags": "y"}])
def test_one_declared_field_is_asked_for_at_a_time(
    full: Collection, fields: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="by one of"):
        full.find(**fields)


@pytest.mark.parametrize(
    ("instant", "limit", "found"),
    [
        ("2026-11-30T23:59:59Z", 9, []),
        ("2026-12-01T00:00:00Z", 9, ["eve"]),
        ("2027-02-21T14:03:59Z", 9, ["eve"]),
        ("2027-02-21T14:04:00Z", 9, ["eve", "ada", "bob"]),
        ("2027-02-21T14:04:00Z", 2, ["eve", "ada"]),
        ("9999-01-01T00:00:00Z", 0, []),
    ],
)
def test_documents_come_by_date_and_those_without_never(
    full: Collection, instant: str, limit: int, found: list[str]
) -> None:
    pairs = full.before("ends_at", instant, limit)
    assert [id for id, _ in pairs] == found
    assert [document for _, document in pairs] == [full.get(id) for id in found]


def test_documents_come_by_date_after_another_which_is_not_among_them(full: Collection) -> None:
    pairs = full.before("ends_at", "9999", 9, after="2026-12-01T00:00:00Z")
    assert [id for id, _ in pairs] == ["ada", "bob"]
    assert [id for id, _ in full.before("ends_at", "9999", 1, after="2026-11-30")] == ["eve"]
    assert full.before("ends_at", "2026-12-01", 9, after="9999") == []


def test_a_date_must_be_declared(full: Collection) -> None:
    with pytest.raises(ValueError, match="by one of"):
        full.before("email", "9999", 1)


def test_what_a_caller_does_to_its_copy_stays_with_it(full: Collection) -> None:
    copies = [
        full.get("ada"),
        full.all()["ada"],
        full.find(tags="a")["ada"],
        dict(full.before("ends_at", "9999", 9))["ada"],
    ]
    full.change(["ada"], lambda present: copies.append(present["ada"]) or {})
    for copy in copies:
        copy["tags"].append("c")
        copy.clear()
    assert full.get("ada") == ADA
    assert full.find(tags="c") == {}


def test_the_change_of_another_is_seen_at_once(full: Collection, path: Path) -> None:
    assert full.find(tags="a") == {"ada": ADA}
    put(people(path), ada={**ADA, "tags": ["c"], "ends_at": "2026-01-01T00:00:00Z"}, bob=None)
    assert full.get("bob") is None
    assert full.find(tags="a") == {}
    assert list(full.find(tags="c")) == ["ada"]
    assert [id for id, _ in full.before("ends_at", "9999", 9)] == ["ada", "eve"]


def test_a_file_that_takes_over_an_inode_is_seen(path: Path) -> None:
    collection = Collection(path)
    for number in range(50):
        path.unlink(missing_ok=True)
        path.write_text(f'{{"users": {{"a": {{"n": {number:4}}}}}}}', encoding="utf-8")
        os.utime(path, ns=(0, 0))
        assert collection.get("a") == {"n": number}


def test_a_file_edited_in_place_is_seen(full: Collection, path: Path) -> None:
    before = path.stat().st_ino
    path.write_text(path.read_text(encoding="utf-8").replace("ada@", "lovelace@"), "utf-8")
    assert path.stat().st_ino == before
    assert full.get("ada") == {**ADA, "email": "lovelace@example.test"}


def test_a_collection_can_be_used_after_it_was_closed(full: Collection) -> None:
    full.close()
    assert full.get("ada") == ADA


def test_a_closed_collection_holds_no_file_open(full: Collection, path: Path) -> None:
    assert held_open(path)
    full.close()
    assert not held_open(path)


def test_a_file_that_cannot_be_opened_is_not_taken_for_a_missing_one(
    users: Collection, path: Path
) -> None:
    path.symlink_to(path)
    with pytest.raises(OSError, match="symbolic links"):
        users.get("ada")
    with pytest.raises(OSError, match="symbolic links"):
        put(users, ada=ADA)
    assert path.is_symlink()


# Changing


def test_change_inserts_replaces_and_removes_in_one(full: Collection, path: Path) -> None:
    def swap(present: Documents) -> Documents:
        assert present == {"ada": ADA, "bob": BOB, "eve": EVE, "ida": None}
        return {"ida": present["ada"], "ada": {"email": "x"}, "bob": None}

    changed = full.change(["ada", "bob", "eve", "ida"], swap)
    assert changed == {"ida": ADA, "ada": {"email": "x"}, "bob": None}
    expected = {"ada": {"email": "x"}, "eve": EVE, "new": NEW, "ida": ADA}
    assert full.all() == people(path).all() == expected


def test_removing_what_is_not_there_is_no_trouble(full: Collection) -> None:
    before = full.all()
    assert put(full, nobody=None) == {"nobody": None}
    assert full.all() == before


def test_unchanged_writes_nothing(full: Collection, path: Path) -> None:
    def refuse(_present: Documents) -> Documents:
        raise Unchanged

    before = path.stat()
    assert full.change(["ada"], refuse) == {}
    assert path.stat() == before


def test_any_other_exception_comes_out_and_nothing_is_written(full: Collection, path: Path) -> None:
    def fail(present: Documents) -> Documents:
        present["ada"].clear()
        raise KeyError("of the caller's")

    before = path.stat()
    with pytest.raises(KeyError, match="of the caller's"):
        full.change(["ada"], fail)
    assert path.stat() == before
    assert full.get("ada") == ADA


def test_only_what_was_asked_for_may_be_changed(full: Collection, path: Path) -> None:
    before = path.stat()
    with pytest.raises(ValueError, match="bob"):
        full.change(["ada"], lambda _present: {"ada": None, "bob": None})
    assert path.stat() == before


@pytest.mark.parametrize("value", [float("nan"), b"bytes", {"set"}, "\ud800"])
def test_what_json_cannot_say_is_refused_and_nothing_is_written(
    full: Collection, path: Path, value: object
) -> None:
    before = path.stat()
    with pytest.raises((TypeError, ValueError)):
        put(full, bob=None, ada={"value": value})
    assert path.stat() == before
    assert full.get("bob") == BOB


def test_what_was_stored_is_no_longer_the_callers(users: Collection) -> None:
    mine = {"tags": ["a"]}
    put(users, ada=mine)
    mine["tags"].append("b")
    assert users.get("ada") == {"tags": ["a"]}


def test_ids_may_be_any_text_and_come_from_any_iterable(users: Collection, path: Path) -> None:
    ids = ["", "1", 'a"b\n', "ключ", "email:ada@example.test"]
    users.change(iter(ids), lambda present: {id: {"id": id} for id in present})
    for collection in (users, people(path)):
        assert [collection.get(id) for id in ids] == [{"id": id} for id in ids]


def test_a_change_sees_what_another_process_wrote(full: Collection, path: Path) -> None:
    put(people(path), ada=None)
    assert full.change(["ada"], lambda present: {"ada": {"was": present["ada"]}})
    assert full.get("ada") == {"was": None}


def test_the_collection_can_be_read_while_it_is_changed(full: Collection) -> None:
    def look(_present: Documents) -> Documents:
        return {"eve": full.get("ada")}

    full.change(["eve"], look)
    assert full.get("eve") == ADA


# The file


def test_the_file_is_tinydbs_and_its_owners_only(full: Collection, path: Path) -> None:
    assert json.loads(path.read_bytes())["users"]["ada"] == ADA
    with TinyDB(path, access_mode="r") as opened:
        table = opened.table("users")
        table.document_id_class = str
        assert table.get(where("email") == ADA["email"]) == ADA
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}
    assert names(path.parent) == {"changes", "users.json", "users.lock"}


def test_what_tinydb_wrote_is_read_and_its_other_tables_stay(path: Path) -> None:
    with TinyDB(path) as opened:
        opened.insert({"in": "the default table"})
        opened.table("users").insert({"email": "ada@example.test"})
    users = people(path)
    assert users.find(email="ada@example.test") == {"1": {"email": "ada@example.test"}}
    put(users, bob=BOB)
    with TinyDB(path, access_mode="r") as opened:
        assert opened.all() == [{"in": "the default table"}]
    assert list(people(path).all()) == ["1", "bob"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"users": {"a": 1}}', b"\xff", b"[]"])
def test_a_broken_file_is_named_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    users = people(path)
    for ask in (
        lambda: users.get("ada"),
        users.all,
        lambda: users.find(email="x"),
        lambda: users.before("ends_at", "9999", 1),
        lambda: users.change(["ada"], never),
    ):
        with pytest.raises(CollectionBroken, match=r"users\.json"):
            ask()
    assert path.read_bytes() == content


def test_a_file_that_breaks_later_is_named_until_it_is_mended(full: Collection, path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(CollectionBroken):
        full.get("ada")
    path.write_bytes(whole)
    assert full.get("ada") == ADA
