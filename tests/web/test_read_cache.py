"""Remembered answers are those that would be given anyway, and only to who may have them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from ninety.rules.people import Person
from ninety.store import changes
from ninety.web import feed, read_cache
from ninety.web.read_cache import ReadCache
from ninety.web.shelf import Shelf
from ninety.wiring import Ninety
from parts.client import NuGetClient, client_of
from parts.packages import make_nupkg

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
FILES = {"lib/netstandard2.0/a.dll": b"MZ", "icon.png": PNG, "README.md": b"# Core\n" * 500}
CORE = "/v3/package/acme.core"
VERSIONS, NUPKG = f"{CORE}/index.json", f"{CORE}/1.0.0/acme.core.1.0.0.nupkg"
REMEMBERED = (
    "/v3/index.json",
    VERSIONS,
    NUPKG,
    "/v3/package/ACME.Core/1.0.0.0/Acme.Core.1.0.nupkg",
    "/v3/package/acme.large/1.0.0/acme.large.1.0.0.nupkg",
    f"{CORE}/1.0.0/acme.core.nuspec",
    f"{CORE}/1.0.0/readme",
    f"{CORE}/1.0.0/icon",
    "/v3/registration/acme.core/index.json",
    "/v3/registration-semver1/acme.core/index.json",
    "/v3/registration/acme.core/page/1.0.0/1.1.0.json",
    "/v3/registration/acme.core/1.0.0.json",
    "/v3/search",
    "/v3/search?q=acme&skip=0&take=1",
    "/v3/search?q=acme&take=1&prerelease=true&semVerLevel=2.0.0",
    "/v3/search?unknown=1&q=%C3%A9t%ff&packageType=Dependency",
    "/v3/autocomplete?q=acme",
    "/v3/autocomplete?id=Acme.Core&prerelease=true",
)
NOT_REMEMBERED = (
    "/v3/search?q=owner:alice@example.org",
    "/v3/autocomplete?q=owner:alice@example.org",
    "/v3/package/nothing/index.json",
    f"{CORE}/9.0.0/acme.core.9.0.0.nupkg",
    "/v3/registration/nothing/index.json",
    "/v3/nothing",
)
WAYS: tuple[dict[str, str], ...] = (
    {},
    {"Accept_Encoding": "gzip"},
    {"Accept_Encoding": "gzip;q=0, deflate"},
    {"method": "HEAD"},
    {"method": "HEAD", "Accept_Encoding": "gzip"},
    {"Range": "bytes=2-5"},
    {"Cookie": "ninety_session=x"},
    {"Host": "127.0.0.1:5090"},
    {"Host": "elsewhere.example"},
    {"If_None_Match": "*"},
    {"If_None_Match": 'W/"x", "y"'},
    {"If_Modified_Since": "Sat, 01 Jan 2050 00:00:00 GMT"},
    {"Authorization": "Basic !!!"},
)


@pytest.fixture
def alices(app: Flask, world: Ninety, alice: Person) -> NuGetClient:
    """Alice's client on a private feed, and what she pushed."""
    client = client_of(world, app, alice)
    about: dict[str, Any] = {"icon": "icon.png", "readme": "README.md"}
    for version in ("1.0.0", "1.1.0-beta.1", "1.1.0"):
        assert client.push(make_nupkg(version=version, files=FILES, **about)).status_code == 201
    large = make_nupkg("Acme.Large", files={"lib/a.dll": bytes(range(256)) * 8_000})
    assert client.push(large).status_code == 201
    return client


def cache(app: Flask) -> ReadCache:
    """The layer of the app that remembers."""
    layer: Any = app.wsgi_app
    while not isinstance(layer, ReadCache):
        layer = layer._application
    return layer


def shelf(app: Flask) -> Shelf:
    """What the app remembers."""
    return cache(app).shelf


def whole(answer: TestResponse) -> tuple[str, list[tuple[str, str]], bytes]:
    return answer.status, answer.headers.to_wsgi_list(), answer.data


@pytest.mark.parametrize("access", ["private", "public"])
def test_every_answer_is_the_same_remembered_or_not(
    make_app: Callable[..., Flask], alices: NuGetClient, access: str
) -> None:
    remembering = NuGetClient(make_app(read_access=access), alices.secret)
    forgetful = NuGetClient(make_app(read_access=access, read_cache_mib=0), alices.secret)
    for path in REMEMBERED + NOT_REMEMBERED:
        first = whole(remembering.get(path))
        tag = dict(first[1]).get("ETag", '"none"')
        for way in (*WAYS, {"If_None_Match": tag}, {"If_None_Match": f'"x", W/{tag}'}):
            expected = whole(forgetful.get(path, **way))
            for _ in range(2):
                assert whole(remembering.get(path, **way)) == expected, (path, way)


