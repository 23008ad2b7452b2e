"""Which processes belong to a test, however deep they were started and whoever adopted them."""

import contextlib
import os
import re
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")

# Python keeps this one for itself until the interpreter ends.
PYTHONS_OWN = "multiprocessing.resource_tracker"


@dataclass(frozen=True, slots=True)
class Process:
    """One process; `started` (clock ticks since boot) tells it from a later one with its number.

    `name` is what process lists show, fifteen characters of it at most.
    """

    pid: int
    parent: int
    started: int
    name: str
    command: str

    def alive(self) -> bool:
        """Whether it still runs; one that only waits to be reaped does not."""
        now = _read(self.pid)
        return now is not None and now.started == self.started

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def memory(self) -> int:
        """Its share of memory (PSS) in bytes; what several processes share counts once in all."""
        rollup = (PROC / str(self.pid) / "smaps_rollup").read_text(encoding="ascii")
        found = re.search(r"^Pss:\s+(\d+) kB$", rollup, re.MULTILINE)
        assert found, rollup
        return int(found[1]) * 1024

    def processor_time(self) -> float:
        """Seconds of processor time that all its threads have used so far."""
        # As clock_getcpuclockid(3) makes it, which Python offers for threads alone.
        return time.clock_gettime((~self.pid << 3) | 2)


def using(folder: Path) -> list[Process]:
    """Every process but this one whose command, environment or working folder names `folder`.

    Parents are no help where a supervisor was killed: its orphans belong to init.
    """
    name = re.compile(re.escape(os.fsencode(folder)) + rb"(?![\w.-])")
    found = []
    for process in everything():
        if process.pid != os.getpid() and name.search(_traces(process.pid)):
            found.append(process)
    return found


def at_other_end(connection: socket.socket) -> int:
    """The number of the process on this machine at the other end of a TCP connection.

    Only once it has answered: until then the connection may be nobody's.
    """
    here, there = connection.getsockname()[1], connection.getpeername()[1]
    ends = re.compile(rf"^ *\d+: \w+:{there:04X} \w+:{here:04X} (?:\S+ +){{6}}(\d+)", re.MULTILINE)
    found = ends.search((PROC / "net" / "tcp").read_text(encoding="ascii"))
    assert found, f"no connection from {there} to {here}"
    name = f"socket:[{found[1]}]"
    holders = [one.pid for one in everything() if name in _open_files(one.pid)]
    assert len(holders) == 1, f"{holders} hold {name}"
    return holders[0]


def _open_files(pid: int) -> set[str]:
    with contextlib.suppress(OSError):
        folder = PROC / str(pid) / "fd"
        return {_target(one) for one in folder.iterdir()}
    return set()


def _target(link: Path) -> str:
    with contextlib.suppress(OSError):
        return os.readlink(link)
    return ""


def descendants(pid: int) -> list[Process]:
    """Every living process that `pid` started, and those they started."""
    children: dict[int, list[Process]] = {}
    for process in everything():
        children.setdefault(process.parent, []).append(process)
    found = []
    waiting = [pid]
    while waiting:
        for process in children.get(waiting.pop(), ()):
            found.append(process)
            waiting.append(process.pid)
    return found


def everything() -> list[Process]:
    """Every process that runs on this machine."""
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [process for process in map(_read, pids) if process is not None]


def _read(pid: int) -> Process | None:
    """The process `pid` from /proc (proc(5), "stat"), or None where it ended."""
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        command = (PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold anything, so count from the last one.
    fields = stat[stat.rindex(")") + 2 :].split()
    state, parent, started = fields[0], int(fields[1]), int(fields[19])
    if state in "ZX":
        return None
    name = stat[stat.index("(") + 1 : stat.rindex(")")]
    words = command.replace(b"\0", b" ").decode(errors="replace").strip()
    return Process(pid, parent, started, name, words)


def _traces(pid: int) -> bytes:
    """Command, environment and working folder of `pid`; empty where it ended or is not ours."""
    place = PROC / str(pid)
    try:
        return b"\0".join(
            (
                (place / "cmdline").read_bytes(),
                (place / "environ").read_bytes(),
                os.fsencode(os.readlink(place / "cwd")),
            )
        )
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""
