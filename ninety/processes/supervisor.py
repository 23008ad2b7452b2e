"""Keeping child processes running: starts them, restarts what dies, stops them in order.

The supervisor is one thread that sleeps until a signal wakes it, so that it may
fork at any time.
"""

import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

from ninety.processes import children
from ninety.processes.children import Child

LIVED_LONG = 10.0
"""Seconds; what lived longer and dies is started again after the shortest wait."""

SHORTEST_WAIT, LONGEST_WAIT = 0.25, 30.0
"""Seconds between an end and the next start; the wait doubles with each short life."""

LOOK_AGAIN = 0.03
"""Seconds between two looks at something no signal tells of."""


@dataclass(slots=True)
class Part:
    """One child: how to start it, how long its end may take, and how it is doing."""

    name: str
    start: Callable[[], Child]
    """Starts it, or raises OSError."""

    may_take: Callable[[float], bool]
    """Whether its end may take longer still, that many seconds after it was asked for."""

    process: Child | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    wait: float = SHORTEST_WAIT

    def keep_running(self) -> None:
        """Notice an end, and start what is not running once its wait is over."""
        if self.process is not None and (status := self.process.poll()) is not None:
            self._plan_restart(children.ending(status))
            children.signal_group(self.process, signal.SIGKILL)
            self.process = None
        if self.process is None and time.monotonic() >= self.start_at:
            self.started_at = time.monotonic()
            try:
                self.process = self.start()
            except OSError as error:
                self._plan_restart(f"cannot be started ({error})")

    def stop(self) -> None:
        """Ask it to end."""
        if self.process is not None and not self.ended():
            os.kill(self.process.pid, signal.SIGTERM)

    def ended(self) -> bool:
        """Whether it is not running."""
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """End it, and whatever else is in its session, at once."""
        if self.process is not None:
            children.signal_group(self.process, signal.SIGKILL)
            self.process.wait()

    def _plan_restart(self, what_happened: str) -> None:
        now = time.monotonic()
        lived_long = now - self.started_at > LIVED_LONG
        self.wait = SHORTEST_WAIT if lived_long else min(self.wait * 2, LONGEST_WAIT)
        self.start_at = now + self.wait
        print(
            f"The {self.name} {what_happened}; starting it again in {self.wait:g} s",
            file=sys.stderr,
            flush=True,
        )


class Supervisor:
    """Keeps `parts` running until SIGTERM, SIGINT or SIGHUP; made in the main thread."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._asked_to_stop = 0
        # Python writes the number of every signal to this pipe, so that one which
        # arrives just before select() waits still ends that wait.
        self._alarm, alarmed = socket.socketpair()
        self._alarm.setblocking(False)
        alarmed.setblocking(False)
        self._alarmed = alarmed
        signal.set_wakeup_fd(alarmed.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, _wake_only)

    def run(self, answers: Callable[[], bool], announce: Callable[[], int]) -> None:
        """Start the parts in order and keep them running until a signal ends it.

        Once `answers` is true, `announce` is done, once and aside.
        """
        announcing = 0
        while not self._asked_to_stop:
            for part in self._parts:
                part.keep_running()
            if not announcing and answers():
                announcing = children.aside(announce)
            self._sleep(self._until_next_start() if announcing else LOOK_AGAIN)
            if announcing > 0 and os.waitpid(announcing, os.WNOHANG)[0]:
                announcing = -1

    def stop(self) -> None:
        """End the parts, the last one first, each in its time; a second signal cuts it short."""
        for part in reversed(self._parts):
            part.stop()
            asked_at = time.monotonic()
            while not part.ended() and part.may_take(time.monotonic() - asked_at):
                if self._asked_to_stop > 1:
                    break
                self._sleep(LOOK_AGAIN)
            part.kill()

    def _until_next_start(self) -> float | None:
        """Seconds to the next planned start, or None while everything runs."""
        planned = [part.start_at for part in self._parts if part.process is None]
        return max(0.0, min(planned) - time.monotonic()) if planned else None

    def _sleep(self, seconds: float | None) -> None:
        """Sleep so many seconds, or for ever, but only until the next signal."""
        if select.select([self._alarm], [], [], seconds)[0]:
            self._alarm.recv(4096)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop += 1


def _wake_only(_number: int, _frame: FrameType | None) -> None:
    """That the signal came is all there is to know: sleeping has ended."""
