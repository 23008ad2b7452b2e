"""What is measured: each a thing that is asked of the product and, where it can be, of the limit.

A workload measures once and returns the figures of ours, of the limit and of the bare server.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness import asking, feeds
from harness.connection import Connection
from harness.feeds import HUGE, LARGE, MANY, SMALL, Feed
from harness.figures import Measured
from harness.limit import Limit, nginx

HUGE_ID = "Huge"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it is measured, and for how many seconds a path is asked again and again."""

    feed: Feed
    limit: Limit
    seconds: float


@dataclass(frozen=True, slots=True)
class Workload:
    """`ours` measures the product once, `limit` and `bare` what bounds it, where there is such."""

    what: str
    ours: Callable[[], Measured]
    limit: Callable[[], Measured] | None
    bare: Callable[[], Measured] | None

    def sides(self) -> list[tuple[str, Callable[[], Measured]]]:
        """All that are measured, by the names they have in `Row`."""
        sides = (("limit", self.limit), ("bare", self.bare), ("ours", self.ours))
        return [(name, measure) for name, measure in sides if measure is not None]


def pushes(stage: Stage) -> list[Workload]:
    """Packages of new ids, pushed."""
    return [
        _pushing(stage, "push of 20 KB, 1 pusher", SMALL, count=100, pushers=1),
        _pushing(stage, "push of 20 KB, 8 pushers", SMALL, count=200, pushers=8),
        _pushing(stage, "push of 1 MB", LARGE, count=20, pushers=1),
        _pushing(stage, "push of 20 MB", HUGE, count=3, pushers=1),
    ]


def reads(stage: Stage) -> list[Workload]:
    """One path again and again, and searches that nobody made before."""
    stage.feed.push(HUGE_ID, HUGE)
    paths = {
        "service index": "/v3/index.json",
        "version list of 100": feeds.version_list(MANY),
        "registration of 1 version": feeds.registration("Grown.0"),
        "registration of 100 versions": feeds.registration(MANY),
        "package of 20 KB": feeds.package("Grown.0", "1.0.0"),
        "package of 20 MB": feeds.package(HUGE_ID, "1.0.0"),
        "search without a word, repeated": feeds.searching(""),
        "search for a word that 2 % have, repeated": feeds.searching(feeds.word(0)),
    }
    words = [feeds.searching(feeds.word(number)) for number in range(feeds.WORDS)]
    pages = [feeds.searching("", skip) for skip in range(feeds.WORDS)]
    return [
        *(_reading(stage, what, path) for what, path in paths.items()),
        _asking_once(stage, "search without a word, a page nobody asked for before", pages),
        _asking_once(stage, "search for such a word, never made before", words),
    ]


def _pushing(stage: Stage, what: str, size: int, *, count: int, pushers: int) -> Workload:
    def ours() -> Measured:
        requests = stage.feed.pushes(count, size)
        return _with_processor_time(
            stage.feed, lambda: asking.each(stage.feed.port, requests, pushers)
        )

    def other(port: int) -> Callable[[], Measured]:
        return lambda: asking.each(port, stage.feed.pushes(count, size), pushers)

    return Workload(what, ours, other(stage.limit.push_port), other(stage.limit.bare_port))


def _reading(stage: Stage, what: str, path: str) -> Workload:
    feed = stage.feed
    with Connection(feed.port) as connection:
        answer = connection.ask(feed.get(path))
    served = stage.limit.serve(answer)

    def ours() -> Measured:
        return _with_processor_time(
            feed, lambda: asking.again_and_again(feed.port, path, feed.secret, stage.seconds)
        )

    def other(port: int) -> Callable[[], Measured]:
        return lambda: asking.again_and_again(port, served, feed.secret, stage.seconds)

    if not asking.wrk():
        return Workload(what, ours, None, None)
    limit = other(stage.limit.port) if nginx() else None
    return Workload(what, ours, limit, other(stage.limit.bare_port))


def _asking_once(stage: Stage, what: str, paths: list[str]) -> Workload:
    feed = stage.feed

    def ours() -> Measured:
        # After any change no answer to a search that was made before is given again.
        asking.each(feed.port, feed.pushes(1, SMALL), 1)
        requests = [feed.get(path) for path in paths]
        return _with_processor_time(
            feed, lambda: asking.each(feed.port, requests, asking.CONNECTIONS)
        )

    return Workload(what, ours, None, None)


def _with_processor_time(feed: Feed, measure: Callable[[], Measured]) -> Measured:
    before = feed.processor_time()
    measured = measure()
    return replace(measured, processor=(feed.processor_time() - before) / measured.answers)
