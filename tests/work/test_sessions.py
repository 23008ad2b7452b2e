"""Sessions: known again by their token alone, seldom written, ended in every process at once."""

import dataclasses
import errno
from datetime import timedelta

import pytest

from ninety.rules.audit import Did, Wanted
from ninety.rules.sessions import LIFE, MOST
from ninety.store import sessions as store
from ninety.store.accounts import Accounts
from ninety.store.sessions import KeptSessions
from ninety.work.sessions import Sessions
from parts.hand_clock import START

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def kept(tmp_path):
    return KeptSessions(tmp_path)


@pytest.fixture
def sessions(kept, accounts, trail):
    return Sessions(kept, accounts, trail)


def begin(sessions, person, now=START):
    """A session of `person`, and its token."""
    token = sessions.begin(person, "10.0.3.7", FIREFOX, now)
    session, _ = sessions.opened(token, now)
    return session, token


def test_a_session_knows_its_person_where_it_is_and_since_when(sessions, alice):
    session, token = begin(sessions, alice)
    assert sessions.opened(token, START) == (session, alice)
    assert (session.address, session.browser) == ("10.0.3.7", "Firefox on Linux")
    assert session.made_at == session.seen_at == START


def test_the_token_is_kept_nowhere(sessions, alice, tmp_path):
    _, token = begin(sessions, alice)
    assert token not in (tmp_path / "sessions.json").read_text()


@pytest.mark.parametrize("token", ["", "no such token", "\ud800", "first-admin"])
def test_a_token_that_nobody_was_given_opens_nothing(sessions, alice, token):
    begin(sessions, alice)
    assert sessions.opened(token, START) is None


def test_the_id_that_the_list_shows_opens_nothing(sessions, alice):
    session, _ = begin(sessions, alice)
    assert sessions.opened(session.id, START) is None


def test_a_session_ends_thirty_days_after_its_last_visit(sessions, alice):
    session, token = begin(sessions, alice)
    almost = START + LIFE - timedelta(seconds=1)
    assert sessions.opened(token, almost)
    assert sessions.opened(token, START + LIFE) is None
    sessions.seen(session, "10.0.3.9", FIREFOX, almost)
    assert sessions.opened(token, START + LIFE)
    (seen,) = sessions.of(alice, START + LIFE)
    assert (seen.seen_at, seen.made_at, seen.address) == (almost, START, "10.0.3.9")


def test_a_visit_is_written_down_once_in_ten_minutes(sessions, alice, tmp_path):
    _, token = begin(sessions, alice)
    file = tmp_path / "sessions.json"
    written = []
    for minute in range(31):
        now = START + minute * MINUTE
        before = file.stat().st_ino
        session, _ = sessions.opened(token, now)
        sessions.seen(session, "10.0.3.7", FIREFOX, now)
        if file.stat().st_ino != before:
            written.append(minute)
    assert written == [10, 20, 30]


def test_a_visit_that_another_process_noted_is_not_noted_again(sessions, kept, alice):
    session, _ = begin(sessions, alice)
    kept.seen(session.id, START + 10 * MINUTE, "10.0.3.8", "")
    sessions.seen(session, "10.0.3.9", FIREFOX, START + 11 * MINUTE)
    assert kept.get(session.id).address == "10.0.3.8"


def test_a_visit_does_not_bring_a_session_back_that_ended_meanwhile(sessions, alice):
    session, token = begin(sessions, alice)
    sessions.end(alice, session.id, START)
    sessions.seen(session, "10.0.3.7", FIREFOX, START + 11 * MINUTE)
    assert sessions.opened(token, START) is None


def test_a_full_disk_keeps_nobody_signed_in_from_a_page(sessions, alice, monkeypatch, caplog):
    session, token = begin(sessions, alice)

    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.Collection, "change", full)
    sessions.seen(session, "10.0.3.7", FIREFOX, START + 11 * MINUTE)
    assert sessions.opened(token, START + 11 * MINUTE)
    assert "No space left" in caplog.text


def test_ending_one_holds_in_every_process_at_once(sessions, alice, trail, tmp_path):
    elsewhere = Sessions(KeptSessions(tmp_path), Accounts(tmp_path), trail)
    session, token = begin(sessions, alice)
    _, other = begin(sessions, alice)
    assert elsewhere.opened(token, START)
    assert sessions.end(alice, session.id, START)
    assert elsewhere.opened(token, START) is None
    assert elsewhere.opened(other, START)
    assert not sessions.end(alice, session.id, START)


def test_nobody_ends_the_session_of_somebody_else(sessions, alice, bob):
    session, token = begin(sessions, alice)
    assert not sessions.end(bob, session.id, START)
    assert sessions.opened(token, START)


def test_ending_all_others_leaves_this_one_and_those_of_other_people(sessions, alice, bob, trail):
    this, token = begin(sessions, alice)
    others = [begin(sessions, alice)[1] for _ in range(3)]
    _, of_bob = begin(sessions, bob)
    assert sessions.end_others(alice, this, START) == 3
    assert sessions.opened(token, START)
    assert sessions.opened(of_bob, START)
    assert not any(sessions.opened(other, START) for other in others)
    assert [event.what for event in trail.newest(Wanted())][:1] == [Did.SESSIONS_ENDED]


@pytest.mark.parametrize(
    "change",
    [
        lambda people, alice: people.disable(alice.id, START),
        lambda people, alice: people.set_password(alice.id, "another good one", START),
        lambda people, alice: people.remove(alice.id, START),
    ],
    ids=["disabled", "new password", "removed"],
)
def test_every_session_ends_with(sessions, people, alice, change):
    _, token = begin(sessions, alice)
    change(people, alice)
    assert sessions.opened(token, START) is None


def test_losing_the_file_signs_everybody_out_and_no_more(sessions, alice, tmp_path):
    _, token = begin(sessions, alice)
    (tmp_path / "sessions.json").unlink()
    assert sessions.opened(token, START) is None
    _, again = begin(sessions, alice)
    assert sessions.opened(again, START)


def test_what_ended_is_forgotten_as_others_begin(sessions, kept, people, alice, bob):
    old, _ = begin(sessions, alice)
    of_bob, _ = begin(sessions, bob, START + LIFE)
    assert kept.get(old.id) is None
    changed = people.set_password(bob.id, "another good one", START)
    begin(sessions, changed, START + LIFE)
    assert kept.get(of_bob.id) is None


def test_one_more_than_fifty_ends_the_one_that_was_seen_longest_ago(sessions, alice, bob):
    tokens = [begin(sessions, alice, START + n * MINUTE)[1] for n in range(MOST)]
    _, of_bob = begin(sessions, bob)
    now = START + MOST * MINUTE
    _, newest = begin(sessions, alice, now)
    assert sessions.opened(tokens[0], now) is None
    assert all(sessions.opened(token, now) for token in [*tokens[1:], newest, of_bob])
    assert len(sessions.of(alice, now)) == MOST


def test_what_a_browser_calls_itself_and_its_address_stay_short(sessions, alice):
    token = sessions.begin(alice, "1" * 10_000, "x" * 10_000, START)
    session, _ = sessions.opened(token, START)
    assert max(map(len, map(str, dataclasses.astuple(session)))) <= 400
