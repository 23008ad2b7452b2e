"""Hundreds of hostile packages against the running product: all refused, nothing kept, no bloat."""

import http.client
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from parts.hostile import HOSTILE
from parts.packages import make_nupkg

pytestmark = pytest.mark.journey

MIB = 1024 * 1024
MEMORY = 180 * MIB
"""Of all processes of the product together, whatever is pushed."""

PUSHERS = 2


class Pusher:
    """One client that pushes raw bodies over one connection."""

    def __init__(self, feed, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", feed.port, timeout=30)
        self._key = key

    def push(self, content: bytes) -> tuple[int, str, str]:
        """Status, body and warning of the answer."""
        self._connection.request(
            "PUT", "/api/v2/package/", content, headers={"X-NuGet-ApiKey": self._key}
        )
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers.get("X-NuGet-Warning", "")

    def close(self) -> None:
        self._connection.close()


@contextmanager
def highest_memory(feed) -> Iterator[list[int]]:
    """Looks again and again at the memory of all processes; the most seen, once it is over."""
    over, seen = threading.Event(), []

    def watch() -> None:
        most = 0
        while not over.wait(0.05):
            most = max(most, sum(process.memory() for process in feed.processes()))
        seen.append(most)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()


def test_hostile_packages_are_refused_by_a_sentence_and_leave_nothing(product, account):
    feed = product()
    key = account(feed)
    cases = iter(HOSTILE.items())
    refused: dict[str, tuple[int, str, str]] = {}

    def push_on(pusher: Pusher) -> None:
        for name, (content, _wanted) in cases:
            refused[name] = pusher.push(content)

    pushers = [Pusher(feed, key) for _each in range(PUSHERS)]
    try:
        with highest_memory(feed) as memory, ThreadPoolExecutor(PUSHERS) as at_once:
            for done in [at_once.submit(push_on, pusher) for pusher in pushers]:
                done.result()
        after = pushers[0].push(make_nupkg())
    finally:
        for pusher in pushers:
            pusher.close()

    assert refused.keys() == HOSTILE.keys()
    assert {name: status for name, (status, _, _) in refused.items() if status != 400} == {}
    for name, (_, sentence, warning) in refused.items():
        assert HOSTILE[name][1] in sentence, name
        assert sentence.endswith(".\n"), name
        assert sentence.count("\n") == 1, name
        assert warning, name
    assert after[0] == 201
    assert list((feed.data / "incoming").iterdir()) == []
    assert [path.name for path in (feed.data / "packages").iterdir()] == ["acme.core"]
    assert "Traceback" not in feed.output
    print(f"at most {memory[0] / MIB:.0f} MiB")
    assert memory[0] < MEMORY
