"""The ledger changes rows only by compare and set, and loses none on their way to the archive."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from ninety.rules import reminders
from ninety.rules.reminders import IllegalArrow, Reminder, State
from ninety.store.ledger import Ledger

NOW = datetime(2027, 2, 11, 14, 4, tzinfo=UTC)
END = NOW + timedelta(days=10)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


@pytest.fixture
def row(ledger: Ledger) -> Reminder:
    planned = reminders.planned("k3v9w2xq7d", END, NOW, NOW)
    ledger.settle([planned.id], lambda _id, _row: planned)
    return planned


def test_a_row_comes_back_as_it_was_kept(ledger, row):
    assert ledger.get(row.id) == row
    (claimed,) = ledger.claim([row.id], "worker", NOW)
    assert ledger.get(row.id) == claimed == reminders.claimed(row, "worker", NOW)
    assert ledger.of("k3v9w2xq7d") == [claimed]


def test_of_many_who_claim_one_row_one_gets_it(ledger, row):
    together, taken = Barrier(8), []

    def claim(worker: str) -> None:
        together.wait()
        taken.extend(ledger.claim([row.id, "no-such-row"], worker, NOW))

    threads = [Thread(target=claim, args=[str(number)]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.id for one in taken] == [row.id]


def test_rows_are_claimed_together_in_the_order_they_were_asked_for(tmp_path, ledger, row):
    others = [reminders.planned(f"key{number}", END, NOW, NOW) for number in range(3)]
    ledger.settle([one.id for one in others], lambda id, _: {o.id: o for o in others}[id])
    ledger.claim([others[1].id], "somebody else", NOW)
    asked = [others[2].id, others[1].id, row.id, others[0].id]
    claimed = ledger.claim(asked, "worker", NOW)
    assert [one.id for one in claimed] == [others[2].id, row.id, others[0].id]
    before = (tmp_path / "reminders.json").stat().st_ino
    assert ledger.claim(asked, "another", NOW) == []
    assert (tmp_path / "reminders.json").stat().st_ino == before


def test_rows_move_together_or_not_at_all(ledger, row):
    other = reminders.planned("another1id", END, NOW, NOW)
    ledger.settle([other.id], lambda _id, _row: other)
    steps = {
        row.id: lambda found: reminders.cancelled(found, "the key was revoked", NOW),
        other.id: lambda found: reminders.sent(found, "250 ok", NOW),
    }
    with pytest.raises(IllegalArrow):
        ledger.move_all(steps)
    assert ledger.all() == {row.id: row, other.id: other}
    moved = ledger.move_all(steps | {other.id: lambda _found: None, "no-such-row": lambda _: None})
    assert {id: one.state for id, one in moved.items()} == {row.id: State.CANCELLED}


def test_an_illegal_arrow_leaves_the_row_alone(ledger, row):
    with pytest.raises(IllegalArrow):
        ledger.move(row.id, lambda found: reminders.sent(found, "250 ok", NOW))
    assert ledger.get(row.id) == row


def test_rows_are_found_by_their_state(ledger, row):
    other = reminders.planned("another1id", END, NOW, NOW)
    ledger.settle([other.id], lambda _id, _row: other)
    (claimed,) = ledger.claim([other.id], "worker", NOW)
    assert ledger.in_state(State.PENDING) == [row]
    assert ledger.in_state(State.CLAIMED, State.PENDING) == [claimed, row]
    assert ledger.in_state(State.SENT) == []


def test_settling_does_not_touch_what_needs_nothing(tmp_path, ledger, row):
    before = (tmp_path / "reminders.json").stat().st_ino
    assert ledger.settle([row.id], lambda _id, _row: None) == []
    assert (tmp_path / "reminders.json").stat().st_ino == before


def test_ended_rows_leave_for_the_archive_thirty_days_after_the_keys_end(tmp_path, ledger, row):
    living = reminders.planned("another1id", END, NOW, NOW)
    ledger.settle([living.id], lambda _id, _row: living)
    ledger.move(row.id, lambda found: reminders.cancelled(found, "the key was revoked", NOW))
    later = END + timedelta(days=30)
    assert ledger.archive(later - timedelta(seconds=1)) == 0
    assert ledger.archive(later) == 1
    assert list(ledger.all()) == [living.id]
    (line,) = (tmp_path / "reminders-archive.jsonl").read_text().splitlines()
    kept = json.loads(line)
    assert (kept["id"], kept["state"]) == (row.id, State.CANCELLED)
