"""The audit trail's file: whole lines whoever writes at once, read from its end."""

import json
import multiprocessing
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ninety.rules.audit import Did, Event, KeyNamed, Somebody
from ninety.store.audit import BLOCK, LONGEST_LINE, AuditFile

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def numbered(number: int) -> Event:
    return Event(
        at=NOON + timedelta(seconds=number), what=Did.SIGNED_IN, about=f"{number} " + "x" * 300
    )


def numbers(file: AuditFile) -> list[int]:
    return [int(placed.event.about.split()[0]) for placed in file.newest_first()]


def test_what_was_noted_is_read_again(tmp_path: Path) -> None:
    file = AuditFile(tmp_path)
    event = Event(
        at=NOON,
        what=Did.VERSION_PUSHED,
        by="client",
        who=Somebody("p1", "ada@example.org"),
        key=KeyNamed("k1", "Größe\u2028\u0085\ud800", "n90_abc"),
        package="Acme.Core",
        version="1.0.0",
        address="10.0.0.7",
        client="NuGet",
        about="Said.",
    )
    file.append(event)
    assert [placed.event for placed in file.newest_first()] == [event]
    line = json.loads((tmp_path / "audit.jsonl").read_text("utf-8"))
    assert line["from"] == "10.0.0.7"
    assert line["at"] == "2026-11-23T12:00:00Z"


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    AuditFile(tmp_path).append(numbered(1))
    assert stat.S_IMODE((tmp_path / "audit.jsonl").stat().st_mode) == 0o600


def test_the_newest_comes_first_over_many_blocks(tmp_path: Path) -> None:
    file = AuditFile(tmp_path)
    for number in range(3 * BLOCK // 300):
        file.append(numbered(number))
    assert (tmp_path / "audit.jsonl").stat().st_size > 3 * BLOCK
    assert numbers(file) == list(reversed(range(3 * BLOCK // 300)))


def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    file = AuditFile(tmp_path)
    for number in range(500):
        file.append(numbered(number))
    found, before = [], None
    while placed := next(file.newest_first(before), None):
        found.append(int(placed.event.about.split()[0]))
        before = placed.place
    assert found == list(reversed(range(500)))


def test_there_is_nothing_to_read_before_anything_happened(tmp_path: Path) -> None:
    assert list(AuditFile(tmp_path).newest_first()) == []


def test_a_place_beyond_the_end_is_the_end(tmp_path: Path) -> None:
    file = AuditFile(tmp_path)
    file.append(numbered(1))
    assert len(list(file.newest_first(10**12))) == 1
    assert list(file.newest_first(-5)) == []


@pytest.mark.parametrize(
    "torn", [b"{", b'{"at": "2026', b"\xff\x00 nothing", b'{"what": 1}', b"[]"]
)
def test_a_torn_line_is_closed_by_the_next_and_skipped(tmp_path: Path, torn: bytes) -> None:
    file = AuditFile(tmp_path)
    file.append(numbered(1))
    with (tmp_path / "audit.jsonl").open("ab") as trail:
        trail.write(torn)
    assert numbers(file) == [1]
    file.append(numbered(2))
    assert numbers(file) == [2, 1]
    assert torn + b"\n" in (tmp_path / "audit.jsonl").read_bytes()


def test_a_line_without_end_costs_no_more_than_its_bytes(tmp_path: Path) -> None:
    file = AuditFile(tmp_path)
    file.append(numbered(1))
    with (tmp_path / "audit.jsonl").open("ab") as trail:
        trail.write(b"z" * (5 * LONGEST_LINE + 17))
    file.append(numbered(2))
    assert numbers(file) == [2, 1]


def test_a_file_moved_away_is_begun_anew(tmp_path: Path) -> None:
    file = AuditFile(tmp_path)
    file.append(numbered(1))
    (tmp_path / "audit.jsonl").rename(tmp_path / "audit-2026.jsonl")
    file.append(numbered(2))
    assert numbers(file) == [2]
    assert len((tmp_path / "audit-2026.jsonl").read_bytes().splitlines()) == 1


def _write(folder: Path, first: int) -> None:
    file = AuditFile(folder)
    for number in range(first, first + 200):
        file.append(numbered(number))


def test_processes_that_write_at_once_lose_no_line(tmp_path: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    writers = [
        spawning.Process(target=_write, args=(tmp_path, first)) for first in range(0, 800, 200)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert sorted(numbers(AuditFile(tmp_path))) == list(range(800))


def test_a_write_in_pieces_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda file, content: whole(file, content[:10]))
    AuditFile(tmp_path).append(numbered(1))
    assert numbers(AuditFile(tmp_path)) == [1]
