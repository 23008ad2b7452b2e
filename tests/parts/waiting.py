"""Waiting for something real to happen, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def wait_until(look: Callable[[], Answer], seconds: float, what: str) -> Answer:
    """Look again and again until the answer is truthy, and return it.

    Raises AssertionError naming `what` was waited for once `seconds` have passed.
    """
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what}; last seen: {answer!r}")
        time.sleep(0.02)
    return answer
