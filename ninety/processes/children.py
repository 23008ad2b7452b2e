"""Child processes in sessions of their own that never outlive the process that started them."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds `app.py`, so that children find the same code from any folder."""

FRUGAL = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""What keeps glibc from holding memory for each of many threads (mallopt(3)); one's own
environment comes before it."""

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def die_with(parent: int) -> None:
    """Have the kernel kill the calling process when its parent, `parent`, ends, however it ends.

    The setting is cleared by fork and kept by exec, so each generation asks for
    itself. A parent that ended before the question was put is noticed too.
    Linux only (prctl(2), PR_SET_PDEATHSIG); elsewhere a parent that is killed
    leaves its children to be stopped by hand.
    """
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
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


def aside(work: Callable[[], int]) -> int:
    """Do `work` in a short-lived copy of this process and return that one's id, to be waited for.

    What `work` returns is its exit status. What it imports and reads does not
    stay in the memory of this process, which must be single-threaded here.
    """
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        _forget_signals()
        die_with(parent)
        status = work()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        sys.stdout.flush()
        os._exit(status)


def signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
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
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)


def _python_path() -> str:
    inherited = os.environ.get("PYTHONPATH")
    return f"{ROOT}{os.pathsep}{inherited}" if inherited else str(ROOT)


if sys.platform == "linux":
    # Looked up before any fork: loading a library between fork and exec is not safe.
    _prctl = ctypes.CDLL(None).prctl
