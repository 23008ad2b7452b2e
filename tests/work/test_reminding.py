"""One mail per key and end, counted at the mail server, whatever happens on the way."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from ninety.mail.post_office import PostOffice
from ninety.rules import reminders
from ninety.rules.errors import NotFound
from ninety.rules.keys import ApiKey
from ninety.rules.policy import Policy
from ninety.rules.reminders import IllegalArrow, State
from ninety.settings import Settings
from ninety.store.audit import AuditFile
from ninety.store.packages import Packages
from ninety.store.uses import Uses
from ninety.work.auditing import Trail
from ninety.work.colleagues import Colleagues
from ninety.work.reminding import Reminding
from ninety.work.sending import Sending
from ninety.work.telling import Telling
from ninety.work.wanted import Wanted
from parts.hand_clock import START, HandClock
from parts.smtp import Fault, MailServer

DAY = timedelta(days=1)
WARN = 10 * DAY
FEED = "https://feed.example"


class Reminders:
    """The reminder machinery over one folder, with a clock wound by hand."""

    def __init__(self, folder, stores, clock: HandClock, settings: Settings) -> None:
        accounts, keyring, self.ledger, self.site = stores
        self.clock = clock
        self.policy = Policy(warn_days=WARN.days)
        trail = Trail(AuditFile(folder))
        uses = Uses(folder)
        mail = PostOffice(settings, folder, lambda: FEED)
        wanted = Wanted(keyring, accounts, Colleagues(Packages(folder), accounts))
        self.reminding = Reminding(
            ledger=self.ledger,
            keyring=keyring,
            wanted=wanted,
            site=self.site,
            policy=lambda: self.policy,
            mail_configured=mail.configured(),
            trail=trail,
        )
        self.sending = Sending(
            ledger=self.ledger,
            keyring=keyring,
            wanted=wanted,
            write=Telling(
                accounts=accounts,
                keyring=keyring,
                site=self.site,
                uses=uses.of,
                base_url=lambda: FEED,
                compose=mail.reminder,
                unsubscribe=lambda _key, _recipient: "",
                policy=lambda: self.policy,
            ).write,
            site=self.site,
            mail=mail,
            trail=trail,
        )

    def run(self):
        """One tick: scan, then send what was found."""
        found = self.reminding.scan(self.clock())
        return self.sending.remind(found.ready, self.clock)

    def states(self) -> list[State]:
        return [row.state for row in self.reminding.rows()]


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def stores(accounts, keyring, ledger, site):
    return accounts, keyring, ledger, site


@pytest.fixture
def with_server(settings, smtp) -> Settings:
    return replace(settings, mail_server=smtp.host, mail_port=smtp.port)


@pytest.fixture
def feed(tmp_path, stores, clock, with_server) -> Reminders:
    return Reminders(tmp_path, stores, clock, with_server)


@pytest.fixture
def ci(lifecycle, alice) -> ApiKey:
    return lifecycle.make(alice, "ci", 90, START).key


def test_one_mail_in_a_year_however_often_the_worker_runs(feed, clock, smtp, ci):
    for _day in range(365):
        feed.run()
        clock.advance(days=1)
    assert [letter.message["Subject"] for letter in smtp.messages] == [
        "API key 'ci' ends in 10 days"
    ]
    assert feed.states() == []
    assert ci.id in (feed.ledger._archive).read_text()


def test_the_mail_names_key_instant_and_page_and_goes_to_the_owner(feed, clock, smtp, ci, alice):
    clock.move_to(ci.expires_at - 9 * DAY)
    feed.run()
    (letter,) = smtp.messages
    assert letter.envelope_to == (alice.email,)
    for kind in ("plain", "html"):
        body = letter.body(kind)
        assert "ci" in body
        assert "21 Feb 2027, 15:04 CET (14:04 UTC)" in " ".join(body.split())
        assert f"{FEED}/account/keys/{ci.id}" in body


def test_nothing_is_sent_before_the_window_opens(feed, clock, smtp, ci):
    clock.move_to(ci.expires_at - WARN - timedelta(seconds=1))
    feed.run()
    assert smtp.messages == []
    clock.advance(seconds=1)
    feed.run()
    assert len(smtp.messages) == 1


def test_a_feed_that_was_off_through_the_window_says_late_what_it_missed(feed, clock, smtp, ci):
    clock.move_to(ci.expires_at + 3 * DAY)
    feed.run()
    assert smtp.messages[0].message["Subject"].startswith("API key 'ci' ended 21 Feb 2027")


def test_a_week_after_the_end_the_mail_is_missed_and_says_so(feed, clock, smtp, ci):
    clock.move_to(ci.expires_at + 7 * DAY)
    feed.run()
    assert (smtp.messages, feed.states()) == ([], [State.MISSED])
    assert feed.reminding.standing(ci, clock()).kind == "missed"


def test_a_row_whose_worker_died_is_missed_too_once_it_is_too_late(feed, clock, smtp, ci):
    clock.move_to(ci.expires_at - 9 * DAY)
    (row_id,) = feed.reminding.scan(clock()).ready
    assert feed.ledger.claim([row_id], "a worker that dies", clock())
    clock.move_to(ci.expires_at + 7 * DAY)
    feed.run()
    assert (smtp.messages, feed.states()) == ([], [State.MISSED])


def test_a_regenerated_key_gets_a_mail_for_its_new_end_only(
    feed, clock, smtp, lifecycle, ci, alice
):
    clock.move_to(ci.expires_at - 12 * DAY)
    feed.run()
    renewed = lifecycle.regenerate(ci.id, alice, clock()).key
    clock.move_to(ci.expires_at - 9 * DAY)
    feed.run()
    assert smtp.messages == []
    clock.move_to(renewed.expires_at - 9 * DAY)
    feed.run()
    assert len(smtp.messages) == 1


def test_a_key_regenerated_after_its_mail_gets_one_for_its_new_end(
    feed, clock, smtp, lifecycle, ci, alice
):
    clock.move_to(ci.expires_at - 9 * DAY)
    feed.run()
    renewed = lifecycle.regenerate(ci.id, alice, clock()).key
    feed.run()
    clock.move_to(renewed.expires_at - 9 * DAY)
    feed.run()
    feed.run()
    assert len(smtp.messages) == 2


@pytest.mark.parametrize(
    "how", ["revoked", "regenerated", "moved", "rotated", "disabled", "wants no reminder"]
)
def test_the_key_is_looked_at_again_just_before_its_mail(
    feed, clock, smtp, lifecycle, keyring, accounts, people, ci, alice, how
):
    clock.move_to(ci.expires_at - 9 * DAY)
    found = feed.reminding.scan(clock())
    match how:
        case "revoked":
            lifecycle.revoke(ci.id, alice, clock())
        case "regenerated":
            lifecycle.regenerate(ci.id, alice, clock())
        case "moved":
            move(keyring, ci, ci.expires_at + 5 * DAY, clock())
        case "rotated":
            new = lifecycle.rotate(ci.id, alice, clock()).key
            keyring.change(new.id, lambda key: replace(key, first_used_at=clock()))
        case "disabled":
            people.disable(alice.id, clock())
        case _:
            accounts.change(alice.id, lambda person: replace(person, wants_reminders=False))
    (row,) = feed.sending.remind(found.ready, clock)
    assert smtp.messages == []
    assert (row.state, how in row.reason) == (State.CANCELLED, True)


def move(keyring, key: ApiKey, ends_at, now) -> None:
    """Give the key another end, as an admin does."""
    keyring.change(key.id, lambda found: replace(found, expires_at=ends_at, spread_at=now))


def test_a_moved_end_earns_a_mail_of_its_own_and_the_same_end_saved_again_does_not(
    feed, clock, smtp, keyring, ci
):
    clock.move_to(ci.expires_at - 9 * DAY)
    feed.run()
    keyring.change(ci.id, lambda key: replace(key, note="saved again"))
    feed.run()
    move(keyring, ci, ci.expires_at, clock())
    feed.run()
    assert len(smtp.messages) == 1
    move(keyring, ci, ci.expires_at - 2 * DAY, clock())
    feed.run()
    feed.run()
    assert len(smtp.messages) == 2
    move(keyring, ci, ci.expires_at, clock())
    feed.run()
    assert len(smtp.messages) == 2, "the mail for this end was sent before"


def test_a_mail_cancelled_with_its_owner_goes_out_when_they_are_back(
    feed, clock, smtp, people, ci, alice
):
    people.disable(alice.id, START)
    clock.move_to(ci.expires_at - 9 * DAY)
    feed.run()
    assert feed.states() == [State.CANCELLED]
    people.enable(alice.id, START)
    feed.run()
    assert (len(smtp.messages), feed.states()) == (1, [State.SENT])


def test_a_contact_is_told_instead_of_the_owner(feed, clock, smtp, keyring, ci):
    keyring.change(ci.id, lambda key: replace(key, contact="team@example.org"))
    clock.move_to(ci.expires_at - 9 * DAY)
    feed.run()
    assert [letter.envelope_to for letter in smtp.messages] == [("team@example.org",)]


def test_who_opted_out_is_not_told_and_the_page_says_why(feed, clock, smtp, accounts, ci, alice):
    accounts.change(alice.id, lambda person: replace(person, wants_reminders=False))
    assert "wants no reminder mail" in feed.reminding.standing(ci, START).why
    clock.move_to(ci.expires_at - 9 * DAY)
    feed.run()
    assert (smtp.messages, feed.states()) == ([], [State.CANCELLED])


def test_keys_under_two_days_get_no_mail_and_say_so(feed, clock, smtp, lifecycle, alice):
    short = lifecycle.make(alice, "short", 1, START).key
    assert feed.reminding.standing(short, START).kind == "too-short"
    clock.move_to(short.expires_at)
    feed.run()
    assert (smtp.messages, feed.states()) == ([], [])


@pytest.mark.parametrize(
    ("stage", "fault", "state", "mails_after_recovery"),
    [
        ("connect", "421 too busy", State.PENDING, 1),
        ("connect", Fault.DROP, State.PENDING, 1),
        ("mail", "451 later", State.PENDING, 1),
        ("rcpt", "450 later", State.PENDING, 1),
        ("rcpt", "550 no such user", State.FAILED, 0),
        ("data", "451 later", State.PENDING, 1),
        ("dot", "451 later", State.PENDING, 1),
        ("dot", "554 looks like spam", State.FAILED, 0),
    ],
)
def test_a_fault_leaves_a_state_that_says_what_happens_next(
    feed, clock, smtp, ci, stage, fault, state, mails_after_recovery
):
    clock.move_to(ci.expires_at - 9 * DAY)
    smtp.fail(stage, fault)
    feed.run()
    assert (feed.states(), len(smtp.messages)) == ([state], 0)
    smtp.recover()
    feed.run()
    assert len(smtp.messages) == 0, "a postponed row waits for its turn"
    clock.advance(hours=1)
    feed.run()
    assert len(smtp.messages) == mails_after_recovery


@pytest.mark.parametrize(
    ("stage", "fault"), [("dot", Fault.DROP), ("dot", Fault.LOSE), ("body", Fault.DROP)]
)
def test_a_lost_answer_is_in_doubt_and_no_machine_sends_again(feed, clock, smtp, ci, stage, fault):
    clock.move_to(ci.expires_at - 9 * DAY)
    smtp.fail(stage, fault)
    feed.run()
    assert feed.states() == [State.UNKNOWN]
    smtp.recover()
    accepted = len(smtp.messages)
    for _ in range(10):
        clock.advance(hours=6)
        feed.run()
    assert (len(smtp.messages), feed.states()) == (accepted, [State.UNKNOWN])
    assert feed.reminding.standing(ci, clock()).kind == "unknown"


def test_a_person_may_send_again_what_is_in_doubt_and_nothing_else(feed, clock, smtp, ci):
    clock.move_to(ci.expires_at - 9 * DAY)
    smtp.fail("dot", Fault.DROP, times=1)
    feed.run()
    accepted = len(smtp.messages)
    (row,) = feed.reminding.rows()
    feed.reminding.send_again(row.id, clock())
    feed.run()
    assert (len(smtp.messages), feed.states()) == (accepted + 1, [State.SENT])
    with pytest.raises(IllegalArrow):
        feed.reminding.send_again(row.id, clock())
    with pytest.raises(NotFound):
        feed.reminding.send_again("no-such-row", clock())


def test_a_new_address_reopens_what_could_not_be_delivered(feed, clock, smtp, keyring, ci):
    clock.move_to(ci.expires_at - 9 * DAY)
    smtp.fail("rcpt", "550 no such user", times=1)
    feed.run()
    assert feed.states() == [State.FAILED]
    keyring.change(ci.id, lambda key: replace(key, contact="team@example.org"))
    feed.run()
    assert [letter.envelope_to for letter in smtp.messages] == [("team@example.org",)]


def test_an_unreachable_server_stops_the_batch_and_costs_no_tries(
    feed, clock, smtp, lifecycle, alice, site
):
    for number in range(5):
        lifecycle.make(alice, f"key {number}", 90, START)
    clock.move_to(START + 81 * DAY)
    smtp.fail("connect", Fault.DROP)
    left = feed.run()
    assert (smtp.conversations, len(left)) == (3, 5)
    assert {(row.state, row.attempts) for row in feed.reminding.rows()} == {(State.PENDING, 0)}
    assert site.instant("mail-down") == clock()
    smtp.recover()
    clock.advance(minutes=10)
    feed.run()
    assert len(smtp.messages) == 5
    assert (site.instant("mail-down"), site.instant("mail-accepted")) == (None, clock())


def test_without_a_server_the_row_waits_with_one_preview_and_goes_out_once_there_is_one(
    tmp_path, stores, clock, settings, with_server, smtp, ci
):
    clock.move_to(ci.expires_at - 9 * DAY)
    silent = Reminders(tmp_path, stores, clock, settings)
    for _ in range(3):
        silent.run()
    (row,) = silent.reminding.rows()
    assert (row.state, row.reason) == (State.PENDING, "no mail server")
    assert [path.name for path in (tmp_path / "outbox").iterdir()] == [f"{row.id}.eml"]
    assert silent.reminding.standing(ci, clock()).nobody_told
    talking = Reminders(tmp_path, stores, clock, with_server)
    talking.run()
    talking.run()
    assert (len(smtp.messages), talking.states()) == (1, [State.SENT])


def test_two_workers_at_once_send_each_mail_once(
    tmp_path, stores, clock, with_server, smtp, lifecycle, alice
):
    for number in range(12):
        lifecycle.make(alice, f"key {number}", 90, START)
    clock.move_to(START + 81 * DAY)
    workers = [Reminders(tmp_path, stores, clock, with_server) for _ in range(2)]
    together = Barrier(2)

    def work(worker: Reminders) -> None:
        together.wait()
        worker.run()

    threads = [Thread(target=work, args=[worker]) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(smtp.messages) == 12
    assert len({letter.message["Message-ID"] for letter in smtp.messages}) == 12


KILLED = """
import os, sys
from pathlib import Path
from datetime import datetime
from ninety.settings import Settings
from ninety.wiring import open_ninety
from ninety.store.documents import Collection
from ninety.rules.instants import parse

