"""What a read costs, counted and not timed: statements, files, and what grows with the feed.

A number here that must rise is worth a thought: every read pays for it.
"""

import base64
import gc
import os
import sqlite3
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from ninety.rules.people import Person
from ninety.wiring import Ninety
from parts.client import NuGetClient, client_of
from parts.packages import make_nupkg

VERSIONS = "/v3/package/acme.core/index.json"
REGISTRATION = "/v3/registration/acme.core/index.json"
NUPKG = "/v3/package/acme.core/1.0.0/acme.core.1.0.0.nupkg"
SEARCH = "/v3/search?q=acme&take=2"
IS_IT_ANOTHER = "PRAGMA data_version"


class Costs:
    """What was spent while it counted: SQL statements, and the names of files looked at."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.looked_at: list[str] = []
        self.opened: list[str] = []
        self.steps = 0
        self.counting = False

    def step(self) -> None:
        """One instruction of SQLite's virtual machine, give or take those between two counts."""
        self.steps += self.counting

    def note(self, into: list[str], what: str) -> None:
        """Note `what`, but for the statements that SQLite's own modules make ("-- ...")."""
        if self.counting and not what.startswith("-- "):
            into.append(what)

    @contextmanager
    def counted(self) -> Iterator["Costs"]:
        """Count what happens in this block, from nothing on."""
        self.statements.clear()
        self.looked_at.clear()
        self.opened.clear()
        self.steps = 0
        self.counting = True
        try:
            yield self
        finally:
            self.counting = False


_now_counting: list[Costs] = []


def _opened(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _now_counting and isinstance(arguments[0], str):
        _now_counting[0].note(_now_counting[0].opened, Path(arguments[0]).name)


sys.addaudithook(_opened)  # never to be removed, so it does nothing while nobody counts


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Costs]:
    """Counts for every connection and file that is used after it is asked for."""
    found = Costs()
    connect, stat = sqlite3.connect, os.stat

    def counted_connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_trace_callback(lambda said: found.note(found.statements, said))
        connection.set_progress_handler(found.step, 1)
        return connection

    def counted_stat(path: Any, *more: Any, **options: Any) -> os.stat_result:
        if isinstance(path, str | os.PathLike):
            found.note(found.looked_at, Path(path).name)
        return stat(path, *more, **options)

    monkeypatch.setattr(sqlite3, "connect", counted_connect)
    monkeypatch.setattr(os, "stat", counted_stat)
    _now_counting[:] = [found]
    yield found
    _now_counting.clear()


@pytest.fixture(autouse=True)
def _a_moment_that_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, what was found is believed for as long as a test takes."""
    monkeypatch.setattr("ninety.store.changes.monotonic", lambda: 90.0)


@pytest.fixture
def alices(costs: Costs, app: Flask, world: Ninety, alice: Person) -> NuGetClient:
    """Alice's client on a private feed, where every connection is counted."""
    client = client_of(world, app, alice)
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        push(client, version=version)
    return client


def push(client: NuGetClient, id: str = "Acme.Core", version: str = "1.0.0") -> None:
    assert client.push(make_nupkg(id, version)).status_code == 201


def again(client: NuGetClient, path: str, costs: Costs) -> None:
    """Ask for what was asked for before, and count only that."""
    for _ in range(2):
        assert client.get(path).status_code == 200
    with costs.counted():
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", [VERSIONS, REGISTRATION, SEARCH])
def test_what_a_remembered_answer_costs_on_a_private_feed(
    alices: NuGetClient, costs: Costs, path: str
) -> None:
    again(alices, path, costs)
    assert (costs.statements, costs.looked_at, costs.opened) == ([], [], [])


@pytest.mark.parametrize("path", [VERSIONS, REGISTRATION, SEARCH])
def test_what_it_costs_after_a_change_to_something_else(
    alices: NuGetClient, world: Ninety, costs: Costs, path: str
) -> None:
    again(alices, path, costs)
    for _ in range(2):
        world.site.note("scan", world.clock())
        with costs.counted():
            assert alices.get(path).status_code == 200
    assert costs.statements == [IS_IT_ANOTHER]
    assert sorted(costs.looked_at) == [
        "index.sqlite",
        "keys.json",
        "site.json",  # the address,
        "site.json",  # and the policy
        "users.json",
    ]
    assert costs.opened == []


@pytest.mark.parametrize("path", [VERSIONS, REGISTRATION, SEARCH])
def test_what_a_remembered_answer_costs_on_a_public_feed(
    alices: NuGetClient, make_app: Callable[..., Flask], costs: Costs, path: str
) -> None:
    again(NuGetClient(make_app(read_access="public")), path, costs)
    assert (costs.statements, costs.looked_at, costs.opened) == ([], [], [])


