"""A batch holds its rows by lease, writes them down in few writes, and leaves none behind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ninety import jobs, queue
from ninety.mail.deliver import LONGEST_CONVERSATION
from ninety.rules.delivery import About, Delivered, NotDelivered, Outcome
from ninety.rules.keys import ApiKey
from ninety.rules.policy import Policy
from ninety.rules.reminders import LEASE, Reminder, State
from ninety.store.audit import AuditFile
from ninety.store.documents import Collection
from ninety.store.ledger import Ledger
from ninety.store.packages import Packages
from ninety.work.auditing import Trail
from ninety.work.colleagues import Colleagues
from ninety.work.reminding import Reminding
from ninety.work.sending import Sending
from ninety.work.wanted import Wanted
from parts.hand_clock import START, HandClock

DAY = timedelta(days=1)
KEYS = 6


class HandMail:
    """A mail server played by the test: `answer` says what becomes of each message."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.answer: Callable[[str], Outcome] = lambda _name: Delivered("250 ok")
        self.before: Callable[[str], None] = lambda _name: None

    def configured(self) -> bool:
        return True

    def deliver(self, recipient: str, content: bytes, before_data: Callable[[], None]) -> Outcome:
        name = content.decode()
        self.before(name)
        outcome = self.answer(name)
        if isinstance(outcome, NotDelivered) and outcome.about is About.CONNECTION:
            return outcome
        before_data()
        self.sent.append(name)
        return outcome

    def preview(self, name: str, content: bytes) -> None:
        raise AssertionError("there is a mail server")


def write(_row: Reminder, key: ApiKey, _recipient: str, _now: datetime) -> bytes:
    """A message that is nothing but the key's name."""
    if key.name == "unspeakable":
        raise UnicodeError("this name cannot be written")
    return key.name.encode()


class World:
    """Six due keys, and a worker that sends by hand."""

    def __init__(self, folder: Path, clock: HandClock, stores, lifecycle, owner) -> None:
        accounts, self.keyring, self.ledger, self.site = stores
        self.folder, self.clock, self.mail = folder, clock, HandMail()
        wanted = Wanted(self.keyring, accounts, Colleagues(Packages(folder), accounts))
        trail = Trail(AuditFile(folder))
        self.reminding = Reminding(
            ledger=self.ledger,
            keyring=self.keyring,
            wanted=wanted,
            site=self.site,
            policy=lambda: Policy(warn_days=10),
            mail_configured=True,
            trail=trail,
        )
        self.sending = Sending(
            ledger=self.ledger,
            keyring=self.keyring,
            wanted=wanted,
            write=write,
            site=self.site,
            mail=self.mail,
            trail=trail,
        )
        self.keys = {
            f"key {number}": lifecycle.make(owner, f"key {number}", 90, START).key
            for number in range(KEYS)
        }
        clock.move_to(START + 81 * DAY)

    def scan(self) -> tuple[str, ...]:
        return self.reminding.scan(self.clock()).ready

    def run(self, **options):
        return self.sending.remind(self.scan(), self.clock, **options)

    def row(self, name: str):
        return self.ledger.of(self.keys[name].id)[0]

    def states(self) -> list[State]:
        return [self.row(name).state for name in self.keys]

    def in_order(self) -> list[str]:
        """The names of the keys in the order in which their turns come."""
        named = {key.id: name for name, key in self.keys.items()}
        return [named[row.key_id] for row in self.reminding.rows()]


@pytest.fixture
def world(tmp_path, clock, accounts, keyring, ledger, site, lifecycle, alice) -> World:
    return World(tmp_path, clock, (accounts, keyring, ledger, site), lifecycle, alice)


@pytest.fixture
def writes(monkeypatch) -> list[dict[str, str]]:
    """The states that each write of the ledger puts down, by row."""
    written: list[dict[str, str]] = []
    change = Collection.change

    def noted(self, ids, fn):
        changed = change(self, ids, fn)
        if self.path.stem == "reminders" and changed:
            written.append({id: row["state"] for id, row in changed.items() if row})
        return changed

    monkeypatch.setattr(Collection, "change", noted)
    return written


def test_a_batch_is_claimed_at_once_and_each_fate_is_written_with_the_next_start(world, writes):
    ready = world.scan()
    writes.clear()
    world.sending.remind(ready, world.clock)
    assert writes == [
        dict.fromkeys(ready, "CLAIMED"),
        {ready[0]: "SENDING"},
        *({last: "SENT", next: "SENDING"} for last, next in pairwise(ready)),
        {ready[-1]: "SENT"},
    ]


