"""How long a server may take, measured so that a trickle of bytes does not extend it.

A socket's own time-out starts anew with every byte that arrives. Here a step has an end,
all steps together have one, and every wait is for what is left.
"""

import io
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Bytes in one conversation. Replies are short; smtplib would collect an endless one in memory.
REPLIES_LIMIT = 1 << 20


class Patience:
    """The time left for the step at hand: `step` seconds each, `whole` seconds for all."""

    def __init__(self, step: float, whole: float) -> None:
        self._step = step
        self._whole_ends = time.monotonic() + whole
        self._step_ends = self._whole_ends

    def next_step(self) -> None:
        """A new step begins; it ends no later than the whole."""
        self._step_ends = min(time.monotonic() + self._step, self._whole_ends)

    def last_step(self, seconds: float) -> None:
        """The last step begins and has `seconds` of its own, whatever the others took."""
        self._step_ends = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left for the step; raises TimeoutError when there are none."""
        left = self._step_ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


def replies(line: socket.socket, patience: Patience) -> io.BufferedReader:
    """What comes in on `line`, to be read line by line; no read outlasts `patience`.

    Raises TimeoutError when it ends, OSError for more than any server has to say.
    """
    return io.BufferedReader(_Incoming(line, patience))


class _Incoming(io.RawIOBase):
    def __init__(self, line: socket.socket, patience: Patience) -> None:
        self._line, self._patience = line, patience
        self._welcome = REPLIES_LIMIT

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._line.settimeout(self._patience.left())
        count = self._line.recv_into(buffer)
        self._welcome -= count
        if self._welcome < 0:
            raise OSError("it says too much")
        return count
