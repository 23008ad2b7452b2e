"""Looking at the queue costs a moment, whatever Redis does."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from ninety import queue
from ninety.processes.children import ROOT
from ninety.processes.embedded_redis import socket_path
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


def test_whether_the_embedded_redis_answers_is_told_by_its_socket(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert not queue.answers(settings)
    at = socket_path(tmp_path)
    at.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(at))
        listening.listen()
        assert not queue.answers(settings), "it takes connections and says nothing"
        listening.accept()[0].close()

        def say(word: bytes) -> None:
            line, _ = listening.accept()
            with line:
                assert line.recv(64) == b"PING\r\n"
                line.sendall(word)

        for word, answers in ((b"+PONG\r\n", True), (b"-LOADING\r\n", False)):
            saying = Thread(target=say, args=[word])
            saying.start()
            assert queue.answers(settings) is answers
            saying.join()


def test_a_web_process_does_without_the_client_library() -> None:
    loaded = "import sys, app, ninety.web.application; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, check=False).returncode == 0
