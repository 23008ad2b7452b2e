"""Child processes in sessions of their own that never outlive the process that started them."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds `app.py`, so that children find the same code from any folder."""

FRUGAL = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""What keeps glibc from holding memory for each of many threads (mallopt(3)); one's own
environment comes before it."""

_HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

_MALLOPT = {"MALLOC_ARENA_MAX": -8, "MALLOC_TRIM_THRESHOLD_": -1}  # <malloc.h>
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15  # <linux/prctl.h>

_BEYOND_OURS = 4096
"""No descriptor of ours is as high: the system gives out the lowest, and a supervisor has a
dozen. What it would allow may be a thousand million, too many to try."""


class Child(Protocol):
    """A process that was started; `returncode` is None, or below zero for a signal, as Popen's."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None:
        """The `returncode`, looked up anew."""
        ...

    def wait(self) -> int:
        """Wait for its end, and return the `returncode`."""
        ...


def die_with(parent: int) -> None:
    """Have the kernel kill the calling process when its parent, `parent`, ends, however it ends.

    The setting is cleared by fork and kept by exec, so each generation asks for
    itself. A parent that ended before the question was put is noticed too.
    Linux only (prctl(2), PR_SET_PDEATHSIG); elsewhere a parent that is killed
    leaves its children to be stopped by hand.
    """
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def start(command: Sequence[str]) -> Child:
    """Start `command` as the leader of a new session, so that Ctrl-C reaches only us.

    Raises OSError when the program cannot be run.
    """
    parent = os.getpid()
    return subprocess.Popen(
        command,
        env={**FRUGAL, **os.environ, "PYTHONPATH": _python_path()},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: die_with(parent),
    )


def fork(name: str, work: Callable[[], int]) -> Child:
    """Do `work` in a copy of this process, as `start` would do it in one of its own.

    All code that this process has loaded is in memory once for both of them, so
    it must be single-threaded here. Process lists have the first fifteen
    characters of `name`. Linux only.
    """

    def begin() -> int:
        os.setsid()
        _let_go_of_files()
        _be_frugal()
        be_called(name)
        return work()

    return _Copy(aside(begin))


def be_called(name: str) -> None:
    """Have process lists show `name` for the calling process (prctl(2), PR_SET_NAME)."""
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_NAME, name.encode("ascii"), 0, 0, 0)


class _Copy:
    """A forked child, as Popen has those it started."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._look(os.WNOHANG)

    def wait(self) -> int:
        status = self._look(0)
        assert status is not None
        return status

    def _look(self, how: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, how)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def aside(work: Callable[[], int]) -> int:
    """Do `work` in a copy of this process and return that one's id, to be waited for.

    What `work` returns is its exit status. What it imports and reads does not
    stay in the memory of this process, which must be single-threaded here.
    """
    parent = os.getpid()
    # A signal to the copy must not meet our handlers, which would take it for one to us.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
    child = os.fork()
    if child:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return child
    status = 1
    try:
        _forget_signals()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        die_with(parent)
        status = work()
    except SystemExit as asked:
        status = asked.code if isinstance(asked.code, int) else int(asked.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        sys.stdout.flush()
        os._exit(status)


def signal_group(child: Child, number: signal.Signals) -> None:
    """Send a signal to the child's whole session; nothing where none of it is left."""
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return


def ending(status: int) -> str:
    """How a child ended, in words, from `Popen.returncode`."""
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with exit code {status}"


def _forget_signals() -> None:
    """Undo what this process asked for signals; a forked copy would answer for its parent."""
    signal.set_wakeup_fd(-1)
    for number in _HANDLED:
        signal.signal(number, signal.SIG_DFL)


def _let_go_of_files() -> None:
    """Close what a program that was started would not have, the lock on the data folder first.

    The objects they belong to live on in the frames below and close nothing again.
    """
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.closerange(3, _BEYOND_OURS)


def _be_frugal() -> None:
    """Do what FRUGAL does for a program that is started; C libraries but glibc go without."""
    if mallopt := getattr(_libc, "mallopt", None):
        for name, value in FRUGAL.items():
            if name not in os.environ:
                mallopt(_MALLOPT[name], int(value))


def _python_path() -> str:
    inherited = os.environ.get("PYTHONPATH")
    return f"{ROOT}{os.pathsep}{inherited}" if inherited else str(ROOT)


if sys.platform == "linux":
    # Looked up before any fork: loading a library between fork and exec is not safe.
    _libc = ctypes.CDLL(None)
