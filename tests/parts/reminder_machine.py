"""Real RQ workers, one job queue and one key that is about to end, under a clock wound by hand.

Run as a program, `python -m parts.reminder_machine FOLDER`, it reads one wish a line from its
input and answers each with one line, both JSON:

    {"case": "7", "port": 2525, "kill_at": 12, "later": 3600}

lets a worker, in a process of its own and over the data folder FOLDER/7, run a scan and all
that it asks for, `later` seconds after the reminder was due, with the mail server at `port`; and
kills it at the 12th point (`points.py`), as `kill -9` does. The answer says where it was
killed, or null where it came to the end of its jobs, and how the row stands.
"""

import json
import os
import signal
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker

from ninety import jobs, queue
from ninety.mail.deliver import SmtpDelivery
from ninety.mail.post_office import PostOffice
from ninety.rules.delivery import ReminderFacts
from ninety.rules.people import Person
from ninety.settings import Settings
from ninety.store.accounts import Accounts
from ninety.store.ledger import Ledger
from ninety.wiring import open_ninety
from parts import points

MADE_AT = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)
DUE_AT = MADE_AT + timedelta(days=80)

# Seconds: soon enough for a test, late enough for a busy machine.
PATIENCE = 0.5


class Post(PostOffice):
    """A post office whose mails say next to nothing, and so are written at once."""

    def reminder(self, facts: ReminderFacts) -> bytes:
        """A message of one line."""
        return f"Subject: {facts.key_name} ends\r\n\r\nIt ends.\r\n".encode()


class Worker(SimpleWorker):
    """RQ's worker without the thread that listens for commands, whose end takes up to a second."""

    def subscribe(self) -> None:
        """Listen to nobody."""

    def unsubscribe(self) -> None:
        """Nobody was listened to."""


def prepare(data: Path, address: str) -> None:
    """A data folder with one person, who has one key."""
    data.mkdir()
    ninety = open_ninety(Settings(data=data), clock=lambda: MADE_AT)
    alice = Person(id="alice", email=address, password_hash="-", made_at=MADE_AT)
    Accounts(data).add(alice)
    ninety.lifecycle.make(alice, "ci", 90, MADE_AT)


def work(data: Path, wish: dict[str, Any]) -> None:
    """Be a worker that scans and sends until its queue is empty."""
    settings = Settings.from_environment(os.environ)
    settings = replace(
        settings,
        data=data,
        mail_server="127.0.0.1",
        mail_port=wish["port"],
        mail_use_tls=wish.get("tls", False),
    )
    now = DUE_AT + timedelta(seconds=wish["later"])
    trust = ssl.create_default_context(cafile=wish["trust"]) if wish.get("trust") else None
    delivery = SmtpDelivery(
        settings, PATIENCE, up_to_the_dot=3 * PATIENCE, verdict=PATIENCE, trust=trust
    )
    mail = Post(settings, data, lambda: "https://feed.example", delivery)
    jobs._joined = partial(open_ninety, settings, clock=lambda: now, mail=mail)
    connection = queue.connection(settings)
    queue.enqueue(connection, jobs.scan)
    Worker([Queue(queue.NAME, connection=connection)], connection=connection).work(
        burst=True, logging_level="ERROR"
    )


@contextmanager
def killing(number: int, telling: int) -> Iterator[None]:
    """Within the block, this process ends at the `number`-th point, having told which that is."""
    passed: list[str] = []

    def reached(point: str) -> None:
        passed.append(point)
        if len(passed) == number:
            os.write(telling, point.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    with points.watched(reached):
        yield


def in_a_process_of_its_own(data: Path, wish: dict[str, Any]) -> str | None:
    """Let a worker work; the point at which it was killed, or None."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with killing(wish.get("kill_at", 0), writing):
            work(data, wish)
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="ascii") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    ended_by = os.waitstatus_to_exitcode(status)
    assert ended_by == (-signal.SIGKILL if told else 0), f"the worker ended by {ended_by}"
    return told or None


def main(folder: Path) -> None:
    """Fulfil the wishes that come in, one after the other."""
    for line in sys.stdin:
        wish = json.loads(line)
        data = folder / wish["case"]
        if not data.exists():
            prepare(data, f"case{wish['case']}@example.org")
            Redis.from_url(os.environ["REDIS_URL"]).flushall()
        killed_at = in_a_process_of_its_own(data, wish)
        rows = Ledger(data).all().values()
        answer = {
            "killed_at": killed_at,
            "states": [row.state for row in rows],
            "reason": next((row.reason for row in rows), ""),
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