point, port, data, now = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), parse(sys.argv[4])
ninety = open_ninety(
    Settings(data=data, mail_server="127.0.0.1", mail_port=port), clock=lambda: now
)
found = ninety.reminding.scan(now)
moves = {"after scan": 0, "after claim": 1, "after sending": 2, "after sent": 3}[point]
change = Collection.change

def counted(self, ids, fn):
    global moves
    if self.path.stem != "reminders":
        return change(self, ids, fn)
    if moves == 0:
        os._exit(9)
    written = change(self, ids, fn)
    moves -= 1
    if moves == 0:
        os._exit(9)
    return written

Collection.change = counted
ninety.sending.remind(found.ready, lambda: now)
raise SystemExit("the point was never reached")
"""


@pytest.mark.parametrize(
    ("point", "mails", "state"),
    [
        ("after scan", 1, State.SENT),
        ("after claim", 1, State.SENT),
        ("after sending", 0, State.UNKNOWN),
        ("after sent", 1, State.SENT),
    ],
)
def test_a_worker_killed_at_any_point_never_makes_it_two(
    tmp_path, feed, clock, smtp, ci, point, mails, state
):
    clock.move_to(ci.expires_at - 9 * DAY)
    now = clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, point, str(smtp.port), str(tmp_path), now],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
        env={"PATH": os.environ["PATH"]},
    )
    assert killed.returncode == 9, killed.stderr
    clock.advance(seconds=reminders.LEASE.total_seconds())
    for _ in range(3):
        feed.run()
        clock.advance(hours=1)
    assert (len(smtp.messages), feed.states()) == (mails, [state])


def test_a_wider_window_reminds_at_once_and_never_of_a_key_that_was_reminded_of(
    feed, clock, smtp, lifecycle, alice
):
    told = lifecycle.make(alice, "told", 70, START).key
    lifecycle.make(alice, "next", 80, START)
    lifecycle.make(alice, "later", 90, START)
    clock.move_to(told.expires_at - 9 * DAY)
    feed.run()
    feed.policy = Policy(warn_days=22)
    feed.run()
    clock.advance(days=2)
    feed.run()
    assert [letter.message["Subject"] for letter in smtp.messages] == [
        "API key 'told' ends in 9 days",
        "API key 'next' ends in 19 days",
    ]
    assert feed.states() == [State.SENT, State.SENT]


def test_a_narrower_window_sends_nothing_twice_and_the_others_later(feed, clock, smtp, ci):
    clock.move_to(ci.expires_at - 9 * DAY)
    feed.run()
    feed.policy = Policy(warn_days=3)
    assert feed.reminding.standing(ci, clock()).kind == "sent"
    for _day in range(12):
        feed.run()
        clock.advance(days=1)
    assert len(smtp.messages) == 1


def test_a_reminder_that_waits_follows_the_window(feed, clock, smtp, ci):
    clock.move_to(ci.expires_at - 9 * DAY)
    feed.reminding.scan(clock())
    feed.policy = Policy(warn_days=3)
    feed.run()
    assert (smtp.messages, feed.states()) == ([], [State.PENDING])
    standing = feed.reminding.standing(ci, clock())
    assert (standing.kind, standing.at) == ("planned", ci.expires_at - 3 * DAY)
    feed.policy = Policy(warn_days=7)
    clock.advance(days=1)
    feed.run()
    assert smtp.messages == []
    clock.advance(days=1)
    feed.run()
    feed.run()
    assert len(smtp.messages) == 1


def test_a_reminder_that_waited_for_a_narrow_window_goes_out_when_it_widens(feed, clock, smtp, ci):
    clock.move_to(ci.expires_at - 9 * DAY)
    feed.reminding.scan(clock())
    feed.policy = Policy(warn_days=3)
    feed.run()
    feed.policy = Policy(warn_days=10)
    feed.run()
    assert (len(smtp.messages), feed.states()) == (1, [State.SENT])
    assert feed.run() == []


def test_a_narrower_window_does_not_hold_back_what_a_person_asked_for(feed, clock, smtp, ci):
    clock.move_to(ci.expires_at - 9 * DAY)
    smtp.fail("dot", Fault.LOSE, times=1)
    feed.run()
    assert feed.states() == [State.UNKNOWN]
    (row,) = feed.reminding.rows()
    feed.reminding.send_again(row.id, clock())
    feed.policy = Policy(warn_days=3)
    before = len(smtp.messages)
    feed.run()
    assert (len(smtp.messages) - before, feed.states()) == (1, [State.SENT])
