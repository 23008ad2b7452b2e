"""Reading request bodies with patience for slow lines and none for stalled ones.

Granian's `wsgi.input.read(n)` waits until `n` bytes or the end are there,
however long that takes, and cannot be interrupted. So each body is read by a
thread of its own, and the request waits for that thread with a time-out. Two
things follow, both seen to here for every request:

- A body is read to its end, or up to a bound, before the answer goes out. Real
  clients otherwise see a reset connection instead of the answer.
- Where that thread still waits for a stalled client when the answer is ready,
  the answer goes out and the request is held open until the client lets go.
  (Granian would wait for that thread with Python's global lock in its hand, and
  stop the whole process.) A body slot and a server thread stay taken
  meanwhile; once half the slots are, the process asks to be renewed.
"""

import io
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ninety.rules.errors import PackageTooLarge, TooBusy, UploadIncomplete, UploadTooSlow

MIB = 1024 * 1024

PIECE = 8 * 1024
"""Bytes asked of Granian at once. At 1 KB/s these take eight seconds, within the patience."""

AHEAD = 256 * 1024
"""Bytes that may have arrived before anybody asked for them."""

WORTH_WAKING = 64 * 1024
"""Bytes for which whoever waits is woken. Two threads that hand each small piece over spend
more on that than on the piece."""

BEAT = 0.05
"""Seconds after which whoever waits takes what there is, however little."""

ENVELOPE = 64 * 1024
"""Bytes a multipart body may add to the package in it."""

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


class _Threads:
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


class Slots:
    """The turns of one process at reading bodies."""

    def __init__(self, pace: Pace) -> None:
        self._turn = pace.turn
        self._admitted = threading.BoundedSemaphore(2 * pace.at_once)
        self._reading = threading.BoundedSemaphore(pace.at_once)
        self.threads = _Threads()

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


class UploadedBody(io.RawIOBase):
    """A request body, as `wsgi.input`: reading returns what is there, and waits only for so long.

    `announced` is the Content-Length in bytes, or None where the body comes in
    chunks. Reading raises PackageTooLarge beyond `limit_mib` (MiB), UploadTooSlow,
    UploadIncomplete where the client went away, and TooBusy.

    How a body in chunks ended cannot be told from Granian's input: one that was
    cut short just ends, and only its content can show that.
    """

    def __init__(
        self,
        stream: Input,
        slots: Slots,
        pace: Pace,
        *,
        limit_mib: int,
        announced: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._pump = _Pump(stream, slots)
        self._limit_mib, self._limit = limit_mib, limit_mib * MIB + ENVELOPE
        self._announced, self._clock = announced, clock
        self._pace, self._patience = pace, pace.patience
        self.received = 0
        self.at_end = False

    def readable(self) -> bool:
        """Yes, it is."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes as soon as there are any, empty at the end; -1 reads all of it."""
        if size is None or size < 0:
            return b"".join(self.chunks())
        return self._next(size)

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill `buffer` as far as there are bytes for it, and return how many there were."""
        piece = self._next(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def chunks(self, size: int = AHEAD) -> Iterator[bytes]:
        """The rest of the body, in pieces of up to `size` bytes as they arrive."""
        while piece := self._next(size):
            yield piece

    def drain(self, cap: int | None = None) -> bool:
        """Read and forget the rest, up to `cap` bytes; by default up to twice the limit in all.

        Whether the end was reached in the time there is for it. Refuses nothing,
        however slow or large the rest is.
        """
        left = 2 * self._limit - self.received if cap is None else cap
        deadline = self._clock() + self._pace.drain
        while not self.at_end and left > 0 and self._clock() < deadline:
            try:
                left -= len(self._wait(min(left, AHEAD)))
            except (UploadTooSlow, UploadIncomplete, TooBusy):
                return False
        return self.at_end

    @property
    def begun(self) -> bool:
        """Whether any of it was asked for; a client that expects "100 Continue" waits for that."""
        return self._pump.started

    def let_go(self) -> bool:
        """Stop reading. Whether the reading thread has ended; else it waits for the client."""
        return self._pump.stop()

    def wait_for_client(self) -> None:
        """Wait until the client sends more, or goes, and the reading thread has ended."""
        self._pump.ended.wait()

    def _next(self, size: int) -> bytes:
        if self._announced is not None and self._announced > self._limit:
            raise PackageTooLarge(self._limit_mib)
        piece = self._wait(size)
        if self.received > self._limit:
            raise PackageTooLarge(self._limit_mib)
        return piece

    def _wait(self, size: int) -> bytes:
        """The next bytes, waiting for them as long as patience lasts; empty at the end."""
        if self.at_end or size == 0:
            return b""
        asked_at = self._clock()
        piece = self._pump.take(size, self._patience)
        if piece is None:
            self._patience = 0.0
            raise UploadTooSlow
        self._patience -= self._clock() - asked_at
        earned = len(piece) / self._pace.bytes_per_second
        self._patience = min(self._patience + earned, self._pace.patience)
        self.received += len(piece)
        self.at_end = not piece
        if self.at_end and self._announced is not None and self.received < self._announced:
            raise UploadIncomplete
        return piece


class _Pump:
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


class PacedBodies:
    """WSGI middleware that gives every request an UploadedBody, and sees to its end.

    `renew` is called when clients that stalled and were answered hold on to half
    of the slots.
    """

    def __init__(
        self,
        application: WSGIApplication,
        limit_mib: int,
        *,
        pace: Pace | None = None,
        renew: Callable[[], None] = lambda: None,
    ) -> None:
        self._application, self._limit_mib = application, limit_mib
        self._pace, self._renew = pace or Pace(), renew
        self._slots = Slots(self._pace)
        self._held = 0
        self._counting = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, once its body is read or given up."""
        length = environ.get("CONTENT_LENGTH", "")
        announced = int(length) if length.isascii() and length.isdigit() else None
        if not announced and "HTTP_TRANSFER_ENCODING" not in environ:
            environ["wsgi.input"] = io.BytesIO()
            return self._application(environ, start_response)
        body = UploadedBody(
            environ["wsgi.input"],
            self._slots,
            self._pace,
            limit_mib=self._limit_mib,
            announced=announced,
        )
        environ["wsgi.input"] = body
        answer = None
        try:
            answer = self._application(environ, start_response)
            if body.begun or "HTTP_EXPECT" not in environ:
                body.drain()
        finally:
            ended = body.let_go()
            if answer is None and not ended:
                body.wait_for_client()
        return answer if ended else self._hold(answer, body)

    def _hold(self, answer: Iterable[bytes], body: UploadedBody) -> Iterator[bytes]:
        """Give the answer, then wait for the client that stalled."""
        with self._counting:
            self._held += 1
            if self._held == max(1, self._pace.at_once // 2):
                self._renew()
        try:
            yield from answer
        finally:
            if close := getattr(answer, "close", None):
                close()
            body.wait_for_client()
            with self._counting:
                self._held -= 1