@pytest.mark.parametrize("path", REMEMBERED)
def test_it_is_remembered(app: Flask, alices: NuGetClient, path: str) -> None:
    before = len(shelf(app))
    alices.get(path)
    alices.get(path)
    assert len(shelf(app)) == before + 1


@pytest.mark.parametrize("path", NOT_REMEMBERED)
def test_it_is_not_remembered(app: Flask, alices: NuGetClient, path: str) -> None:
    before = len(shelf(app))
    alices.get(path)
    assert len(shelf(app)) == before


def test_what_a_query_says_beside_the_point_is_one_answer(app: Flask, alices: NuGetClient) -> None:
    before = len(shelf(app))
    for nonsense in ("&x=1", "&x=2", "&&_=%26"):
        alices.get(f"/v3/search?q=acme{nonsense}")
    assert len(shelf(app)) == before + 1


@pytest.mark.parametrize("path", [path for path in REMEMBERED if path != "/v3/index.json"])
def test_who_may_read_is_never_remembered(
    app: Flask, alices: NuGetClient, world: Ninety, path: str, clock: Any
) -> None:
    assert alices.get(path).status_code == 200
    for stranger in (NuGetClient(app), NuGetClient(app, "wrong"), NuGetClient(app, "n90_x")):
        assert stranger.get(path).status_code == 401
    clock.move(days=90)
    dead = alices.get(path)
    assert dead.status_code == 401
    assert "ended" in dead.headers["X-NuGet-Warning"]


def test_a_key_that_may_not_read_and_one_that_was_revoked_get_nothing(
    app: Flask, alices: NuGetClient, world: Ninety, alice: Person, make_app: Callable[..., Flask]
) -> None:
    assert alices.get(VERSIONS).status_code == 200
    pusher = world.lifecycle.make(alice, "push", 9, world.clock(), actions=("push",))
    assert NuGetClient(app, pusher.secret).get(VERSIONS).status_code == 403
    elsewhere = make_app().extensions["ninety"]
    key_id = (alices.secret or "")[4:14]
    elsewhere.lifecycle.revoke(key_id, alice, world.clock())
    assert alices.get(VERSIONS).status_code == 401


def test_each_reader_is_told_of_their_own_key(
    app: Flask, alices: NuGetClient, world: Ninety, alice: Person
) -> None:
    made = world.lifecycle.make(alice, "short", 5, world.clock(), actions=("read",))
    other = NuGetClient(app, made.secret)
    for _ in range(2):
        assert alices.get(VERSIONS).headers["X-API-Key-Expires"] == "2027-02-21T14:04:00Z"
        assert other.get(VERSIONS).headers["X-API-Key-Expires"] == "2026-11-28T14:04:00Z"


def test_a_use_is_noted_though_the_answer_is_remembered(
    alices: NuGetClient, world: Ninety, clock: Any
) -> None:
    key_id = (alices.secret or "")[4:14]
    alices.get(VERSIONS, User_Agent="dotnet/10 (Linux)")
    clock.move(hours=1)
    alices.get(VERSIONS, User_Agent="dotnet/10 (Linux)")
    latest = world.using.of(key_id)[0]
    assert (latest.at, latest.client, latest.package) == (clock(), "dotnet/10", "acme.core")


def test_the_first_use_of_a_rotated_key_is_noted(
    app: Flask, alices: NuGetClient, world: Ninety, alice: Person
) -> None:
    alices.get(VERSIONS)
    answer = alices.write("POST", "/api/v1/keys/self/rotate")
    new = NuGetClient(app, answer.json["key"])
    assert new.get(VERSIONS).status_code == 200
    key = next(one for one in world.lifecycle.keys_of(alice) if one.predecessor)
    assert key.first_used_at == world.clock()


