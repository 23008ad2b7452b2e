"""Reading request bodies ahead, each by a thread that a stalled client may keep waiting."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Protocol

from ninety.rules.errors import TooBusy

PIECE = 8 * 1024
"""Bytes asked of Granian at once. At 1 KB/s these take eight seconds, within the patience."""

AHEAD = 256 * 1024
"""Bytes that may have arrived before anybody asked for them."""

WORTH_WAKING = 64 * 1024
"""Bytes for which whoever waits is woken. Two threads that hand each small piece over spend
more on that than on the piece."""

BEAT = 0.05
"""Seconds after which whoever waits takes what there is, however little."""

READING, IDLE = "request-body", "idle request-body"
"""What the threads are called, for whoever looks at a running process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What clients are granted, in seconds and bytes.

    Waiting for a client spends its patience, every `bytes_per_second` that arrive
    earn a second of it, and it never exceeds where it began: so at least that
    rate, with any pause shorter than `patience`.
    """

    patience: float = 10.0
    bytes_per_second: int = 1024
    drain: float = 60.0
    """How long the rest of a body is read only so that its sender gets to see the answer."""

    at_once: int = 8
    """Bodies read at once per process; as many again may wait their turn."""

    turn: float = 10.0
    """How long a body waits for its turn."""


class Input(Protocol):
    """What a WSGI server gives as `wsgi.input`, as far as it is used here."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, fewer only at the end."""
        ...


class Slots:
    """The turns of one process at reading bodies."""

    def __init__(self, pace: Pace) -> None:
        self._turn = pace.turn
        self._admitted = threading.BoundedSemaphore(2 * pace.at_once)
        self._reading = threading.BoundedSemaphore(pace.at_once)
        self.threads = Threads()

    def take(self) -> None:
        """Wait for a turn. Raises TooBusy where none comes up in time, or too many wait."""
        if not self._admitted.acquire(blocking=False):
            raise TooBusy
        if not self._reading.acquire(timeout=self._turn):
            self._admitted.release()
            raise TooBusy

    def give_back(self) -> None:
        """End a turn."""
        self._reading.release()
        self._admitted.release()


class Threads:
    """Threads that are kept for the next body: starting one costs as much as reading one."""

    def __init__(self) -> None:
        self._idle = 0
        self._lock = threading.Lock()
        self._next: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def run(self, work: Callable[[], None]) -> None:
        """Do `work`, which does not fail, in a thread that has nothing to do, or a new one."""
        with self._lock:
            idle = self._idle > 0
            self._idle -= idle
        if idle:
            self._next.put(work)
        else:
            threading.Thread(target=self._work, args=[work], daemon=True).start()

    def _work(self, work: Callable[[], None]) -> None:
        while True:
            threading.current_thread().name = READING
            work()
            threading.current_thread().name = IDLE
            with self._lock:
                self._idle += 1
            work = self._next.get()


class Pump:
    """Reads one stream in a thread of its own, a little ahead of whoever takes from it."""

    def __init__(self, stream: Input, slots: Slots) -> None:
        self._stream, self._slots = stream, slots
        self._changed = threading.Condition(threading.Lock())
        self._pieces: deque[bytes] = deque()
        self._ahead = 0
        self._whole = self._stopped = self.started = False
        self.ended = threading.Event()

    def take(self, size: int, patience: float) -> bytes | None:
        """Up to `size` bytes; empty at the end, None where `patience` seconds brought nothing.

        Raises TooBusy where the first of it must wait too long for its turn.
        """
        if not self.started:
            self._start()
        with self._changed:
            if not self._there_is_some(patience):
                return None
            taken, room = [], size
            while self._pieces and room:
                piece = self._pieces.popleft()
                if len(piece) > room:
                    self._pieces.appendleft(piece[room:])
                    piece = piece[:room]
                taken.append(piece)
                room -= len(piece)
            self._ahead -= size - room
            self._changed.notify_all()
        return b"".join(taken)

    def _there_is_some(self, patience: float) -> bool:
        """Wait for much, for the end, or for a beat that brought anything."""
        waited = False
        while not (self._whole or self._ahead >= WORTH_WAKING or (waited and self._pieces)):
            if patience <= 0:
                return bool(self._pieces)
            self._changed.wait(min(patience, BEAT))
            patience -= BEAT
            waited = True
        return True

    def stop(self) -> bool:
        """Read no further. Whether the thread has ended, or will without the client's help."""
        if not self.started:
            return True
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        return self.ended.wait(0.01)

    def _start(self) -> None:
        self._slots.take()
        self.started = True
        self._slots.threads.run(self._run)

    def _run(self) -> None:
        try:
            while self._read():
                pass
        finally:
            with self._changed:
                self._whole = True
                self._changed.notify_all()
            self._slots.give_back()
            self.ended.set()

    def _read(self) -> bool:
        """Read one piece; whether there may be more."""
        piece = self._stream.read(PIECE)
        if len(piece) < PIECE:
            self._pieces.append(piece)
            return False
        with self._changed:
            self._pieces.append(piece)
            self._ahead += PIECE
            if self._ahead >= WORTH_WAKING:
                self._changed.notify_all()
            while self._ahead >= AHEAD and not self._stopped:
                self._changed.wait()
            return not self._stopped
