"""What reminders cost: among ten thousand keys and a year's ledger, some are due."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from ninety import jobs
from ninety.rules import reminders
from ninety.settings import Settings
from ninety.store.ledger import Ledger
from ninety.wiring import Ninety, open_ninety
from parts.grown import NOW, Grown, grow
from parts.smtp import MailServer

KEYS = 10_000
# What a year of reminders leaves in the ledger: the rows of the last month; the rest is archived.
KEPT_ROWS = 4_000


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def feed(tmp_path: Path) -> Callable[..., Grown]:
    """Makes a folder of which so many keys are due, with the ledger of a year, or another."""

    def make(due: int, kept: int = KEPT_ROWS) -> Grown:
        grown = grow(tmp_path / "data", KEYS, NOW, due=due)
        rows = {}
        for number in range(kept):
            ended = NOW - timedelta(seconds=number * 600)
            row = reminders.planned(f"old{number:07d}", ended, ended, ended)
            row = reminders.claimed(row, "worker", ended)
            row = reminders.sending(row, "worker", "alice@example.org", ended)
            rows[row.id] = reminders.sent(row, "250 2.0.0 accepted", ended)
        Ledger(grown.folder).settle(rows, lambda id, _row: rows[id])
        return grown

    return make


def opened(feed: Grown, smtp: MailServer) -> Ninety:
    settings = Settings(data=feed.folder, mail_server=smtp.host, mail_port=smtp.port)
    ninety = open_ninety(settings, clock=lambda: NOW)
    ninety.reminding.scan(NOW - timedelta(days=60))  # as in a worker that has been running
    return ninety


@pytest.mark.parametrize("due", [300, 1_000])
def test_a_scan_finds_what_is_due(benchmark, feed, smtp, due):
    """The first scan after they became due; it writes a row for each."""
    ninety = opened(feed(due), smtp)
    found = benchmark.pedantic(lambda: ninety.reminding.scan(NOW), rounds=1)
    assert len(found.ready) == due


def test_a_scan_finds_nothing_new(benchmark, feed, smtp):
    """What a scan costs every few minutes."""
    ninety = opened(feed(1_000), smtp)
    ninety.reminding.scan(NOW)
    found = benchmark.pedantic(lambda: ninety.reminding.scan(NOW), rounds=5)
    assert found.written == 0


@pytest.mark.parametrize(
    ("due", "workers", "kept"), [(300, 1, KEPT_ROWS), (1_000, 2, 0), (1_000, 2, KEPT_ROWS)]
)
def test_every_mail_is_out(benchmark, feed, smtp, due, workers, kept):
    """Composed, handed to a mail server on this machine and written down, by so many workers.

    Each is a process of its own, and so is the mail server beside them.
    """
    grown = feed(due, kept)
    ready = opened(grown, smtp).reminding.scan(NOW).ready
    batches = [ready[start : start + jobs.BATCH] for start in range(0, due, jobs.BATCH)]
    start = get_context("fork").Process

    def work(number: int) -> None:
        sending = opened(grown, smtp).sending
        for batch in batches[number::workers]:
            sending.remind(batch, lambda: NOW)

    def send_all() -> None:
        processes = [start(target=work, args=[number]) for number in range(workers)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()

    benchmark.pedantic(send_all, rounds=1)
    assert len(smtp.messages) == due
    rate = due / benchmark.stats.stats.min
    print(f"\n{rate:.0f} mails a second with {workers} workers, beside {kept} other rows")
