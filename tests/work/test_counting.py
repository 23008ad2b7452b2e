"""Counting downloads: gathered in memory, kept now and then and at the end of a process."""

import logging
import threading
from pathlib import Path

import pytest

from ninety.store.counts import Counts
from ninety.work.counting import Counting
from parts.scripts import finished
from parts.waiting import wait_until

ENDING = """
    import sys
    from pathlib import Path
    from ninety.store.counts import Counts
    from ninety.work.counting import Counting
    counting = Counting(Counts(Path(sys.argv[1])))
    counting.keep_in_background()
    counting.count("acme.core", "1.0.0")
"""

SERVING = """
    import multiprocessing, signal, sys
    from pathlib import Path
    from ninety.store.counts import Counts
    from ninety.work.counting import Counting

    def serve():
        counting = Counting(Counts(Path(sys.argv[1])))
        counting.keep_in_background()
        counting.count("acme.core", "1.0.0")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        signal.raise_signal(signal.SIGTERM)

    serving = multiprocessing.get_context("fork").Process(target=serve)
    serving.start()
    serving.join()
    assert serving.exitcode == 0
"""


def of(counts: Counting | Counts) -> dict[str, int]:
    return counts.of(["acme.core"])["acme.core"]


def test_counting_writes_nothing_until_it_is_kept(tmp_path: Path) -> None:
    counting = Counting(Counts(tmp_path))
    for _each in range(3):
        counting.count("acme.core", "1.0.0")
    assert list(tmp_path.iterdir()) == []
    assert of(counting) == {}
    counting.keep()
    assert of(counting) == {"1.0.0": 3}
    counting.keep()
    assert of(counting) == {"1.0.0": 3}, "kept once"


def test_the_counting_of_several_processes_adds_up(tmp_path: Path) -> None:
    one, other = Counting(Counts(tmp_path)), Counting(Counts(tmp_path))
    one.count("acme.core", "1.0.0")
    other.count("acme.core", "1.0.0")
    one.keep()
    other.keep()
    assert of(one) == of(other) == {"1.0.0": 2}


def test_no_count_is_lost_between_threads(tmp_path: Path) -> None:
    counting = Counting(Counts(tmp_path))

    def count() -> None:
        for number in range(500):
            counting.count("acme.core", "1.0.0")
            if number % 100 == 0:
                counting.keep()

    threads = [threading.Thread(target=count) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counting.keep()
    assert of(counting) == {"1.0.0": 2000}


def test_what_cannot_be_kept_now_is_kept_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "away"
    counting = Counting(Counts(folder))
    counting.count("acme.core", "1.0.0")
    with caplog.at_level(logging.ERROR):
        counting.keep()
    assert "tried again" in caplog.text
    folder.mkdir()
    counting.count("acme.core", "1.0.0")
    counting.keep()
    assert of(counting) == {"1.0.0": 2}


def test_in_the_background_it_is_kept_every_so_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    serving = threading.Thread(target=over.wait)
    serving.start()
    monkeypatch.setattr(threading, "main_thread", lambda: serving)
    counting = Counting(Counts(tmp_path))
    before = threading.active_count()
    counting.keep_in_background(seconds=0.01)
    try:
        counting.count("acme.core", "1.0.0")
        wait_until(lambda: of(counting) == {"1.0.0": 1}, 10, "a number that is kept")
    finally:
        over.set()
    wait_until(lambda: threading.active_count() < before, 10, "the end of the thread")


def test_a_process_that_ends_keeps_what_it_counted(tmp_path: Path) -> None:
    finished(ENDING, tmp_path)
    assert of(Counts(tmp_path)) == {"1.0.0": 1}


def test_a_serving_process_that_is_told_to_end_keeps_what_it_counted(tmp_path: Path) -> None:
    """Serving processes are children that were forked, in which `atexit` does nothing."""
    finished(SERVING, tmp_path)
    assert of(Counts(tmp_path)) == {"1.0.0": 1}
