"""What a push costs in one process, without HTTP, and how that grows with the feed."""

import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ninety.rules.records import VersionRecord
from ninety.settings import Settings
from ninety.wiring import Ninety, open_ninety
from ninety.work.access import Holder
from parts.grown import EMAIL, NOW, grow
from parts.grown_packages import grow_packages
from parts.packages import make_nupkg

FEEDS = (1_000, 50_000)
VERSIONS = (10, 1_000, 3_000)
SIZES = {"20 KB": 20_000, "1 MB": 1_000_000, "20 MB": 20_000_000}


class Pushing:
    """Somebody who pushes packages of random bytes, each under an id or version of its own."""

    def __init__(self, folder: Path) -> None:
        secret = grow(folder, 1, NOW).secrets[0]
        self.ninety: Ninety = open_ninety(Settings(data=folder), clock=lambda: NOW)
        self.holder: Holder = self.ninety.access.authenticate(secret, NOW)
        self._numbers = itertools.count(1)

    def fill(self, ids: int, each: int = 1) -> None:
        """Have a feed of so many packages, each with so many versions."""
        owner = self.ninety.people.by_email(EMAIL)
        assert owner is not None
        grow_packages(self.ninety, owner, NOW, ids, each)

    def of_a_new_id(self, size: int = SIZES["20 KB"]) -> tuple[tuple[bytes], dict[str, object]]:
        """A package for `push`, as pytest-benchmark wants its arguments."""
        return (self._package(f"Bench.{next(self._numbers)}", "1.0.0", size),), {}

    def of_a_known_id(self) -> tuple[tuple[bytes], dict[str, object]]:
        """One more version of the first package."""
        return (self._package("Grown.0", f"2.{next(self._numbers)}.0", SIZES["20 KB"]),), {}

    def push(self, content: bytes) -> VersionRecord:
        """From the body of a request to the version in the feed."""
        return self.ninety.publishing.receive(self.holder, [content], "", NOW)

    @staticmethod
    def _package(id: str, version: str, size: int) -> bytes:
        return make_nupkg(id, version, files={"lib.dll": random.Random(90).randbytes(size)})


@pytest.fixture
def pushing(tmp_path: Path) -> Iterator[Pushing]:
    one = Pushing(tmp_path / "data")
    yield one
    one.ninety.index.close()


@pytest.mark.parametrize("size", SIZES)
def test_a_package_is_pushed(benchmark, pushing, size):
    """Of a new id each time: hashed, judged, on the disk, in the index."""
    rounds = 10 if size == "20 MB" else 100
    benchmark.pedantic(
        pushing.push,
        setup=lambda: pushing.of_a_new_id(SIZES[size]),
        rounds=rounds,
        warmup_rounds=3,
    )


@pytest.mark.parametrize("packages", FEEDS)
def test_a_new_id_is_pushed_to_a_grown_feed(benchmark, pushing, packages):
    """The same beside many other packages."""
    pushing.fill(packages)
    benchmark.pedantic(pushing.push, setup=pushing.of_a_new_id, rounds=100, warmup_rounds=5)


@pytest.mark.parametrize("versions", VERSIONS)
def test_one_more_version_is_pushed(benchmark, pushing, versions):
    """Beside many versions of the same id."""
    pushing.fill(1, versions)
    benchmark.pedantic(pushing.push, setup=pushing.of_a_known_id, rounds=100, warmup_rounds=5)


@pytest.mark.parametrize("versions", VERSIONS)
def test_the_index_looks_at_a_whole_id(benchmark, pushing, versions):
    """After a change by another hand: one look at each version."""
    pushing.fill(1, versions)
    refresh: Callable[[str], None] = pushing.ninety.index.refresh
    benchmark.pedantic(refresh, args=("grown.0",), rounds=20, warmup_rounds=1)


@pytest.mark.parametrize("packages", FEEDS)
def test_a_start_compares_every_id_with_the_index(benchmark, pushing, packages):
    """What a serving process does in the background when it starts."""
    pushing.fill(packages)
    behind = benchmark.pedantic(pushing.ninety.index.catch_up, rounds=5, warmup_rounds=1)
    assert behind == []