def test_a_row_is_on_disk_as_being_sent_before_its_message_begins(world):
    seen = []

    def deliver(recipient, content, before_data):
        before_data()
        rows = Ledger(world.folder).all().values()
        seen.append([row.key_id for row in rows if row.state is State.SENDING])
        return Delivered("250 ok")

    world.mail.deliver = deliver
    world.run()
    named = [world.keys[name].id for name in world.in_order()]
    assert seen == [[key_id] for key_id in named]


def test_a_fate_waits_no_longer_than_one_more_conversation(world):
    first, second, *_ = _names(world)

    def slow(name: str) -> None:
        if name not in (first, second):
            assert world.row(first).state is State.SENT

    world.mail.before = slow
    world.mail.answer = lambda name: (
        NotDelivered("no line", permanent=False, about=About.CONNECTION)
        if name == second
        else Delivered("250 ok")
    )
    world.run()
    assert world.row(second).state is State.PENDING
    assert world.states().count(State.SENT) == KEYS - 1


def test_a_slow_batch_renews_its_leases_and_sends_each_mail_once(world):
    def take_long(_name: str) -> None:
        world.clock.advance(seconds=LONGEST_CONVERSATION.total_seconds())
        other = world.sending.remind(world.reminding.scan(world.clock()).ready, world.clock)
        assert other == []

    world.mail.before = take_long
    world.run()
    assert sorted(world.mail.sent) == sorted(world.keys)
    assert set(world.states()) == {State.SENT}


def test_a_batch_whose_leases_ended_gives_up_what_another_worker_took(world):
    slept = []

    def sleep_through(_name: str) -> None:
        if not slept:
            slept.append(world.clock.advance(seconds=LEASE.total_seconds()))
            world.sending.remind(world.scan(), world.clock)

    world.mail.before = sleep_through
    world.run()
    assert sorted(world.mail.sent) == sorted(world.keys)
    assert set(world.states()) == {State.SENT}


def test_a_row_without_a_good_lease_is_not_sent_even_if_nobody_else_took_it(world):
    first = _names(world)[0]
    world.mail.before = lambda name: (
        name == first and world.clock.advance(seconds=LEASE.total_seconds())
    )
    world.run()
    assert world.mail.sent == []
    world.mail.before = lambda _name: None
    world.run()
    assert sorted(world.mail.sent) == sorted(world.keys)


def test_nobody_waits_behind_a_row_that_fails_each_time(world):
    first = _names(world)[0]
    world.keyring.change(world.keys[first].id, lambda key: replace(key, name="unspeakable"))
    with pytest.raises(UnicodeError):
        world.run()
    assert world.states().count(State.PENDING) == KEYS
    world.run()
    assert world.states().count(State.SENT) == KEYS - 1
    row = world.row(first)
    assert (row.state, row.attempts) == (State.PENDING, 1)
    assert "UnicodeError" in row.reason


def test_a_fault_while_a_message_is_on_its_way_leaves_it_in_doubt(world):
    def deliver(recipient, content, before_data):
        before_data()
        raise ZeroDivisionError

    world.mail.deliver = deliver
    with pytest.raises(ZeroDivisionError):
        world.run()
    assert sorted(world.states()) == [State.PENDING] * (KEYS - 1) + [State.UNKNOWN]


def test_a_worker_asked_to_end_finishes_the_mail_under_way_and_gives_the_others_back(world):
    left = world.run(stopping=lambda: True)
    assert len(world.mail.sent) == 1
    assert sorted(row.state for row in left) == [State.PENDING] * (KEYS - 1) + [State.SENT]
    world.run()
    assert sorted(world.mail.sent) == sorted(world.keys)


def test_a_leftover_job_sends_nothing_a_week_after_the_end(world):
    ready = world.scan()
    world.clock.move_to(START + 97 * DAY)
    world.sending.remind(ready, world.clock)
    assert (world.mail.sent, set(world.states())) == ([], {State.MISSED})


def test_the_site_knows_when_a_mail_was_last_accepted(world):
    world.run()
    assert world.site.instant("mail-accepted") == world.clock()


def test_a_job_may_take_longer_than_a_batch_of_the_slowest_conversations():
    assert jobs.BATCH * LONGEST_CONVERSATION.total_seconds() < queue.JOB_TIMEOUT


def _names(world: World) -> list[str]:
    """The keys in the order of their turns: all end at once, so by id."""
    return sorted(world.keys, key=lambda name: world.keys[name].id)
