"""One child under supervision: started again ever later, ended in time or by force."""

import signal
import sys
import time
from pathlib import Path

import pytest

from ninety.processes.supervisor import LONGEST_WAIT, SHORTEST_WAIT, Part
from parts.waiting import wait_until

STUBBORN = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""


def never(_seconds: float) -> bool:
    return False


def test_what_keeps_dying_is_started_again_ever_later(capsys: pytest.CaptureFixture[str]) -> None:
    part = Part("child", [sys.executable, "-c", "raise SystemExit(3)"], never)
    waits = []
    for _ in range(4):
        part.start_at = 0
        part.keep_running()
        assert part.process is not None
        wait_until(part.ended, 10, "its end")
        part.keep_running()
        assert part.process is None
        assert part.start_at > time.monotonic()
        waits.append(part.wait)
    assert waits == [SHORTEST_WAIT * 2**n for n in (1, 2, 3, 4)]
    assert "The child ended with exit code 3; starting it again" in capsys.readouterr().err


def test_a_long_life_is_followed_by_the_shortest_wait() -> None:
    part = Part("child", [sys.executable, "-c", ""], never, wait=LONGEST_WAIT)
    part.keep_running()
    wait_until(part.ended, 10, "its end")
    part.started_at -= 3600
    part.keep_running()
    assert part.wait == SHORTEST_WAIT


def test_a_program_that_is_not_there_is_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    part = Part("child", ["/no/such/program"], never)
    part.keep_running()
    assert part.ended()
    assert "cannot be started" in capsys.readouterr().err


def test_what_ignores_the_request_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    part = Part("child", [sys.executable, "-c", STUBBORN, str(ready)], never)
    part.keep_running()
    wait_until(ready.exists, 10, "the child")
    part.stop()
    assert not part.ended()
    part.kill()
    assert part.process is not None
    assert part.process.returncode == -signal.SIGKILL