@pytest.mark.parametrize(
    "path", [VERSIONS, "/v3/registration/acme.core/index.json", "/v3/search?q=core"]
)
def test_a_push_is_seen_at_once_in_every_process(
    make_app: Callable[..., Flask], alices: NuGetClient, path: str
) -> None:
    apps = [alices, NuGetClient(make_app(), alices.secret), NuGetClient(make_app(), alices.secret)]
    for number in range(3):
        for one in apps:
            assert f"9.0.{number}" not in one.get(path).text
        pusher = apps[number]
        assert pusher.push(make_nupkg(version=f"9.0.{number}")).status_code == 201
        for one in apps:
            assert f"9.0.{number}" in one.get(path).text


def test_nobody_reads_an_old_answer_while_others_push(
    make_app: Callable[..., Flask], alices: NuGetClient
) -> None:
    apps = [NuGetClient(make_app(), alices.secret) for _ in range(2)]
    acknowledged: list[str] = []
    ended = threading.Event()

    def push(client: NuGetClient, major: int) -> None:
        for minor in range(15):
            version = f"{major}.{minor}.0"
            assert client.push(make_nupkg(version=version)).status_code == 201
            acknowledged.append(version)

    def read(client: NuGetClient) -> int:
        answers = 0
        while not ended.is_set():
            known = list(acknowledged)
            listed = client.documents(VERSIONS)["versions"]
            assert set(known) <= set(listed)
            answers += 1
        return answers

    with ThreadPoolExecutor(5) as threads:
        readers = [threads.submit(read, client) for client in (*apps, alices)]
        pushers = [threads.submit(push, client, 5 + n) for n, client in enumerate(apps)]
        try:
            for one in pushers:
                one.result()
        finally:
            ended.set()
        assert all(reader.result() > 0 for reader in readers)


