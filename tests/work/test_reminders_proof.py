"""What becomes of a reminder when something goes wrong, as the tables of the documentation say.

Real RQ workers in processes of their own, a real Redis, and a mail server that counts what
it accepted. With WRITE_PROOF=1 in the environment the tables are written anew.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from ninety.processes import embedded_redis
from ninety.rules.reminders import LEASE
from parts.smtp import Certificate, Fault, MailServer
from parts.waiting import wait_until

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "reminders-proof.md"
HOUR = 3600
LEASE_OVER = int(LEASE.total_seconds())

# What the mail server does, in words; where; and how.
FAULTS: tuple[tuple[str, str, str | Fault], ...] = (
    ("closes the line instead of greeting", "connect", Fault.DROP),
    ("greets with `421`", "connect", "421 4.3.2 too busy"),
    ("never greets", "connect", Fault.HANG),
    ("has a certificate nobody trusts", "tls", "untrusted"),
    ("breaks off the TLS handshake", "tls", Fault.DROP),
    ("never answers `EHLO`", "ehlo", Fault.HANG),
    ("answers `EHLO` with drops of a line, for ever", "ehlo", Fault.DRIP),
    ("refuses the sender with `451`", "mail", "451 4.3.0 later"),
    ("refuses the recipient with `450`", "rcpt", "450 4.2.0 greylisted"),
    ("refuses the recipient with `550`", "rcpt", "550 5.1.1 no such person"),
    ("closes the line instead of answering `RCPT`", "rcpt", Fault.DROP),
    ("answers `DATA` with `421`", "data", "421 4.3.2 shutting down"),
    ("closes the line instead of answering `DATA`", "data", Fault.DROP),
    ("closes the line in the middle of the message", "body", Fault.DROP),
    ("refuses the whole message with `451`", "dot", "451 4.3.0 later"),
    ("refuses the whole message with `554`", "dot", "554 5.6.0 looks like spam"),
    ("closes the line after the dot, the message lost", "dot", Fault.LOSE),
    ("accepts the message and closes the line without a word", "dot", Fault.DROP),
    ("accepts the message and never answers", "dot", Fault.HANG),
    ("accepts the message, says `250` and closes the line", "dot", Fault.DROP_AFTER),
    ("closes the line at `QUIT`", "quit", Fault.DROP),
)


@dataclass(frozen=True, slots=True)
class Machine:
    """The program that lets workers work, and the Redis they share."""

    program: subprocess.Popen[str]

    def work(self, case: str, server: MailServer, **wish: Any) -> dict[str, Any]:
        """What became of a worker, and of the one row."""
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        asked = {"case": case, "port": server.port, "later": 0, **wish}
        self.program.stdin.write(json.dumps(asked) + "\n")
        self.program.stdin.flush()
        answer: dict[str, Any] = json.loads(self.program.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    command = embedded_redis.command(
        embedded_redis.server_program(), folder, embedded_redis.prepare(folder)
    )
    socket = folder / "redis" / "redis.sock"
    with ExitStack() as stack:
        server = stack.enter_context(subprocess.Popen(command))
        stack.callback(server.kill)
        wait_until(lambda: _answers(socket), 10, "Redis")
        program = subprocess.Popen(
            [sys.executable, "-m", "parts.reminder_machine", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": f"{REPOSITORY / 'tests'}:{REPOSITORY}",
                "REDIS_URL": f"unix://{socket}",
            },
        )
        yield Machine(stack.enter_context(program))
        program.kill()


def _answers(socket: Path) -> bool:
    with Redis.from_url(f"unix://{socket}") as redis:
        try:
            return bool(redis.ping())
        except RedisError:
            return False


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.make(tmp_path_factory.mktemp("certificate"))


def received(server: MailServer, case: str) -> int:
    """How many mails the server accepted for the person of a case."""
    return sum(letter.envelope_to == (f"case{case}@example.org",) for letter in server.messages)


def test_every_fault_of_a_mail_server_ends_as_the_page_says(
    machine: Machine, certificate: Certificate
) -> None:
    told = []
    for number, (words, stage, fault) in enumerate(FAULTS):
        tls = stage == "tls"
        with MailServer(certificate=certificate if tls else None, starttls=tls) as server:
            case, known = f"fault{number}", str(certificate.certificate)
            if fault != "untrusted":
                server.fail(stage, fault)
            trust = known if tls and fault != "untrusted" else None
            first = machine.work(case, server, tls=tls, trust=trust)
            at_once = received(server, case)
            server.recover()
            last = machine.work(case, server, tls=tls, trust=known if tls else None, later=HOUR)
            told.append(
                f"| {words} | {at_once} | {_said(first)} | {received(server, case)} "
                f"| {_said(last)} |"
            )
            assert received(server, case) == 1 or last["states"] in (["UNKNOWN"], ["FAILED"])
    check("faults", told)


def test_a_worker_killed_at_any_point_ends_as_the_page_says(machine: Machine) -> None:
    told = []
    with MailServer() as server:
        number = 0
        while True:
            number += 1
            case = f"kill{number}"
            killed = machine.work(case, server, kill_at=number)
            if killed["killed_at"] is None:
                break
            last = machine.work(case, server, later=LEASE_OVER)
            mails = received(server, case)
            told.append(
                f"| {number} | {killed['killed_at']} | {_said(killed)} | {_said(last)} | {mails} |"
            )
            assert mails == 1 or (mails == 0 and last["states"] == ["UNKNOWN"])
    assert len(told) > 20
    check("kills", told)


def _said(answer: dict[str, Any]) -> str:
    assert len(answer["states"]) <= 1
    return f"`{answer['states'][0]}`" if answer["states"] else "none"


def check(table: str, rows: list[str]) -> None:
    """Compare the rows of a table with the page, or write them where that was asked for."""
    page = PAGE.read_text(encoding="utf-8")
    place = re.compile(rf"(<!-- {table} -->\n\|.*\n\|[-|: ]+\n)((?:\|.*\n)*)")
    found = place.search(page)
    assert found, f"docs/reminders-proof.md has no table {table}"
    if os.environ.get("WRITE_PROOF"):
        new = place.sub(lambda match: match[1] + "".join(f"{row}\n" for row in rows), page)
        PAGE.write_text(new, encoding="utf-8")
    else:
        assert found[2].splitlines() == rows
