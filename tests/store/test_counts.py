"""The numbers of downloads: they add up, and losing them harms nobody."""

import sqlite3
from pathlib import Path

import pytest

from ninety.store.counts import NAME, TROUBLE, Counts
from parts.scripts import started

ADD_TEN = """
    import sys
    from pathlib import Path
    from ninety.store.counts import Counts
    sys.stdin.readline()
    for _each in range(10):
        Counts(Path(sys.argv[1])).add({("acme.core", "1.0.0"): 1, ("acme.core", sys.argv[2]): 1})
"""


def of(counts: Counts) -> dict[str, int]:
    return counts.of(["acme.core"])["acme.core"]


def test_what_nobody_downloaded_has_no_numbers_and_asking_makes_no_file(tmp_path: Path) -> None:
    assert Counts(tmp_path).of(["acme.core", "other"]) == {"acme.core": {}, "other": {}}
    assert list(tmp_path.iterdir()) == []


def test_numbers_add_up(tmp_path: Path) -> None:
    Counts(tmp_path).add({("acme.core", "1.0.0"): 2, ("other", "1.0.0"): 7})
    Counts(tmp_path).add({("acme.core", "1.0.0"): 1, ("acme.core", "1.1.0"): 5})
    found = Counts(tmp_path).of(["acme.core", "other", "acme", "acme.core%"])
    assert found == {
        "acme.core": {"1.0.0": 3, "1.1.0": 5},
        "other": {"1.0.0": 7},
        "acme": {},
        "acme.core%": {},
    }
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_processes_that_count_at_once_add_up(tmp_path: Path) -> None:
    both = [started(ADD_TEN, tmp_path, version) for version in ("2.0.0", "3.0.0")]
    for process in both:
        print("go", file=process.stdin, flush=True)
    for process in both:
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert of(Counts(tmp_path)) == {"1.0.0": 20, "2.0.0": 10, "3.0.0": 10}


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_a_damaged_file_costs_the_numbers_and_no_more(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    counts = Counts(tmp_path)
    assert of(counts) == {}
    counts.add({("acme.core", "1.0.0"): 1})
    assert of(counts) == {"1.0.0": 1}


def test_a_file_damaged_inside_costs_the_numbers_and_no_more(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    counts.add({("acme.core", f"{number}.0.0"): 1 for number in range(1000)})
    path = tmp_path / NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert of(counts) == {}
    counts.add({("acme.core", "1.0.0"): 1})
    assert of(counts) == {"1.0.0": 1}


def test_a_full_disk_is_trouble_and_nothing_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counts(tmp_path)
    counts.add({("acme.core", "1.0.0"): 1})

    def connect_small(*arguments, **options):
        connection = CONNECT(*arguments, **options)
        connection.execute("PRAGMA max_page_count = 3")
        return connection

    with monkeypatch.context() as full:
        full.setattr(sqlite3, "connect", connect_small)
        with pytest.raises(TROUBLE):
            counts.add({("acme.core", f"{number}.0.0"): 1 for number in range(1000)})
    assert of(counts) == {"1.0.0": 1}


CONNECT = sqlite3.connect


def test_while_somebody_writes_the_numbers_before_are_read(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    counts.add({("acme.core", "1.0.0"): 1})
    writer = sqlite3.connect(tmp_path / NAME, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE downloads SET number = 9")
    assert of(counts) == {"1.0.0": 1}
    writer.execute("ROLLBACK")
    writer.close()
