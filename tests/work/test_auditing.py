"""Noting what happens: where it came from, whom it names, and a trail that cannot be written."""

import errno
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from ninety.rules.audit import By, Did, Event, Origin, Wanted
from ninety.rules.people import Person
from ninety.store.audit import AuditFile
from ninety.work import auditing
from ninety.work.auditing import Trail
from parts.hand_clock import START

ADA = Person(id="p1", email="ada@example.org", password_hash="", made_at=START)


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    return Trail(AuditFile(tmp_path))


def told(trail: Trail) -> list[Event]:
    return list(trail.newest(Wanted()))


def test_an_event_says_who_and_from_where(trail: Trail) -> None:
    auditing.comes_from(Origin(By.CLIENT, "10.0.0.7", "NuGet Command Line/5.8.0"))
    trail.note(Did.KEY_MADE, START, person=ADA, about="It ends some day.")
    (event,) = told(trail)
    assert (event.who and event.who.email, event.address) == ("ada@example.org", "10.0.0.7")
    assert (event.by, event.client) == ("client", "NuGet Command Line/5.8.0")


def test_a_thread_comes_from_nowhere_until_it_says(trail: Trail) -> None:
    auditing.comes_from(Origin(By.PAGE, "10.0.0.7"))
    other = threading.Thread(target=lambda: trail.note(Did.SIGNED_IN, START))
    other.start()
    other.join()
    assert (told(trail)[0].by, told(trail)[0].address) == ("", "")


def test_what_others_wrote_stays_on_one_line_and_has_an_end(trail: Trail) -> None:
    auditing.comes_from(Origin(By.CLIENT, "1.2.3.4\n\x1b[31m" + "9" * 9999))
    trail.note(Did.KEY_REFUSED, START, package="A\r\nB" * 9999, about="C\u2028D" * 9999)
    (event,) = told(trail)
    for text in (event.address, event.package, event.about):
        assert text.isprintable()
        assert len(text) <= 400


def test_a_trail_that_cannot_be_written_fails_nothing_and_tells_later(
    trail: Trail, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_file: AuditFile, _event: Event) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(AuditFile, "append", full)
        trail.note(Did.VERSION_PUSHED, START)
        trail.note(Did.VERSION_PUSHED, START + timedelta(hours=1))
    trouble = trail.trouble
    assert trouble is not None
    assert (trouble.since, trouble.lost) == (START, 2)
    assert "No space left on device" in caplog.text
    trail.note(Did.SIGNED_IN, START + timedelta(hours=2))
    assert trail.trouble is None
    assert [event.what for event in told(trail)] == [Did.SIGNED_IN, Did.EVENTS_LOST]
    assert told(trail)[1].about == "2 since 2026-11-23 14:04 UTC: No space left on device."


def test_pages_follow_one_another_without_gap_or_repeat(trail: Trail) -> None:
    for number in range(25):
        trail.note(Did.SIGNED_IN, START + timedelta(minutes=number), about=str(number))
    found, older = [], None
    for size in (10, 10, 5):
        page = trail.page(Wanted(), 10, older)
        assert len(page.events) == size
        found += [int(event.about) for event in page.events]
        older = page.older
    assert older is None
    assert found == list(reversed(range(25)))


def test_a_rare_event_is_looked_for_a_stretch_at_a_time(
    trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "MOST_LOOKED_AT", 10)
    trail.note(Did.KEY_MADE, START)
    for number in range(25):
        trail.note(Did.SIGNED_IN, START + timedelta(minutes=number))
    pages, older = [], None
    for _page in range(3):
        page = trail.page(Wanted(what="made"), 5, older)
        pages.append(len(page.events))
        older = page.older
    assert (pages, older) == ([0, 0, 1], None)


def test_who_did_something_last_is_told_as_far_as_it_was_looked(
    trail: Trail, alice: Person, bob: Person
) -> None:
    for day, person in ((0, bob), (1, alice), (2, alice)):
        trail.note(Did.SIGNED_IN, START + timedelta(days=day), person=person)
    trail.note(Did.SIGNED_OUT, START + timedelta(days=3), person=bob)
    everything = trail.last_of_each(Did.SIGNED_IN, 100)
    assert everything == {alice.id: START + timedelta(days=2), bob.id: START}
    assert trail.last_of_each(Did.SIGNED_IN, 3) == {alice.id: START + timedelta(days=2)}


def test_nothing_older_than_the_day_asked_for_is_looked_at(trail: Trail) -> None:
    for day in range(10):
        trail.note(Did.SIGNED_IN, START + timedelta(days=day))
    since = START + timedelta(days=7)
    assert [event.at.day for event in trail.newest(Wanted(since=since))] == [2, 1, 30]
    assert trail.page(Wanted(since=since), 100).older is None
