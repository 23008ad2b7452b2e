"""A package with 3,000 versions: everything about it is right and answered at once."""

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ninety.rules import versions
from ninety.rules.records import VersionRecord
from parts.feeds import ALICE, NOW, Feed, opened
from parts.packages import make_nupkg
from parts.product import RunningProduct

pytestmark = [pytest.mark.large, pytest.mark.journey]

MANY = 3000
UNLISTED_EVERY, PRERELEASE_EVERY = 10, 7
MIB = 1024 * 1024

MEMORY = 200 * MIB
"""Of all processes of the product together, after all of it was asked for many times."""


def written(number: int) -> str:
    """The `number`-th version, lowest first; the text of some would sort otherwise."""
    label = f"-beta.{number}" if number % PRERELEASE_EVERY == 0 else ""
    return f"{number // 100}.{number % 100}.0{label}"


ALL = [written(number) for number in range(MANY)]


def fill(feed: Feed) -> None:
    """Take the versions in, the last one first, and unlist some."""
    for version in reversed(ALL):
        content = make_nupkg(version=version, dependencies=[("Acme.Base", "1.0.0")])
        feed.publishing.take_in(ALICE.person, [content], NOW, NOW)
    for version in ALL[::UNLISTED_EVERY]:
        feed.packages.change_version("acme.core", versions.parse(version), unlisted)
    feed.index.catch_up()


def unlisted(record: VersionRecord) -> VersionRecord:
    return replace(record, listed=False)


class Asking:
    """One client of the running product, with a stopwatch."""

    def __init__(self, feed: RunningProduct) -> None:
        self._feed = feed
        self._connection = http.client.HTTPConnection("127.0.0.1", feed.port, timeout=60)
        self.figures: dict[str, str] = {}

    def get(self, address: str, called: str = "") -> bytes:
        """The body at an address or path; its time and size are noted as `called`."""
        return self._ask("GET", address, called)

    def push(self, content: bytes, called: str) -> None:
        """Push a package as a person who was not here before."""
        words = ("user", "add", "root@example.org", "--admin", "--password-stdin")
        assert self._feed.flask(*words, stdin="a horse of course\n").code == 0
        words = ("key", "create", "root@example.org", "--name", "ci", "--days", "90")
        key = self._feed.flask(*words).stdout.strip()
        self._ask("PUT", "/api/v2/package/", called, content, {"X-NuGet-ApiKey": key})

    def _ask(
        self,
        method: str,
        address: str,
        called: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        parts = urlsplit(address)
        started = time.perf_counter()
        self._connection.request(method, f"{parts.path}?{parts.query}", content, headers or {})
        answer = self._connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - started
        assert answer.status in (200, 201), (address, answer.status, body)
        if called:
            self.figures[called] = f"{took * 1000:7.1f} ms {len(body) / 1024:8.1f} KiB"
        return body

    def document(self, address: str, called: str = "") -> dict:
        return json.loads(self.get(address, called))

    def memory(self) -> int:
        return sum(process.memory() for process in self._feed.processes())

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def asking(product, tmp_path: Path) -> Iterator[Asking]:
    """A client of a public feed that has them all."""
    data = tmp_path / "data"
    started = time.perf_counter()
    with opened(data) as feed:
        fill(feed)
    print(f"{MANY} versions taken in: {time.perf_counter() - started:.1f} s")
    one = Asking(product(NINETY_DATA=str(data), NINETY_READ_ACCESS="public"))
    try:
        yield one
    finally:
        one.close()
        for name, figure in one.figures.items():
            print(f"{name:28} {figure}")


def test_a_package_with_thousands_of_versions_is_answered_whole(asking: Asking) -> None:
    listed = [one for number, one in enumerate(ALL) if number % UNLISTED_EVERY]
    releases = [one for one in listed if "-" not in one]

    assert asking.document("/v3/package/acme.core/index.json", "version list")["versions"] == ALL

    index = asking.document("/v3/registration/acme.core/index.json", "registration index")
    pages = [
        asking.document(page["@id"], f"page {number}" if number in (0, 23, 46) else "")
        for number, page in enumerate(index["items"])
    ]
    assert (index["count"], len(pages)) == (47, 47)
    for page, named in zip(pages, index["items"], strict=True):
        assert {**page, "items": None} == {**named, "items": None}
        assert page["count"] == len(page["items"])
    for page, following in pairwise(pages):
        assert versions.parse(page["upper"]) < versions.parse(following["lower"])
    entries = [one["catalogEntry"] for page in pages for one in page["items"]]
    assert [one["version"] for one in entries] == ALL
    assert [one["version"] for one in entries if one["listed"]] == listed
    leaf = asking.document(pages[23]["items"][7]["@id"], "leaf")
    assert leaf["catalogEntry"] == pages[23]["items"][7]["catalogEntry"]

    old = asking.document("/v3/registration-semver1/acme.core/index.json", "old registration")
    assert sum(page["count"] for page in old["items"]) == sum("-" not in one for one in ALL)

    (found,) = asking.document("/v3/search?q=acme&semVerLevel=2.0.0", "search")["data"]
    assert found["version"] == releases[-1]
    assert [one["version"] for one in found["versions"]] == releases
    everything = "prerelease=true&semVerLevel=2.0.0"
    (found,) = asking.document(f"/v3/search?q=core&{everything}", "search, everything")["data"]
    assert [one["version"] for one in found["versions"]] == listed
    suggested = asking.document(f"/v3/autocomplete?id=acme.core&{everything}", "autocomplete")
    assert suggested["data"] == listed
    assert releases[-1].encode() in asking.get("/packages/Acme.Core", "page of the package")

    for _each in range(20):
        asking.get(f"/v3/search?q=core&{everything}")
        asking.get("/packages/Acme.Core")
    asking.push(make_nupkg(version="99.0.0"), "one more push")
    newer = asking.document("/v3/registration/acme.core/index.json", "registration after it")
    assert newer["items"][-1]["upper"] == "99.0.0"
    memory = asking.memory()
    print(f"memory of all processes: {memory / MIB:.0f} MiB")
    assert memory < MEMORY
