"""What NuGet clients read, over HTTP, on private and on public feeds."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from ninety.rules.people import Person
from ninety.store.files import locked
from ninety.wiring import Ninety
from parts.client import NuGetClient, client_of
from parts.packages import make_nupkg

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
PRIVATE_PATHS = (
    "/v3/package/acme.core/index.json",
    "/v3/package/acme.core/1.0.0/acme.core.1.0.0.nupkg",
    "/v3/registration/acme.core/index.json",
    "/v3/registration/acme.core/page/1.0.0/1.0.0.json",
    "/v3/registration/acme.core/1.0.0.json",
    "/v3/registration-semver1/acme.core/index.json",
    "/v3/search",
    "/v3/autocomplete",
)


@pytest.fixture
def alices(app: Flask, world: Ninety, alice: Person) -> NuGetClient:
    """Alice's client, on a private feed."""
    return client_of(world, app, alice)


@pytest.fixture
def anybodys(make_app: Callable[..., Flask], alices: NuGetClient) -> NuGetClient:
    """A client without a key, on the same feed as seen by a process that serves the public."""
    return NuGetClient(make_app(read_access="public"))


def push(client: NuGetClient, id: str = "Acme.Core", version: str = "1.0.0", **more: Any) -> bytes:
    package = make_nupkg(id, version, **more)
    answer = client.push(package)
    assert answer.status_code == 201, answer.text
    return package


def test_the_service_index_is_open_to_all(app: Flask) -> None:
    answer = NuGetClient(app).get("/v3/index.json")
    assert answer.status_code == 200
    urls = [one["@id"] for one in answer.json["resources"]]
    assert all(url.startswith("http://localhost/") for url in urls)


@pytest.mark.parametrize("path", PRIVATE_PATHS)
def test_a_private_feed_asks_for_credentials(app: Flask, alices: NuGetClient, path: str) -> None:
    push(alices)
    for stranger in (NuGetClient(app), NuGetClient(app, "wrong"), NuGetClient(app, "n90_x")):
        answer = stranger.get(path)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        assert b"Acme" not in answer.data
    assert alices.get(path).status_code == 200


def test_an_anonymous_refusal_is_cheap_and_not_warned_of(app: Flask, alices: NuGetClient) -> None:
    answer = NuGetClient(app).get("/v3/search")
    assert "X-NuGet-Warning" not in answer.headers
    assert len(answer.data) < 100


@pytest.mark.parametrize("header", ["Bearer x", "Basic", "Basic !!!", "Basic YQ==", "Negotiate x"])
def test_odd_credentials_are_refused_like_none(
    app: Flask, alices: NuGetClient, header: str
) -> None:
    assert NuGetClient(app).get("/v3/search", Authorization=header).status_code == 401


def test_a_dead_key_reads_nothing_and_is_told_why(
    alices: NuGetClient, world: Ninety, alice: Person, clock: Any
) -> None:
    push(alices)
    clock.move(days=90)
    answer = alices.get("/v3/search")
    assert answer.status_code == 401
    assert "ended" in answer.headers["X-NuGet-Warning"]


@pytest.mark.parametrize("path", PRIVATE_PATHS)
def test_a_public_feed_answers_everybody(
    alices: NuGetClient, anybodys: NuGetClient, path: str
) -> None:
    push(alices)
    answer = anybodys.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("public")
    assert "Authorization" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("path", PRIVATE_PATHS)
def test_who_keeps_an_answer_of_a_private_feed_keeps_it_to_one_reader(
    alices: NuGetClient, path: str
) -> None:
    push(alices)
    answer = alices.get(path)
    assert answer.headers["Cache-Control"].startswith("private")
    assert "Authorization" in answer.headers["Vary"]


