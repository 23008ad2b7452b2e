"""One mail for each leaked key, counted at the mail server, whatever happens on the way."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread

import pytest

from ninety.rules import reminders
from ninety.rules.leaks import Report
from ninety.rules.reminders import State
from ninety.rules.uses import Use
from ninety.settings import Settings
from ninety.wiring import Ninety, open_ninety
from parts.hand_clock import START, HandClock
from parts.packages import make_nupkg
from parts.smtp import Fault, MailServer

FEED = "https://feed.example"


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def make_world(settings, clock, smtp) -> Iterator[Callable[..., Ninety]]:
    """Joins the product over the one folder again and again, each like another process."""
    opened = []

    def make(**more: object) -> Ninety:
        mailing = {"mail_server": smtp.host, "mail_port": smtp.port, "base_url": FEED}
        one = open_ninety(replace(settings, **(mailing | more)), clock=clock)
        one.index.catch_up()
        opened.append(one)
        return one

    yield make
    for one in opened:
        one.index.close()


@pytest.fixture
def world(make_world) -> Ninety:
    return make_world()


@pytest.fixture
def secret(world, alice) -> str:
    return world.lifecycle.make(alice, "ci", 90, START).secret


def report(world: Ninety, *secrets: str) -> None:
    world.leaks.report(Report(secrets, "https://paste.example/1"), world.clock())


def run(world: Ninety) -> None:
    """One tick: scan, then send what was found."""
    world.leak_sending.remind(world.leak_mail.scan(world.clock()), world.clock)


def state(world: Ninety, secret: str) -> State | None:
    row = world.leak_mail.of(world.lifecycle.find(secret.split("_")[1]))
    return row.state if row else None


def test_the_owner_is_told_once_however_often_the_worker_runs(world, secret, smtp, clock, alice):
    run(world)
    assert smtp.messages == []
    report(world, secret)
    report(world, secret)
    for _day in range(100):
        run(world)
        clock.advance(days=1)
    (letter,) = smtp.messages
    assert letter.envelope_to == (alice.email,)
    assert letter.message["Subject"] == "API key 'ci' was reported as leaked and is revoked"
    assert "https://paste.example/1" in letter.body("plain")
    assert secret[15:] not in letter.content.decode()
    assert state(world, secret) is State.SENT


def test_the_mail_tells_what_was_done_with_the_key(world, secret, smtp, clock):
    holder = world.access.authenticate(secret, START)
    for number in range(2):
        version = [make_nupkg("Acme.Core", f"1.{number}.0")]
        world.publishing.receive(holder, version, "", clock())
        clock.advance(days=29)
    world.using.note(holder, Use(clock(), "10.0.3.7", "dotnet/10", "Acme.Core 1.1.0"))
    report(world, secret)
    run(world)
    body = " ".join(smtp.messages[0].body("plain").split())
    assert "Pushed Acme.Core 1.1.0, 22 Dec 2026, 15:04 CET (14:04 UTC)" in body
    assert "Acme.Core 1.0.0" not in body, "longer than 30 days ago"
    assert "by dotnet/10 from 10.0.3.7, for Acme.Core 1.1.0" in body


def test_whoever_wants_no_reminders_is_told_all_the_same(world, secret, smtp, accounts, alice):
    accounts.change(alice.id, lambda person: replace(person, wants_reminders=False))
    report(world, secret)
    run(world)
    assert len(smtp.messages) == 1


def test_a_mail_server_that_was_away_gets_it_later(world, secret, smtp, clock):
    report(world, secret)
    smtp.fail("connect", Fault.DROP, times=1)
    run(world)
    assert state(world, secret) is State.PENDING
    clock.advance(hours=1)
    run(world)
    assert (len(smtp.messages), state(world, secret)) == (1, State.SENT)


def test_without_a_mail_server_it_waits_and_a_preview_is_kept(
    make_world, world, secret, smtp, tmp_path, clock
):
    silent = make_world(mail_server="")
    report(silent, secret)
    run(silent)
    run(silent)
    assert state(silent, secret) is State.PENDING
    (preview,) = (tmp_path / "outbox").iterdir()
    assert b"reported as leaked" in preview.read_bytes()
    run(world)
    assert (len(smtp.messages), state(world, secret)) == (1, State.SENT)


def test_a_lost_answer_is_doubt_that_everybody_can_see(world, secret, smtp, clock):
    report(world, secret)
    smtp.fail("dot", Fault.LOSE, times=1)
    for _hour in range(5):
        run(world)
        clock.advance(hours=1)
    assert (len(smtp.messages), state(world, secret)) == (0, State.UNKNOWN)


def test_what_could_not_be_sent_for_a_week_is_missed_and_says_so(make_world, secret, smtp, clock):
    silent = make_world(mail_server="")
    report(silent, secret)
    clock.advance(days=8)
    run(silent)
    assert state(silent, secret) is State.MISSED
    run(make_world())
    assert smtp.messages == []


def test_nobody_is_told_who_was_disabled(world, secret, smtp, people, alice):
    report(world, secret)
    people.disable(alice.id, START)
    run(world)
    assert (smtp.messages, state(world, secret)) == ([], State.CANCELLED)


def test_two_workers_at_once_send_each_mail_once(make_world, world, smtp, alice):
    made = [world.lifecycle.make(alice, f"key {number}", 90, START) for number in range(8)]
    report(world, *(one.secret for one in made))
    together = Barrier(2)

    def work(one: Ninety) -> None:
        together.wait()
        run(one)

    threads = [Thread(target=work, args=[make_world()]) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run(world)
    assert len({letter.message["Message-ID"] for letter in smtp.messages}) == 8
    assert len(smtp.messages) == 8


KILLED = """
import os, sys
from pathlib import Path
from ninety.rules.instants import parse
from ninety.rules.leaks import Report
from ninety.settings import Settings
from ninety.store.documents import Collection
from ninety.wiring import open_ninety

