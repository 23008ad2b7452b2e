"""Feeds of several sizes measured in turns, so that all meet the same machine."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from growth.curves import Figures
from harness import asking, feeds
from harness.connection import Connection
from harness.feeds import MANY, SMALL, WORDS, Feed

ROUNDS = 10
PUSHES = 10
READS = 1_000
ONCE = WORDS // ROUNDS
"""Things that are asked of a feed in one round and never again."""


@dataclass(slots=True)
class Asked:
    """Of one thing asked of one feed: the seconds that each answer took, and the processor time
    of one answer in each round.
    """

    waits: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def measure(grown: Sequence[Feed], sizes: Sequence[int]) -> Figures:
    """Ask each of the feeds for everything, in ROUNDS rounds, one feed after the other.

    Of the waits the median; of the processor time the least of the rounds, since what
    is above it was added by what else the machine did.
    """
    asked: dict[str, list[Asked]] = defaultdict(lambda: [Asked() for _ in grown])
    for number in range(ROUNDS):
        turns = [(place, requests(feed, number)) for place, feed in enumerate(grown)]
        if number % 2:
            turns.reverse()
        for name in turns[0][1]:
            for place, of_feed in turns:
                _ask(grown[place], of_feed[name], asked[name][place])
    seconds = {
        name: {
            "wait": [_rounded(median(one.waits)) for one in of_feeds],
            "processor": [_rounded(min(one.processor)) for one in of_feeds],
        }
        for name, of_feeds in asked.items()
    }
    return Figures(tuple(sizes), seconds)


def requests(feed: Feed, turn: int) -> dict[str, list[bytes]]:
    """What is asked of a feed in a round, by its name; the first of each is not measured."""

    def again(path: str) -> list[bytes]:
        return [feed.get(path)] * (1 + READS)

    once = range(turn * ONCE, (turn + 1) * ONCE)
    return {
        "push": feed.pushes(1 + PUSHES, SMALL),
        "versions": again(feeds.version_list(MANY)),
        "registration": again(feeds.registration(MANY)),
        "package": again(feeds.package(MANY, "1.0.0")),
        "first registration": [
            feed.get(feeds.registration(MANY)),
            *(feed.get(feeds.registration(f"Grown.{number}")) for number in once),
        ],
        "search": [
            feed.get(feeds.searching("grown")),
            *(feed.get(feeds.searching(feeds.word(number))) for number in once),
        ],
        "search without a word": [
            feed.get(feeds.searching("", WORDS)),
            *(feed.get(feeds.searching("", number)) for number in once),
        ],
    }


def _ask(feed: Feed, of_feed: Sequence[bytes], asked: Asked) -> None:
    with Connection(feed.port) as connection:
        connection.ask(of_feed[0])
        before = feed.processor_time()
        asked.waits += asking.waits_of(connection, of_feed[1:])
        spent = feed.processor_time() - before
    asked.processor.append(spent / (len(of_feed) - 1))


def _rounded(seconds: float) -> float:
    """To tenths of a microsecond: what is below is the machine's."""
    return round(seconds, 7)