def test_another_package_changes_nothing(
    app: Flask, alices: NuGetClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    alices.get(VERSIONS)
    alices.push(make_nupkg("Other.Core"))
    monkeypatch.setattr(feed, "_known", None)  # asking Flask would fail
    assert alices.get(VERSIONS).status_code == 200


def test_without_an_index_nothing_is_answered_from_memory(
    app: Flask, alices: NuGetClient, world: Ninety, monkeypatch: pytest.MonkeyPatch
) -> None:
    alices.get(VERSIONS)
    monkeypatch.setattr(world.index, "_make_meanwhile", lambda: None)
    monkeypatch.setattr(world.index, "catch_up_in_background", lambda: False)
    world.index.close()
    (world.settings.data / "index.sqlite").unlink()
    answer = alices.get(VERSIONS)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_an_index_made_anew_is_asked_anew(
    make_app: Callable[..., Flask], alices: NuGetClient, world: Ninety
) -> None:
    before = whole(alices.get(VERSIONS))
    make_app().extensions["ninety"].index.rebuild()
    assert whole(alices.get(VERSIONS)) == before
    alices.push(make_nupkg(version="2.0.0"))
    assert "2.0.0" in alices.get(VERSIONS).text


def test_a_file_that_is_gone_or_another_is_not_answered_from_memory(
    alices: NuGetClient, world: Ninety
) -> None:
    readme = f"{CORE}/1.0.0/readme"
    assert alices.get(readme).data.startswith(b"# Core")
    path = world.settings.data / "packages/acme.core/1.0.0/readme"
    path.with_name("new").write_bytes(b"# Mended")
    path.with_name("new").replace(path)
    assert alices.get(readme).data == b"# Mended"
    path.unlink()
    assert alices.get(readme).status_code == 404
    alices.get(NUPKG)
    (world.settings.data / "packages/acme.core/1.0.0/acme.core.1.0.0.nupkg").unlink()
    assert alices.get(NUPKG).status_code == 404


def test_what_another_hand_changes_is_noticed_a_tenth_of_a_second_later(
    alices: NuGetClient, world: Ninety, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [90.0]
    monkeypatch.setattr(changes, "monotonic", lambda: seconds[0])
    readme = f"{CORE}/1.0.0/readme"
    for path in (readme, readme, VERSIONS, VERSIONS):
        assert alices.get(path).status_code == 200
    file = world.settings.data / "packages/acme.core/1.0.0/readme"
    file.with_name("new").write_bytes(b"# Mended")
    file.with_name("new").replace(file)
    seconds[0] += changes.BELIEVED_SECONDS
    assert alices.get(readme).data == b"# Mended"
    (world.settings.data / "keys.json").write_text('{"keys": {}}')
    seconds[0] += changes.BELIEVED_SECONDS
    assert alices.get(VERSIONS).status_code == 401


def test_downloads_count_though_they_are_remembered(alices: NuGetClient, world: Ninety) -> None:
    for _ in range(3):
        alices.get(NUPKG)
    alices.get(NUPKG, method="HEAD")
    alices.get(NUPKG, If_None_Match=alices.get(NUPKG).headers["ETag"])
    world.counting.keep()
    assert world.counting.of(["acme.core"])["acme.core"] == {"1.0.0": 4}


def test_a_search_tells_downloads_as_they_were_ten_seconds_ago_at_most(
    alices: NuGetClient, world: Ninety, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> int:
        return int(alices.documents("/v3/search?q=core")["data"][0]["totalDownloads"])

    seconds = [100.0]
    monkeypatch.setattr(cache(app), "_monotonic", lambda: seconds[0])
    assert told() == 0
    alices.get(NUPKG)
    world.counting.keep()
    seconds[0] += 9.9
    assert told() == 0
    seconds[0] += 0.1
    assert told() == 1


def test_an_address_set_later_is_in_every_link_at_once(alices: NuGetClient, world: Ninety) -> None:
    assert "http://localhost/v3/" in alices.get("/v3/index.json").text
    world.site.set_address("https://feed.example/team")
    assert "https://feed.example/team/v3/" in alices.get("/v3/index.json").text
    assert "http://localhost" not in alices.get("/v3/search").text


def test_many_who_ask_for_one_thing_at_once_cost_one_search(
    alices: NuGetClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches, asked = [], threading.Semaphore(0)
    go_on = threading.Event()
    real = feed.queries.read

    def slow(typed: str) -> Any:
        searches.append(typed)
        asked.release()
        assert go_on.wait(10)
        return real(typed)

    monkeypatch.setattr(feed.queries, "read", slow)
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(alices.get, "/v3/search?q=core")
        assert asked.acquire(timeout=10)
        others = [threads.submit(alices.get, "/v3/search?q=core") for _ in range(5)]
        go_on.set()
        answers = [one.result() for one in (first, *others)]
    assert len({answer.data for answer in answers}) == 1
    assert searches == ["core"]


def test_documents_are_made_one_after_the_other_and_files_meanwhile(
    alices: NuGetClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_cache, "TURN_SECONDS", 10)
    under_way, go_on = threading.Semaphore(0), threading.Event()
    at_once: list[str] = []
    most: list[int] = []
    real = feed.queries.read

    def slow(typed: str) -> Any:
        at_once.append(typed)
        most.append(len(at_once))
        under_way.release()
        assert go_on.wait(10)
        at_once.remove(typed)
        return real(typed)

    monkeypatch.setattr(feed.queries, "read", slow)
    with ThreadPoolExecutor(4) as threads:
        paths = [f"/v3/search?q=core&take={take}" for take in (1, 2, 3)]
        asked = [threads.submit(alices.get, path) for path in paths]
        assert under_way.acquire(timeout=10)
        assert alices.get(NUPKG).status_code == 200
        go_on.set()
        assert [one.result().status_code for one in asked] == [200] * 3
    assert most == [1, 1, 1]


def test_whoever_waited_long_for_a_turn_goes_ahead(
    alices: NuGetClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_cache, "TURN_SECONDS", 0.001)
    under_way, go_on = threading.Semaphore(0), threading.Event()
    real = feed.queries.read

    def stuck(typed: str) -> Any:
        under_way.release()
        assert go_on.wait(10)
        return real(typed)

    monkeypatch.setattr(feed.queries, "read", stuck)
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(alices.get, f"/v3/search?q={q}") for q in ("core", "acme")]
        assert [under_way.acquire(timeout=10) for _ in asked] == [True, True]
        assert alices.get(VERSIONS).status_code == 200
        go_on.set()
        assert [one.result().status_code for one in asked] == [200, 200]


def test_a_failure_of_one_leaves_nobody_waiting(
    app: Flask, alices: NuGetClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(feed.queries, "read", fail)
        assert alices.get("/v3/search?q=core").status_code == 500
    assert alices.get("/v3/search?q=core").status_code == 200


def test_a_stranger_cannot_say_what_an_answer_rests_on(app: Flask, alices: NuGetClient) -> None:
    before = len(shelf(app))
    Client(app).get("/v3/nothing", headers={"ninety.basis": "feed", "Ninety-Basis": "feed"})
    assert len(shelf(app)) == before
