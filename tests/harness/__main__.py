"""`python -m harness [--repeats N] [--seconds S] [--versions N]`: the product beside its limits."""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from harness import asking, workloads
from harness.feeds import SMALL, Feed
from harness.figures import HEAD, Row, table
from harness.limit import Limit, nginx
from harness.workloads import Stage, Workload

WARM_UP = 8


def main() -> int:
    """Measure everything so many times, in turn with its limits, and print medians."""
    parser = argparse.ArgumentParser(prog="harness", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="for each path that is read")
    parser.add_argument("--versions", type=int, default=5_000, help="in the feed")
    wanted = parser.parse_args()
    for sentence in missing():
        print(sentence)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        limit = Limit(Path(name) / "limit")
        stack.callback(limit.stop)
        feed = Feed(Path(name) / "feed", wanted.versions)
        stack.callback(feed.stop)
        rows = measure(Stage(feed, limit, wanted.seconds), wanted.repeats)
    print(f"\n{wanted.versions:,} versions, private; medians of {wanted.repeats} repeats\n")
    print(table(HEAD, (row.cells() for row in rows)))
    return 0


def missing() -> list[str]:
    """A sentence for each program that this machine lacks, and what is not compared for it."""
    sentences = []
    if not nginx():
        sentences.append("nginx is missing, so reads are measured and compared with nothing.")
    if not asking.wrk():
        sentences.append(
            "wrk is missing, so reads are asked by a client in Python, which is slower than"
            " what it asks, and compared with nothing."
        )
    return sentences


def measure(stage: Stage, repeats: int) -> list[Row]:
    """A row for each workload: first all pushes, then all reads."""
    for port in (stage.feed.port, stage.limit.push_port, stage.limit.bare_port):
        asking.each(port, stage.feed.pushes(WARM_UP, SMALL), 1)
    rows = []
    for chosen in (workloads.pushes, workloads.reads):
        of_these = [(workload, Row(workload.what)) for workload in chosen(stage)]
        for repeat in range(repeats):
            for workload, row in of_these:
                _once(workload, row, repeat)
                stage.feed.settle()
        rows += [row for _, row in of_these]
    return rows


def _once(workload: Workload, row: Row, repeat: int) -> None:
    """Measure all sides one right after the other, so that they meet the same machine.

    Another one begins in each repeat.
    """
    sides = workload.sides()
    first = repeat % len(sides)
    for name, side in sides[first:] + sides[:first]:
        getattr(row, name).append(side())


if __name__ == "__main__":
    sys.exit(main())
