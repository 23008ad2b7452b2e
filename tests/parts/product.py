"""The whole of Ninety, running as it does for a person who typed `python app.py`."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from parts import commands, processes
from parts.movable_clock import MovableClock
from parts.waiting import wait_until

REPOSITORY = Path(__file__).parents[2]

# What the start-up output looks like where a program has to read it.
SETUP_LINK = re.compile(r"https?://\S+/setup\?token=[\w.~-]+")

START_SECONDS = 30
STOP_SECONDS = 20


class RunningProduct:
    """One process tree of `python app.py` over its own data folder and port.

    `settings` are environment variables (NINETY_…, MAIL_…, REDIS_URL); nothing else
    of this process's environment reaches it. With `clock=True` the tree, and every
    command run with it, lives under a clock that `move` and `move_to` set.
    """

    def __init__(self, folder: Path, *, clock: bool = False, **settings: str) -> None:
        (folder / "home").mkdir(parents=True)
        self.folder = folder
        self.data = Path(settings.get("NINETY_DATA", folder / "data"))
        self.port = int(settings.get("NINETY_PORT") or free_port())
        self.address = f"http://127.0.0.1:{self.port}"
        self.index = f"{self.address}/v3/index.json"
        self.clock = MovableClock(folder) if clock else None
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "NINETY_PORT": str(self.port),
            "NINETY_DATA": str(self.data),
            **(self.clock.environment() if self.clock else {}),
            **settings,
        }
        self._output = folder / "output.txt"
        self._said_before = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "RunningProduct":
        """Start the tree and wait until it answers; else AssertionError with its output."""
        assert self._process is None, "it is running already"
        with self._output.open("ab") as output:
            self._said_before = output.tell()
            self._process = subprocess.Popen(
                [sys.executable, "app.py"],
                cwd=REPOSITORY,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(self._answers, START_SECONDS, "an answer of /healthz")
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\nIts output was:\n{self.output}") from None
        return self

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask the tree to end, wait until it is gone, and return the exit status.

        Raises AssertionError where it does not end in time or leaves a process behind.
        """
        assert self._process is not None, "it is not running"
        self._process.send_signal(by)
        try:
            code = self._process.wait(STOP_SECONDS)
            wait_until(lambda: not self.processes(), 2, f"the end of {self.processes()}")
        except (AssertionError, subprocess.TimeoutExpired) as error:
            self.kill()
            raise AssertionError(f"{error}\nIts output was:\n{self.output}") from None
        self._process = None
        return code

    def kill(self) -> None:
        """End every process of the tree at once, without a word (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

        def none_left() -> bool:
            left = self.processes()
            for process in left:
                process.kill()
            return not left

        wait_until(none_left, STOP_SECONDS, "the end of every process")

    def restart(self) -> None:
        """Stop the tree and start it again over the same data, at the same address."""
        self.stop()
        self.start()

    def flask(self, *words: str, stdin: str = "", seconds: float = 60) -> commands.Outcome:
        """Run `flask WORDS…` over the same data folder, with the same settings and clock."""
        return commands.run(
            [sys.executable, "-m", "flask", *words],
            environment=self.environment,
            folder=REPOSITORY,
            stdin=stdin,
            seconds=seconds,
        )

    def move(self, **by: float) -> None:
        """Move the clock by `days=…`, `hours=…`, while everything runs on."""
        assert self.clock is not None, "made without clock=True"
        self.clock.move(**by)

    def move_to(self, instant: datetime) -> None:
        """Set the clock to an aware `instant`, while everything runs on."""
        assert self.clock is not None, "made without clock=True"
        self.clock.move_to(instant)

    def now(self) -> datetime:
        """What time it is for the product, aware, in UTC."""
        return self.clock.now() if self.clock else datetime.now(UTC)

    @property
    def running(self) -> bool:
        """Whether `python app.py` was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def output(self) -> str:
        """All that was printed, by every start so far."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    @property
    def setup_link(self) -> str:
        """The link that makes the first admin, as the latest start printed it."""

        def printed() -> str:
            said = self._output.read_bytes()[self._said_before :].decode(errors="replace")
            found = SETUP_LINK.search(said)
            return found[0] if found else ""

        return wait_until(printed, START_SECONDS, "a set-up link")

    def processes(self) -> list[processes.Process]:
        """Every living process of the tree, and whatever else works in its folder."""
        return processes.using(self.folder)

    def _answers(self) -> bool:
        if not self.running:
            raise AssertionError("it ended instead of starting")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()


def free_port() -> int:
    """A TCP port nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
