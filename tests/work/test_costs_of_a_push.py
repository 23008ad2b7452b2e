"""What a push costs, counted and not timed: waits for the disk, files, statements, bytes.

A number here that must rise is worth a thought: every push pays for it.
"""

import gc
import hashlib
import io
import os
import sqlite3
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from parts.feeds import ALICE, NOW, Feed, opened
from parts.packages import make_nupkg

MANY = 200
COUNTED = ("os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "os.utime", "os.scandir")


class Costs(Counter[str]):
    """How often each thing was done while it counted."""

    counting = False

    def note(self, what: str, times: int = 1) -> None:
        """Count `what`, if it is the time."""
        if self.counting:
            self[what] += times

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what happens in this block, from nothing on."""
        self.clear()
        self.counting = True
        try:
            yield
        finally:
            self.counting = False


_now_counting: list[Costs] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _now_counting and event == "open":
        _now_counting[0].note("open", isinstance(arguments[0], str))
    elif _now_counting and event in COUNTED:
        _now_counting[0].note(event)


sys.addaudithook(_hook)  # never to be removed, so it does nothing while nobody counts


class CountedSha512:
    """SHA-512 that says how many bytes went through it."""

    def __init__(self, costs: Costs) -> None:
        self._costs, self._real = costs, hashlib.new("sha512")

    def update(self, content: bytes) -> None:
        self._costs.note("bytes hashed", len(content))
        self._real.update(content)

    def digest(self) -> bytes:
        return self._real.digest()


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Costs]:
    """Counts for every file and connection that is used after it is asked for."""
    found = Costs()
    fsync, connect = os.fsync, sqlite3.connect

    def counted_fsync(descriptor: int) -> None:
        found.note("fsync")
        if found.counting:
            fsync(descriptor)

    def counted_connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        # "-- " is how SQLite shows what its own modules run.
        connection.set_trace_callback(lambda said: found.note("SQL", not said.startswith("-- ")))
        return connection

    class CountedFile(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            piece = super().read(size)
            found.note("bytes read back", len(piece or b""))
            return piece or b""

        def write(self, content: Any, /) -> int:
            written = super().write(content)
            found.note("bytes written", written or 0)
            return written or 0

    monkeypatch.setattr(os, "fsync", counted_fsync)
    monkeypatch.setattr(sqlite3, "connect", counted_connect)
    monkeypatch.setattr(hashlib, "sha512", lambda: CountedSha512(found))
    monkeypatch.setattr("ninety.store.incoming.FileIO", CountedFile)
    _now_counting[:] = [found]
    yield found
    _now_counting.clear()


@pytest.fixture
def feed(tmp_path: Path, costs: Costs) -> Iterator[Feed]:
    """A feed that has taken a push before, so that everything is open."""
    with opened(tmp_path / "data") as one:
        one.push("Acme.First", "1.0.0")
        yield one


def cost(costs: Costs, feed: Feed, id: str, version: str) -> dict[str, int]:
    """What pushing costs, but for bytes."""
    with costs.counted():
        feed.push(id, version)
    return {what: times for what, times in costs.items() if "bytes" not in what}


A_VERSION = {
    "fsync": 4,  # the package, its record, its folder, the folder of the id
    # 5 new files, 3 folders, the owners of the id, the audit trail, the turn at the index, the mark
    "open": 12,
    "os.mkdir": 1,
    "os.rename": 2,
    "os.scandir": 2,
    "os.utime": 2,
    "SQL": 18,
}

A_NEW_ID = {
    "fsync": 6,  # and the owners of the id, and the folder of all ids
    "open": 15,
    "os.link": 1,
    "os.mkdir": 2,
    "os.remove": 1,
    "os.rename": 2,
    "os.scandir": 1,
    "os.utime": 2,
    "SQL": 12,
}


def test_a_version_costs_the_same_beside_one_and_beside_many(feed: Feed, costs: Costs) -> None:
    feed.push("Acme.Core", "0.1.0")
    assert cost(costs, feed, "Acme.Core", "0.2.0") == A_VERSION
    for number in range(MANY):
        content = make_nupkg("Acme.Core", f"1.{number}.0")
        feed.publishing.take_in(ALICE.person, [content], NOW, NOW)
    feed.index.refresh("acme.core")
    assert cost(costs, feed, "Acme.Core", "2.0.0") == A_VERSION


def test_a_new_id_costs_the_same_beside_few_and_beside_many(feed: Feed, costs: Costs) -> None:
    assert cost(costs, feed, "Acme.One", "1.0.0") == A_NEW_ID
    for number in range(MANY):
        content = make_nupkg(f"Acme.Other{number}", "1.0.0")
        feed.publishing.take_in(ALICE.person, [content], NOW, NOW)
    feed.index.catch_up()
    assert cost(costs, feed, "Acme.Another", "1.0.0") == A_NEW_ID


def test_the_bytes_of_a_package_are_hashed_and_written_once(feed: Feed, costs: Costs) -> None:
    content = make_nupkg("Acme.Large", files={"large.bin": os.urandom(3_000_000)})
    with costs.counted():
        feed.publishing.receive(ALICE, [content], "", NOW)
    assert costs["bytes hashed"] == len(content)
    assert 0 < costs["bytes written"] - len(content) < 2_000, "the record and what is beside it"
    assert costs["bytes read back"] < 140_000, "the end of the zip, its directory, the nuspec"


def test_a_large_package_is_never_whole_in_memory(feed: Feed) -> None:
    content = make_nupkg("Acme.Large", files={"large.bin": os.urandom(8_000_000)})
    pieces = [content[start : start + 65536] for start in range(0, len(content), 65536)]
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        feed.publishing.receive(ALICE, iter(pieces), "", NOW)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most - before < 500_000
