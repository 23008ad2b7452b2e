"""One child under supervision: started again ever later, ended in time or by force."""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from ninety.processes import children
from ninety.processes.supervisor import LONGEST_WAIT, SHORTEST_WAIT, Part
from parts.waiting import wait_until

STUBBORN = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""


def part(*command: str, wait: float = SHORTEST_WAIT) -> Part:
    """A child that is run by `command` and never granted any time to end."""
    return Part("child", partial(children.start, command), never, wait=wait)


def never(_seconds: float) -> bool:
    return False


def test_what_keeps_dying_is_started_again_ever_later(capsys: pytest.CaptureFixture[str]) -> None:
    one = part(sys.executable, "-c", "raise SystemExit(3)")
    waits = []
    for _ in range(4):
        one.start_at = 0
        one.keep_running()
        assert one.process is not None
        wait_until(one.ended, 10, "its end")
        one.keep_running()
        assert one.process is None
        assert one.start_at > time.monotonic()
        waits.append(one.wait)
    assert waits == [SHORTEST_WAIT * 2**n for n in (1, 2, 3, 4)]
    assert "The child ended with exit code 3; starting it again" in capsys.readouterr().err


def test_a_long_life_is_followed_by_the_shortest_wait() -> None:
    one = part(sys.executable, "-c", "", wait=LONGEST_WAIT)
    one.keep_running()
    wait_until(one.ended, 10, "its end")
    one.started_at -= 3600
    one.keep_running()
    assert one.wait == SHORTEST_WAIT


def test_a_program_that_is_not_there_is_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    one = part("/no/such/program")
    one.keep_running()
    assert one.ended()
    assert "cannot be started" in capsys.readouterr().err


def test_what_ignores_the_request_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    one = part(sys.executable, "-c", STUBBORN, str(ready))
    one.keep_running()
    wait_until(ready.exists, 10, "the child")
    one.stop()
    assert not one.ended()
    one.kill()
    assert one.process is not None
    assert one.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
def test_a_copy_shares_no_open_file_and_ends_as_its_work_does(tmp_path: Path) -> None:
    seen = tmp_path / "seen"

    def look(held: int) -> int:
        ours = (os.getsid(0) == os.getpid(), os.readlink("/proc/self/fd/0"))
        seen.write_text(f"{ours} {(Path('/proc/self/fd') / str(held)).exists()}")
        return 7

    with (tmp_path / "lock").open("w") as lock:
        copy = children.fork("ninety-copy", lambda: look(lock.fileno()))
        assert copy.wait() == 7
        assert copy.poll() == 7
        assert seen.read_text() == "(True, '/dev/null') False"
        lock.write("the parent still has it")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
def test_a_signal_right_after_the_fork_ends_the_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []
    fork = os.fork

    def fork_and_signal() -> int:
        pid = fork()
        if pid:
            os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + 5
        while not (pid or heard or signal.SIGTERM in signal.sigpending()):
            assert time.monotonic() < until, "the signal has not come to the copy"
        return pid

    before = signal.signal(signal.SIGTERM, lambda number, _frame: heard.append(number))
    try:
        monkeypatch.setattr(os, "fork", fork_and_signal)
        copy = children.fork("ninety-copy", lambda: len(heard))
        assert copy.wait() == -signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
@pytest.mark.parametrize(("asked", "status"), [(None, 0), (3, 3), ("what happened", 1)])
def test_a_copy_that_exits_does_so_as_a_program_would(asked: object, status: int) -> None:
    assert children.fork("ninety-copy", lambda: sys.exit(asked)).wait() == status