def test_bytes_come_back_as_they_were_pushed(alices: NuGetClient) -> None:
    package = push(alices, "Acme.Core", "1.0.0-Beta.1+x")
    listed = alices.documents("/v3/package/acme.core/index.json")["versions"]
    assert listed == ["1.0.0-beta.1"]
    for path in (
        "/v3/package/acme.core/1.0.0-beta.1/acme.core.1.0.0-beta.1.nupkg",
        "/v3/package/ACME.Core/1.0.0.0-BETA.1/Acme.Core.1.0.0-Beta.1+x.nupkg",
    ):
        answer = alices.get(path)
        assert answer.data == package
        assert answer.mimetype == "application/octet-stream"
        assert "immutable" in answer.headers["Cache-Control"]
        assert "Content-Encoding" not in answer.headers


def test_the_files_of_a_version_are_served(alices: NuGetClient) -> None:
    push(
        alices,
        files={"i.jpg": PNG, "r.md": "# Größe".encode(), "l.txt": b"Do."},
        icon="i.jpg",
        readme="r.md",
        license={"type": "file", "": "l.txt"},
    )
    base = "/v3/package/acme.core/1.0.0"
    assert alices.get(f"{base}/icon").mimetype == "image/png", "by what it is"
    assert alices.get(f"{base}/readme").text == "# Größe"
    assert alices.get(f"{base}/license").data == b"Do."
    nuspec = alices.get(f"{base}/acme.core.nuspec")
    assert nuspec.mimetype == "application/xml"
    assert b"<id>Acme.Core</id>" in nuspec.data
    for path in ("icon", "readme", "license", "acme.core.nuspec"):
        assert alices.get(f"{base}/{path}").headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/v3/package/nothing/index.json",
        "/v3/package/acme.core/2.0.0/acme.core.2.0.0.nupkg",
        "/v3/package/acme.core/1.0.0/acme.core.2.0.0.nupkg",
        "/v3/package/acme.core/1.0.0/other.1.0.0.nupkg",
        "/v3/package/acme.core/1.0.0/acme.core.nope.nupkg",
        "/v3/package/acme.core/1.0.0/record.json",
        "/v3/package/acme.core/1.0.0/acme.core.1.0.0.nupkg.sha512",
        "/v3/package/acme.core/1.0.0/..%2Fpackage.json",
        "/v3/package/acme.core/x/acme.core.x.nupkg",
        "/v3/package/../1.0.0/...1.0.0.nupkg",
        "/v3/package/%2e%2e/index.json",
        "/v3/package/a%00b/index.json",
        "/v3/package/acme.core/1.0.0/readme",
        "/v3/package/acme.core/1.0.0/icon",
        "/v3/registration/nothing/index.json",
        "/v3/registration/acme.core/2.0.0.json",
        "/v3/registration/acme.core/x.json",
        "/v3/registration/acme.core/page/2.0.0/3.0.0.json",
        "/v3/registration/acme.core/page/x/y.json",
        "/v3/registration-other/acme.core/index.json",
    ],
)
def test_what_is_not_there_is_not_found(alices: NuGetClient, path: str) -> None:
    push(alices)
    assert alices.get(path).status_code == 404


def test_a_feed_without_packages_answers_not_found_and_nothing(alices: NuGetClient) -> None:
    assert alices.get("/v3/registration/acme.core/index.json").status_code == 404
    assert alices.documents("/v3/search") == {"totalHits": 0, "data": []}


@pytest.mark.parametrize("path", [*PRIVATE_PATHS, "/v3/index.json"])
def test_head_answers_as_get_does_without_the_body(alices: NuGetClient, path: str) -> None:
    push(alices)
    got, head = alices.get(path), alices.get(path, method="HEAD")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == got.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(got.data))


@pytest.mark.parametrize("path", [*PRIVATE_PATHS, "/v3/index.json"])
def test_a_client_that_has_it_is_not_sent_it_again(alices: NuGetClient, path: str) -> None:
    push(alices)
    tag = alices.get(path).headers["ETag"]
    again = alices.get(path, If_None_Match=tag)
    assert (again.status_code, again.data) == (304, b"")
    push(alices, "Acme.Core", "1.0.1")
    after = alices.get(path, If_None_Match=tag)
    changes = not path.endswith((".nupkg", "1.0.0.json", "v3/index.json", "autocomplete"))
    assert after.status_code == (200 if changes else 304)


