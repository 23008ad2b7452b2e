"""One push, stopped at every step it takes on the disk in turn: killed, or without room.

Run as a program: `python -m parts.interrupted DATA kill|full` prints a JSON list
with one entry for every step, in order: what became of the push, of the same push
done again, and of the folder of uploads in flight.
"""

import errno
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ninety.rules import search
from ninety.rules.errors import Refusal
from ninety.store.index_reading import Asker
from ninety.store.packages import sweep_incoming
from parts.feeds import Feed, opened

KILLED = 9
CHANGES = ("os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "os.utime", "fcntl.flock")
NEED_ROOM = ("open", "os.fsync", "os.rename", "os.link", "os.mkdir")


def stop_at(number: int, events: tuple[str, ...], data: Path, stop: Callable[[], None]) -> None:
    """Call `stop` before the `number`-th step on the disk among `events`."""
    steps: list[str] = []

    def step(event: str) -> None:
        if event in events:
            steps.append(event)
            if len(steps) == number:
                stop()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if str(path).startswith(str(data)) and flags & (os.O_WRONLY | os.O_RDWR):
                step("open")
        elif event in CHANGES:
            step(event)

    real_fsync = os.fsync

    def fsync(descriptor: int) -> None:
        step("os.fsync")
        real_fsync(descriptor)

    os.fsync = fsync
    sys.addaudithook(hook)


def killed() -> None:
    """Be gone at once, as by SIGKILL."""
    os._exit(KILLED)


def without_room() -> None:
    """Fail as a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def push(feed: Feed) -> str:
    """Push the package and tell what became of it."""
    try:
        feed.push("Acme.Core", "1.0.0")
    except Refusal as refusal:
        return type(refusal).__name__
    return "pushed"


def interrupted(
    data: Path, number: int, how: str, change: Callable[[Feed], str] = push
) -> str | None:
    """What `change` told of itself, stopped at step `number`; None where it has fewer steps.

    It runs in a process of its own, over a feed that is there. Killed, it tells nothing.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        feed = Feed(data)
        events = (*CHANGES, "open", "os.fsync") if how == "kill" else NEED_ROOM

        def stop() -> None:
            os.write(writing, b"reached ")
            killed() if how == "kill" else without_room()

        stop_at(number, events, data, stop)
        os.write(writing, change(feed).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        told = pipe.read().decode()
    os.waitpid(child, 0)
    return told.removeprefix("reached ") if told.startswith("reached ") else None


def one(data: Path, number: int, how: str) -> dict[str, Any] | None:
    """Interrupt the push at step `number` and do it again; None where it has fewer steps."""
    with opened(data):
        pass
    first = interrupted(data, number, how)
    return None if first is None else {"first": first, **aftermath(data, how)}


def aftermath(data: Path, how: str) -> dict[str, Any]:
    """What the folder holds now, and what the same push done again comes to."""
    left_by_the_living = [] if how == "kill" else sorted(os.listdir(data / "incoming"))
    sweep_incoming(data)
    with opened(data) as feed:
        again = push(feed)
        with feed.index.reading() as index:
            found = index.search(search.parse(""), Asker(), 0, 20)
        folder = data / "packages" / "acme.core" / "1.0.0"
        return {
            "left": left_by_the_living + feed.left_over(),
            "again": again,
            "found": [str(hit.newest.version) for hit in found.hits],
            "files": sorted(path.name for path in folder.iterdir() if path.stat().st_size),
        }


def main(folder: str, how: str) -> None:
    """Interrupt at step 1, 2, 3 … until the push gets through, and print what happened."""
    outcomes = []
    while True:
        number = len(outcomes) + 1
        data = Path(folder) / str(number)
        data.mkdir()
        outcome = one(data, number, how)
        if outcome is None:
            break
        outcomes.append(outcome)
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(*sys.argv[1:])
