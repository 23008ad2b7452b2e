"""One deletion, killed at every step it takes on the disk in turn.

Run as a program: `python -m parts.interrupted_deletion FOLDER` prints a JSON list
with one entry for every step, in order: what the folder and the index held after
it, and what the same deletion done again came to.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from ninety.rules import versions
from ninety.rules.errors import Refusal
from ninety.work.deleting import Deleting
from parts.feeds import ADMIN, NOW, Feed, opened
from parts.interrupted import CHANGES, killed, stop_at

ONE = versions.parse("1.0.0")


def delete(feed: Feed, why: str) -> str:
    """Delete the version and tell what became of that."""
    try:
        deleting = Deleting(feed.packages, feed.index, feed.trail)
        deleting.delete(ADMIN.person, "Acme.Core", "1.0.0", why, NOW)
    except Refusal as refusal:
        return type(refusal).__name__
    return "deleted"


def one(data: Path, number: int) -> dict[str, Any] | None:
    """Kill the deletion at step `number` and do it again; None where it has fewer steps."""
    with opened(data) as feed:
        feed.push("Acme.Core", "1.0.0", files={"readme.md": b"# Hello"}, readme="readme.md")
    child = os.fork()
    if child == 0:
        feed = Feed(data)
        stop_at(number, (*CHANGES, "open", "os.fsync"), data, killed)
        delete(feed, "first")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) == 0:
        return None
    return aftermath(data)


def aftermath(data: Path) -> dict[str, Any]:
    """What is there after the kill, once the index has caught up, and after another try."""
    folder = data / "packages" / "acme.core" / "1.0.0"
    with opened(data) as feed:
        reserved = feed.packages.record("acme.core", ONE).tombstone is not None
        bytes_there = feed.packages.nupkg("acme.core", ONE).exists()
        with feed.index.reading() as index:
            indexed = len(index.versions("acme.core"))
        again = delete(feed, "again")
        tombstone = feed.packages.record("acme.core", ONE).tombstone
        with feed.index.reading() as index:
            left = len(index.versions("acme.core"))
        return {
            "reserved": reserved,
            "bytes": bytes_there,
            "indexed": indexed,
            "again": again,
            "why": tombstone.why if tombstone else None,
            "files": sorted(path.name for path in folder.iterdir()),
            "left in the index": left,
        }


def main(folder: str) -> None:
    """Kill at step 1, 2, 3 … until the deletion gets through, and print what happened."""
    outcomes: list[dict[str, Any]] = []
    while True:
        data = Path(folder) / str(len(outcomes) + 1)
        data.mkdir()
        outcome = one(data, len(outcomes) + 1)
        if outcome is None:
            break
        outcomes.append(outcome)
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(sys.argv[1])
