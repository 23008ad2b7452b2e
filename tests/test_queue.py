"""Looking at the queue costs a moment, whatever Redis does."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ninety import queue
from ninety.settings import Settings


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Something that takes connections and never says anything."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


def test_a_redis_that_hangs_is_asked_once_and_given_up(
    silent: socket.socket, tmp_path: Path
) -> None:
    url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
    assert queue.look(Settings(data=tmp_path, redis_url=url)) is None
    silent.setblocking(False)
    asked, _ = silent.accept()
    asked.close()
    with pytest.raises(BlockingIOError):
        silent.accept()


def test_a_redis_that_is_away_is_none(tmp_path: Path) -> None:
    assert queue.look(Settings(data=tmp_path)) is None
