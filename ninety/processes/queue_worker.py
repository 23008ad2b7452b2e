"""An RQ worker that outlives every outage of Redis and ends cleanly when asked once.

Jobs run in the worker's own process and not in a fork of it: beside the worker
run other threads (the tick, RQ's listener), and a fork that happens while one
of them holds a lock may hang for ever. The jobs are our own and bounded by the
time-outs of the mail conversation, a worker that dies all the same is started
again, and what it left half done is found in the ledger.
"""

import logging
import signal
from collections.abc import Callable
from types import FrameType

import redis.exceptions
from redis import Redis
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested

from ninety.processes import stopping

log = logging.getLogger(__name__)

LONGEST_WAIT = 5.0
"""Seconds between two attempts to reach a Redis that is away."""

STOPPING = (signal.SIGTERM, signal.SIGINT)


class QueueWorker:
    """Runs the jobs of one queue until SIGTERM or SIGINT; the job under way is finished first."""

    def __init__(self, connection: Redis, queue: str) -> None:
        self._connection, self._queue = connection, queue

    def run(self) -> None:
        """Work until asked to stop. To be called in the main thread, which gets the signals."""
        wait = 0.1
        while not stopping.asked.is_set():
            for number in STOPPING:
                signal.signal(number, self._stop_waiting)
            try:
                queue = Queue(self._queue, connection=self._connection)
                worker = _Worker([queue], connection=self._connection)
                worker.work(logging_level="WARNING")
                wait = 0.1
            except StopRequested:
                break  # RQ was on its way into its loop or out of it
            except redis.exceptions.RedisError as error:
                if wait > 1:
                    log.warning("The queue is out of reach (%s); trying on", error)
            stopping.asked.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _stop_waiting(self, _number: int, _frame: FrameType | None) -> None:
        stopping.asked.set()


class _Worker(SimpleWorker):
    max_connection_wait_time = LONGEST_WAIT

    def _install_signal_handlers(self) -> None:
        """Let RQ have the signals; one that came earlier ends its loop before the first job."""
        install: Callable[[], None] = super()._install_signal_handlers
        install()
        self._stop_requested = stopping.asked.is_set()

    def procline(self, message: str) -> None:
        """Leave the name in process lists alone, which this process was given already."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Note that the end was asked for, whatever becomes of this worker meanwhile."""
        stopping.asked.set()
        stop: Callable[[int, FrameType | None], None] = super().request_stop
        stop(signum, frame)
