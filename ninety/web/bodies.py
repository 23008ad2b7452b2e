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
from collections.abc import Callable, Iterable, Iterator
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ninety.rules.errors import PackageTooLarge, TooBusy, UploadIncomplete, UploadTooSlow
from ninety.web.body_pump import AHEAD, Input, Pace, Pump, Slots

MIB = 1024 * 1024

ENVELOPE = 64 * 1024
"""Bytes a multipart body may add to the package in it."""


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
        self._pump = Pump(stream, slots)
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