@pytest.mark.parametrize("path", ["/v3/index.json", NUPKG])
def test_the_service_index_and_a_small_package_cost_no_look_at_anything(
    alices: NuGetClient, costs: Costs, path: str
) -> None:
    again(alices, path, costs)
    assert (costs.statements, costs.looked_at, costs.opened) == ([], [], [])


def test_a_large_package_is_opened_once_and_the_index_never(
    alices: NuGetClient, costs: Costs
) -> None:
    large = make_nupkg("Acme.Large", files={"large.bin": os.urandom(100_000)})
    assert alices.push(large).status_code == 201
    again(alices, "/v3/package/acme.large/1.0.0/acme.large.1.0.0.nupkg", costs)
    assert (costs.statements, costs.looked_at) == ([], [])
    assert costs.opened == ["acme.large.1.0.0.nupkg"]


def test_a_remembered_answer_is_not_copied(app: Flask, alices: NuGetClient) -> None:
    given = []
    for _ in range(3):
        environ = environ_of("/v3/index.json", alices)
        body: Any = app.wsgi_app(environ, lambda *_: lambda _: None)
        assert isinstance(body, list), "a list goes out at once, anything else piece by piece"
        given.append(body[0])
    assert given[0] is given[1] is given[2]


def most_memory(ask: Callable[[], object]) -> int:
    """Bytes that are in use at the most while `ask` runs, beyond those before it."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        ask()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return most - before


def asked(app: Flask, client: NuGetClient, path: str) -> Callable[[], None]:
    """Asks as the server does, and lets go of each piece of the answer before the next."""

    def ask() -> None:
        told: list[str] = []
        body: Any = app.wsgi_app(environ_of(path, client), lambda status, _: told.append(status))
        for _piece in body:
            del _piece
        if close := getattr(body, "close", None):
            close()
        assert told == ["200 OK"]

    return ask


def environ_of(path: str, client: NuGetClient) -> dict[str, Any]:
    credentials = base64.b64encode(f"any:{client.secret}".encode()).decode()
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Basic {credentials}",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
    }


def test_a_remembered_answer_takes_next_to_no_memory(app: Flask, alices: NuGetClient) -> None:
    for number in range(40):
        push(alices, version=f"2.{number}.0")
    ask = asked(app, alices, REGISTRATION)
    size = len(alices.get(REGISTRATION).data)
    for _ in range(3):
        ask()
    assert size > 20_000
    assert most_memory(ask) < 4_000


def test_a_large_package_goes_out_in_pieces(app: Flask, alices: NuGetClient) -> None:
    large = make_nupkg("Acme.Large", files={"large.bin": os.urandom(8_000_000)})
    assert alices.push(large).status_code == 201
    ask = asked(app, alices, "/v3/package/acme.large/1.0.0/acme.large.1.0.0.nupkg")
    for _ in range(3):
        ask()
    assert most_memory(ask) < 600_000, "a piece of 256 KiB, and the next one"


@pytest.mark.parametrize(
    ("path", "statements"),
    [(VERSIONS, 5), (REGISTRATION, 6), (SEARCH, 9), ("/v3/search?take=2", 8)],
)
def test_what_an_answer_costs_that_nobody_remembers(
    alices: NuGetClient, costs: Costs, path: str, statements: int
) -> None:
    alices.get("/v3/search?q=warm")  # connections are open from here on
    push(alices, "Acme.Json")
    with costs.counted():
        assert alices.get(path).status_code == 200
    assert len(costs.statements) == statements, costs.statements


@pytest.mark.parametrize("path", ["/v3/search?take=5", "/v3/autocomplete?take=5"])
def test_a_search_for_everything_costs_the_same_however_much_there_is(
    alices: NuGetClient, make_app: Callable[..., Flask], costs: Costs, path: str
) -> None:
    forgetful = NuGetClient(make_app(read_cache_mib=0), alices.secret)

    def cost() -> tuple[int, int]:
        with costs.counted():
            assert forgetful.get(path).status_code == 200
        return len(costs.statements), costs.steps

    for number in range(10):
        push(alices, f"Few.P{number}")
    cost()  # from here on the connection is open
    few_statements, few_steps = cost()
    for number in range(60):
        push(alices, f"Many.P{number}")
    many_statements, many_steps = cost()
    assert many_statements == few_statements
    assert many_steps < 1.1 * few_steps


def test_a_search_for_a_word_costs_by_what_fits(alices: NuGetClient, costs: Costs) -> None:
    def steps(word: str) -> int:
        with costs.counted():
            assert alices.get(f"/v3/search?take=5&q={word}").status_code == 200
        return costs.steps

    for number in range(10):
        push(alices, f"Rare.P{number}")
    before = steps("rare")
    for number in range(60):
        push(alices, f"Common.P{number}")
    assert steps("rare") < 1.5 * before, "a few more pieces of the full-text index, no more rows"
    assert steps("common") < 7 * before