def test_long_documents_are_compressed_for_those_who_take_it(alices: NuGetClient) -> None:
    push(alices, description="words " * 500)
    path = "/v3/registration/acme.core/index.json"
    plain, packed = alices.get(path), alices.get(path, Accept_Encoding="gzip, deflate")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    refused = alices.get(path, Accept_Encoding="gzip;q=0")
    assert refused.data == plain.data


def test_a_registration_has_inlined_pages_of_64(alices: NuGetClient) -> None:
    for number in range(65):
        push(alices, "Acme.Core", f"1.{number}.0")
    index = alices.documents("/v3/registration/acme.core/index.json")
    assert [(one["lower"], one["upper"], one["count"]) for one in index["items"]] == [
        ("1.0.0", "1.63.0", 64),
        ("1.64.0", "1.64.0", 1),
    ]
    assert [len(one["items"]) for one in index["items"]] == [64, 1]


def test_from_128_versions_on_pages_are_documents_that_stay(
    alices: NuGetClient, world: Ninety, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ninety.web.feed.PAGED_FROM", 8)
    monkeypatch.setattr("ninety.web.feed.PAGE_LENGTH", 4)
    for number in range(8):
        push(alices, "Acme.Core", f"{number}.0.0")
    index = alices.documents("/v3/registration/acme.core/index.json")
    assert index["count"] == 2
    assert all("items" not in page for page in index["items"])
    push(alices, "Acme.Core", "1.5.0")
    for page in index["items"]:
        document = alices.documents(page["@id"].removeprefix("http://localhost"))
        assert document["@id"] == page["@id"]
        assert (document["lower"], document["upper"]) == (page["lower"], page["upper"])
        assert document["count"] == len(document["items"]) >= page["count"]
        leaf = document["items"][0]["@id"].removeprefix("http://localhost")
        assert alices.documents(leaf)["listed"] is True


def test_old_clients_see_no_semver2(alices: NuGetClient) -> None:
    push(alices, "Acme.Core", "1.0.0")
    push(alices, "Acme.Core", "2.0.0-rc.1")
    push(alices, "Acme.New", "1.0.0+build")

    def versions(hive: str) -> list[str]:
        (page,) = alices.documents(f"/v3/{hive}/acme.core/index.json")["items"]
        return [one["catalogEntry"]["version"] for one in page["items"]]

    assert versions("registration") == ["1.0.0", "2.0.0-rc.1"]
    assert versions("registration-semver1") == ["1.0.0"]
    assert alices.get("/v3/registration-semver1/acme.core/2.0.0-rc.1.json").status_code == 404
    assert alices.get("/v3/registration-semver1/acme.new/index.json").status_code == 404
    old = alices.documents("/v3/search?prerelease=true")
    assert [one["id"] for one in old["data"]] == ["Acme.Core"]
    assert "/v3/registration-semver1/" in old["data"][0]["registration"]
    new = alices.documents("/v3/search?prerelease=true&semVerLevel=2.0.0")
    assert [(one["id"], one["version"]) for one in new["data"]] == [
        ("Acme.Core", "2.0.0-rc.1"),
        ("Acme.New", "1.0.0+build"),
    ]


def test_a_search_as_the_client_asks_it(alices: NuGetClient) -> None:
    for id in ("Proto.A", "Proto.B", "Other"):
        push(alices, id, "1.0.0")
        push(alices, id, "1.1.0-beta")
    asked = "/v3/search?q=proto%20b&skip=0&take=20&prerelease=false&semVerLevel=2.0.0"
    found = alices.documents(asked)
    assert found["totalHits"] == 1
    (hit,) = found["data"]
    assert (hit["id"], hit["version"]) == ("Proto.B", "1.0.0")
    assert [one["version"] for one in hit["versions"]] == ["1.0.0"]
    assert alices.documents("/v3/search?take=1&skip=1")["totalHits"] == 3
    assert alices.documents("/v3/search?take=0") == {"totalHits": 3, "data": []}


@pytest.mark.parametrize("name", ["packageType", "packageTypeFilter"])
def test_both_names_of_the_filter_by_type_are_known(alices: NuGetClient, name: str) -> None:
    push(alices, "Acme.Tool", "1.0.0", package_types=[("DotnetTool", None)])
    push(alices, "Acme.Core", "1.0.0")

    def ids(kind: str) -> list[str]:
        return [one["id"] for one in alices.documents(f"/v3/search?{name}={kind}")["data"]]

    assert ids("dotnettool") == ["Acme.Tool"]
    assert ids("Dependency") == ["Acme.Core"]
    assert ids("Unknown") == []
    assert sorted(ids("")) == ["Acme.Core", "Acme.Tool"]


def test_autocompletion(alices: NuGetClient) -> None:
    push(alices, "Acme.Core", "1.0.0")
    push(alices, "Acme.Core", "1.10.0-beta")
    push(alices, "Acme.Core", "1.9.0")
    alices.write("DELETE", "/api/v2/package/Acme.Core/1.0.0")
    assert alices.documents("/v3/autocomplete?q=acm") == {"totalHits": 1, "data": ["Acme.Core"]}
    assert alices.documents("/v3/autocomplete?id=ACME.core") == {"data": ["1.9.0"]}
    versions = alices.documents("/v3/autocomplete?id=acme.core&prerelease=true")
    assert versions == {"data": ["1.9.0", "1.10.0-beta"]}
    assert alices.documents("/v3/autocomplete?id=nothing") == {"data": []}


@pytest.mark.parametrize(
    "query",
    [
        *("take=abc", "take=-1", "take=", "take=99999999999999999999", "take=1e3", "take=٣"),
        *("skip=-1", "skip=abc", "skip=99999999999999999999999", "skip=0x1", "skip=--1"),
        *("q=%22", "q=%00", "q=a%00b", "q=%25", "q=_", "q=%27;--", "q=%FF%FE", "q=*", "q=id%3A"),
        *("prerelease=maybe", "semVerLevel=abc", "semVerLevel=", "packageType=%00", "q=a&q=b"),
        *("q=NEAR(a%20b)", "q=%7Bid%7D%3Aa", "q=AND", "q=%F0%9F%8D%95", "=", "&&&", "q"),
    ],
)
@pytest.mark.parametrize("service", ["search", "autocomplete"])
def test_no_query_is_an_error(alices: NuGetClient, service: str, query: str) -> None:
    push(alices)
    answer = alices.documents(f"/v3/{service}?{query}")
    assert isinstance(answer["totalHits"], int)
    assert isinstance(answer["data"], list)


def test_unlisted_versions_stay_for_restores(alices: NuGetClient) -> None:
    push(alices)
    alices.write("DELETE", "/api/v2/package/Acme.Core/1.0.0")
    assert alices.documents("/v3/package/acme.core/index.json") == {"versions": ["1.0.0"]}
    leaf = alices.documents("/v3/registration/acme.core/1.0.0.json")
    assert leaf["listed"] is False
    assert alices.documents("/v3/search")["totalHits"] == 0


def test_while_the_index_is_made_readers_are_asked_to_come_back(
    alices: NuGetClient, world: Ninety, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ninety.store.index.WAIT_SECONDS", 0.01)
    package = push(alices)
    with locked(world.settings.data / "index.lock"):
        (world.settings.data / "index.sqlite").unlink()
        answer = alices.get("/v3/search")
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        bytes_ = alices.get("/v3/package/acme.core/1.0.0/acme.core.1.0.0.nupkg")
        assert bytes_.data == package
    world.index.close()
    assert alices.documents("/v3/search")["totalHits"] == 1


def test_addresses_are_those_of_the_public_base(
    make_app: Callable[..., Flask], alices: NuGetClient
) -> None:
    push(alices)
    alices = NuGetClient(make_app(base_url="https://feed.example/team"), alices.secret)
    for path in ("/v3/index.json", "/v3/registration/acme.core/index.json", "/v3/search"):
        text = json.dumps(alices.documents(path))
        assert "https://feed.example/team/v3/" in text
        assert "localhost" not in text