moves, port, data, now = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), parse(sys.argv[4])
ninety = open_ninety(
    Settings(data=data, mail_server="127.0.0.1", mail_port=port), clock=lambda: now
)
change = Collection.change

def counted(self, ids, fn):
    global moves
    written = change(self, ids, fn)
    moves -= self.path.stem in ("keys", "leaks")
    if moves == 0:
        os._exit(9)
    return written

Collection.change = counted
ninety.leaks.report(Report((sys.stdin.read(),), ""), now)
ninety.leak_sending.remind(ninety.leak_mail.scan(now), lambda: now)
raise SystemExit("the point was never reached")
"""


@pytest.mark.parametrize(
    ("moves", "point", "mails", "left"),
    [
        (1, "the key is revoked", 1, State.SENT),
        (2, "the scan saw it", 1, State.SENT),
        (3, "a worker took it", 1, State.SENT),
        (4, "the message may be on its way", 0, State.UNKNOWN),
        (5, "the server took it", 1, State.SENT),
    ],
)
def test_killed_at_any_point_it_is_never_two_and_never_silently_none(
    tmp_path, world, secret, smtp, clock: HandClock, moves, point, mails, left
):
    now = START.strftime("%Y-%m-%dT%H:%M:%SZ")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(moves), str(smtp.port), str(tmp_path), now],
        input=secret,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
        env={"PATH": os.environ["PATH"]},
    )
    assert killed.returncode == 9, killed.stderr
    assert world.lifecycle.find(secret.split("_")[1]).reported_at == START, point
    clock.advance(seconds=reminders.LEASE.total_seconds())
    for _run in range(3):
        run(world)
        clock.advance(hours=1)
    assert (len(smtp.messages), state(world, secret)) == (mails, left), point


def test_a_settings_without_mail_still_revokes(settings: Settings, clock, secret):
    bare = open_ninety(settings, clock=clock)
    report(bare, secret)
    assert bare.lifecycle.find(secret.split("_")[1]).revoked_at == START
