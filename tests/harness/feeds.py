"""A feed to measure: the whole product, private, over a folder grown to a size."""

import itertools
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from harness import connection
from ninety.settings import Settings
from ninety.wiring import open_ninety
from parts.grown import EMAIL, grow
from parts.grown_packages import grow_named
from parts.packages import make_nupkg
from parts.product import RunningProduct
from parts.waiting import wait_until

MANY = "Grown.Many"
VERSIONS = 100
"""So many of the versions in each feed are of the one id MANY; all others have an id each."""

SMALL, LARGE, HUGE = 20_000, 1_000_000, 20_000_000
"""Bytes in a package."""

WORDS = 500
SHARE = 50
"""Each of so many words is a tag of one package in fifty: of 2 % of all ids."""

STRIDES = (1, 3, 7, 9, 11, 13, 17, 19, 21, 23)
"""None has a divisor in common with SHARE, so that each word has its turn as often."""

IDLE = 0.02
"""At most this part of a processor is used by a feed that nobody asks anything."""

SERVING = "ninety-serving"


def word(number: int) -> str:
    """The tag with this number; none is how another begins."""
    return f"word{number:03}"


def tags(number: int) -> tuple[str, ...]:
    """The tags of the package with this number: ten, each from fifty words of its own."""
    return tuple(
        word(place * SHARE + number * stride % SHARE) for place, stride in enumerate(STRIDES)
    )


def names(versions: int) -> Iterator[tuple[str, str]]:
    """Ids and versions of a feed of so many, but for the one that all are copies of."""
    for number in range(versions - VERSIONS - 1):
        yield f"Grown.{number}", "1.0.0"
    for number in range(VERSIONS):
        yield MANY, f"1.{number}.0"


class Feed:
    """The product on a port of its own, with one key (`secret`) that may read and push.

    It holds `versions` versions when it is made, and runs until `stop`.
    """

    def __init__(self, folder: Path, versions: int) -> None:
        self.product = RunningProduct(folder)
        data, now = self.product.data, datetime.now(UTC)
        self.secret = grow(data, 1, now).secrets[0]
        ninety = open_ninety(Settings(data=data))
        owner = ninety.people.by_email(EMAIL)
        assert owner is not None
        content = _package("Grown", SMALL)
        grow_named(ninety, owner, now, names(versions), content=content, tags=tags)
        ninety.index.close()
        self._numbers = itertools.count(1)
        self.product.start()
        self._serving = [one for one in self.product.processes() if one.name == SERVING]
        try:
            self.settle()
        except BaseException:
            self.product.kill()
            raise

    @property
    def port(self) -> int:
        """Where it listens on this machine."""
        return self.product.port

    def pushes(self, count: int, size: int) -> list[bytes]:
        """So many requests that push packages of `size` bytes, each of a new id."""
        return [
            connection.put(_package(self._new_id(), size), self.port, self.secret)
            for _ in range(count)
        ]

    def push(self, id: str, size: int) -> None:
        """Push one package of `size` bytes as version 1.0.0 of `id`."""
        with connection.Connection(self.port) as one:
            one.ask(connection.put(_package(id, size), self.port, self.secret))

    def get(self, path: str) -> bytes:
        """A request that reads `path`."""
        return connection.get(path, self.port, self.secret)

    def processor_time(self) -> float:
        """Seconds of processor time that its web processes have used so far."""
        return sum(process.processor_time() for process in self._serving)

    def settle(self) -> None:
        """Wait until it has nothing left to do."""

        def idle() -> bool:
            before = self.processor_time()
            time.sleep(0.5)
            return self.processor_time() - before < 0.5 * IDLE

        wait_until(idle, 60, "a feed that is idle")

    def stop(self) -> None:
        """End it, and wait until every process is gone."""
        self.product.stop()

    def _new_id(self) -> str:
        return f"Bench.{next(self._numbers)}"


def searching(term: str, skip: int = 0) -> str:
    """The path of a search as Visual Studio makes it."""
    return f"/v3/search?q={term}&skip={skip}&take=20&prerelease=true&semVerLevel=2.0.0"


def version_list(id: str) -> str:
    """The path of the list of all versions of `id`."""
    return f"/v3/package/{id.lower()}/index.json"


def registration(id: str) -> str:
    """The path of what clients read about all versions of `id`."""
    return f"/v3/registration/{id.lower()}/index.json"


def package(id: str, version: str) -> str:
    """The path of the bytes of a package."""
    return f"/v3/package/{id.lower()}/{version}/{id.lower()}.{version}.nupkg"


def _package(id: str, size: int) -> bytes:
    return make_nupkg(id, "1.0.0", files={"lib.dll": random.Random(90).randbytes(size)})
