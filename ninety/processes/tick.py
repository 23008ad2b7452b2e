"""The tick: asks for a scan when the worker starts, and every few minutes after that."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from redis.exceptions import RedisError

log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
"""How soon the tick asks again where Redis did not answer."""

JUMP = timedelta(hours=6)
"""How far the wall clock may move against the monotonic one between two ticks.

More is no gap in the running but a clock that was set, perhaps wrongly. That
one scan sends nothing; if the clock still says so at the next, it is believed.
"""


class Tick(threading.Thread):
    """Calls `ask_for_scan(send)` every `minutes`; `send` is false right after a clock jump.

    It goes on through every outage of Redis, until `stop` is called.
    """

    def __init__(
        self,
        ask_for_scan: Callable[[bool], None],
        minutes: float,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        super().__init__(name="tick", daemon=True)
        self._ask, self._seconds, self._retry_seconds = ask_for_scan, minutes * 60, retry_seconds
        self._clock, self._monotonic = clock, monotonic
        self._offset = self._drift()
        self._down = False
        self._stopped = threading.Event()

    def run(self) -> None:
        """Tick until stopped."""
        while not self._stopped.wait(self.tick()):
            pass

    def stop(self) -> None:
        """End the thread; one that waits ends at once."""
        self._stopped.set()

    def tick(self) -> float:
        """Ask for one scan; returns the seconds until the next."""
        offset = self._drift()
        jumped = abs(offset - self._offset) > JUMP
        try:
            self._ask(not jumped)
        except RedisError as error:
            if not self._down:
                log.warning("Redis does not answer (%s); trying on", error)
            self._down = True
            return self._retry_seconds
        if self._down:
            log.warning("Redis answers again")
        if jumped:
            log.warning("The clock jumped by %s; this scan sends nothing", offset - self._offset)
        self._down, self._offset = False, offset
        return self._seconds

    def _drift(self) -> datetime:
        """What the wall clock would say if the monotonic one stood at zero."""
        return self._clock() - timedelta(seconds=self._monotonic())
