"""How long a server may take."""

import socket

import pytest

from ninety.mail import patience
from ninety.mail.patience import Patience, replies


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock: its first and only element."""
    clock = [1000.0]
    monkeypatch.setattr(patience.time, "monotonic", lambda: clock[0])
    return clock


def test_each_step_has_its_own_time(seconds):
    waiting = Patience(step=15, whole=90)
    for _step in range(3):
        waiting.next_step()
        assert waiting.left() == 15
        seconds[0] += 14
        assert waiting.left() == 1


def test_a_step_that_is_over_is_a_timeout(seconds):
    waiting = Patience(step=15, whole=90)
    waiting.next_step()
    seconds[0] += 15
    with pytest.raises(TimeoutError):
        waiting.left()


def test_no_step_outlasts_the_whole(seconds):
    waiting = Patience(step=15, whole=20)
    seconds[0] += 12
    waiting.next_step()
    assert waiting.left() == 8


def test_the_last_step_has_time_of_its_own(seconds):
    waiting = Patience(step=15, whole=90)
    seconds[0] += 89
    waiting.last_step(60)
    assert waiting.left() == 60


def test_a_trickle_of_bytes_does_not_make_the_wait_longer(seconds):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        waiting = Patience(step=15, whole=90)
        waiting.next_step()
        with replies(ours, waiting) as incoming:
            theirs.sendall(b"2")
            assert incoming.peek() == b"2"
            seconds[0] += 14
            assert waiting.left() == 1
            seconds[0] += 1
            theirs.sendall(b"5")
            with pytest.raises(TimeoutError):
                incoming.readline()
