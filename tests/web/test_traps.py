"""What small NuGet servers stumble over, as their users told, tried on this one.

What belongs to one room is tried there; here is what shows only when all of
them work together.
"""

import gzip
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask

from ninety.rules import instants, versions
from ninety.rules.people import Person
from ninety.rules.records import Tombstone
from ninety.wiring import Ninety
from parts.client import NuGetClient, client_of
from parts.packages import make_nupkg

ID = "/v3/package/acme.core"
HIVES = ("registration", "registration-semver1")


@pytest.fixture
def alices(app: Flask, world: Ninety, alice: Person) -> NuGetClient:
    return client_of(world, app, alice)


def push(client: NuGetClient, id: str = "Acme.Core", version: str = "1.0.0", **more: Any) -> None:
    answer = client.push(make_nupkg(id, version, **more))
    assert answer.status_code == 201, answer.text


def test_mixed_case_finds_everything(alices: NuGetClient) -> None:
    push(alices, "Acme.Core", "1.0.0-Beta")
    for path in (
        "/v3/package/ACME.Core/index.json",
        "/v3/package/ACME.Core/1.0.0-BETA/acme.CORE.1.0.0-beta.NUPKG",
        "/v3/package/ACME.Core/1.0.0-BETA/Acme.Core.NUSPEC",
        "/v3/registration/ACME.Core/index.json",
        "/v3/registration/ACME.Core/1.0.0-BETA.json",
        "/v3/registration/ACME.Core/page/1.0.0-BETA/1.0.0-Beta.json",
    ):
        assert alices.get(path).status_code == 200, path
    assert alices.documents("/v3/search?q=ACME&prerelease=TRUE")["totalHits"] == 1
    taken = alices.push(make_nupkg("acme.CORE", "1.0.0-BETA"))
    assert taken.status_code == 409


@pytest.mark.parametrize("version", ["1.0", "1.0.0.0", "1.0.0+build", "01.0.0"])
def test_another_writing_of_a_version_is_the_same_version(
    alices: NuGetClient, version: str
) -> None:
    push(alices)
    assert alices.push(make_nupkg(version=version)).status_code == 409
    assert alices.documents(f"{ID}/index.json") == {"versions": ["1.0.0"]}


def test_a_plus_in_an_address_is_a_plus_and_no_space(alices: NuGetClient) -> None:
    push(alices, version="1.0.0+build")
    for written in ("1.0.0+build", "1.0.0%2Bbuild", "1.0.0+other"):
        address = f"/api/v2/package/Acme.Core/{written}"
        assert alices.write("DELETE", address).status_code == 204, written
    assert alices.write("DELETE", "/api/v2/package/Acme.Core/1.0.0%20build").status_code == 404


def test_an_unlisted_version_is_not_the_latest_and_not_gone(alices: NuGetClient) -> None:
    for version in ("1.0.0", "2.0.0"):
        push(alices, version=version)
    alices.write("DELETE", "/api/v2/package/Acme.Core/2.0.0")
    (found,) = alices.documents("/v3/search")["data"]
    assert (found["version"], [one["version"] for one in found["versions"]]) == (
        "1.0.0",
        ["1.0.0"],
    )
    assert alices.documents(f"{ID}/index.json")["versions"] == ["1.0.0", "2.0.0"]
    (page,) = alices.documents("/v3/registration/acme.core/index.json")["items"]
    assert [one["catalogEntry"]["listed"] for one in page["items"]] == [True, False]
    assert alices.get(f"{ID}/2.0.0/acme.core.2.0.0.nupkg").status_code == 200


def test_a_push_of_an_unlisted_version_is_told_what_to_do(alices: NuGetClient) -> None:
    push(alices)
    alices.write("DELETE", "/api/v2/package/Acme.Core/1.0.0")
    answer = alices.push(make_nupkg())
    assert answer.status_code == 409, "what -SkipDuplicate passes over"
    assert "unlisted" in answer.text
    assert "relist" in answer.text


def test_when_the_last_version_is_deleted_nothing_is_found(
    alices: NuGetClient, world: Ninety, clock: Any
) -> None:
    push(alices)
    tombstone = Tombstone(deleted_at=clock(), deleted_by="alice", why="a trap")
    world.packages.bury("acme.core", versions.parse("1.0.0"), tombstone)
    world.index.refresh("acme.core")
    for path in (f"{ID}/index.json", f"{ID}/1.0.0/acme.core.1.0.0.nupkg"):
        assert alices.get(path).status_code == 404, path
    for hive in HIVES:
        for path in ("index.json", "1.0.0.json", "page/1.0.0/1.0.0.json"):
            assert alices.get(f"/v3/{hive}/acme.core/{path}").status_code == 404, path
    assert alices.documents("/v3/search") == {"totalHits": 0, "data": []}
    assert alices.push(make_nupkg()).status_code == 409, "the number stays taken"


def test_versions_are_in_the_order_of_versions_everywhere(alices: NuGetClient) -> None:
    ordered = ["1.9.0-beta", "1.9.0-beta.2", "1.9.0-beta.10", "1.9.0", "1.9.0.1", "1.10.0"]
    for version in sorted(ordered):
        push(alices, version=version)
    assert alices.documents(f"{ID}/index.json")["versions"] == ordered
    (page,) = alices.documents("/v3/registration/acme.core/index.json")["items"]
    assert [one["catalogEntry"]["version"] for one in page["items"]] == ordered
    assert (page["lower"], page["upper"]) == (ordered[0], ordered[-1])
    everything = "prerelease=true&semVerLevel=2.0.0"
    (found,) = alices.documents(f"/v3/search?{everything}")["data"]
    assert [one["version"] for one in found["versions"]] == ordered
    assert found["version"] == ordered[-1]
    assert alices.documents(f"/v3/autocomplete?id=Acme.Core&{everything}")["data"] == ordered


def test_pages_meet_and_never_overlap(alices: NuGetClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ninety.web.feed.PAGE_LENGTH", 2)
    for number in range(5):
        push(alices, version=f"1.{number}.0")
    pages = alices.documents("/v3/registration/acme.core/index.json")["items"]
    for page, following in pairwise(pages):
        assert versions.parse(page["upper"]) < versions.parse(following["lower"])
    assert sum(page["count"] for page in pages) == 5


def test_what_was_just_pushed_is_seen_at_once(alices: NuGetClient) -> None:
    """Clients remember what they were told for half an hour; the feed itself must not."""
    for version in ("1.0.0", "1.1.0"):
        push(alices, version=version)
        assert alices.documents(f"{ID}/index.json")["versions"][-1] == version
        (page,) = alices.documents("/v3/registration/acme.core/index.json")["items"]
        assert page["upper"] == version
        assert alices.documents("/v3/search")["data"][0]["version"] == version


@pytest.mark.parametrize(
    "address", ["http://", "file://C:%5Cicon.png", "icon.png", "javascript:alert(1)", "http://a b"]
)
def test_one_odd_address_costs_nobody_the_search(
    alices: NuGetClient, world: Ninety, address: str
) -> None:
    """Such records are older than the rule that refuses them, or were imported."""
    push(alices)

    def spoil(record: Any) -> Any:
        manifest = replace(record.manifest, icon_url=address, project_url=address)
        return replace(record, manifest=manifest)

    world.packages.change_version("acme.core", versions.parse("1.0.0"), spoil)
    world.index.refresh("acme.core")
    (found,) = alices.documents("/v3/search")["data"]
    assert "iconUrl" not in found
    assert "projectUrl" not in found
    assert "iconUrl" not in json.dumps(alices.documents("/v3/registration/acme.core/1.0.0.json"))


def test_totals_are_whole_numbers_counted_before_skipping(alices: NuGetClient) -> None:
    for number in range(3):
        push(alices, f"Acme.Part{number}")
    for query in ("skip=0", "skip=2&take=1", "skip=5", "take=0"):
        for service in ("search", "autocomplete"):
            total = alices.documents(f"/v3/{service}?{query}")["totalHits"]
            assert (type(total), total) == (int, 3), query


@pytest.mark.parametrize("hive", HIVES)
def test_what_is_called_gzip_is_gzip_once(alices: NuGetClient, hive: str) -> None:
    push(alices, description="words " * 500)
    for accepted in ("gzip, deflate", "gzip;q=0", "identity", "deflate", "*", "br"):
        answer = alices.get(f"/v3/{hive}/acme.core/index.json", Accept_Encoding=accepted)
        packed = answer.headers.get("Content-Encoding") == "gzip"
        assert packed == (accepted in ("gzip, deflate", "*")), accepted
        assert json.loads(gzip.decompress(answer.data) if packed else answer.data)["count"] == 1


def test_any_number_of_refused_readers_locks_nobody_out(app: Flask, alices: NuGetClient) -> None:
    """A client asks without credentials first, each time."""
    push(alices)
    for stranger in (NuGetClient(app), NuGetClient(app, "wrong")):
        for _each in range(60):
            assert stranger.get("/v3/search").status_code == 401
    assert alices.get("/v3/search").status_code == 200


def test_no_secret_is_logged_whatever_happens(
    alices: NuGetClient,
    world: Ninety,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    push(alices)
    alices.push(b"Not a package")
    alices.get("/v3/search")

    def fail(*_: object) -> None:
        raise RuntimeError("a fault of the feed's own")

    monkeypatch.setattr(type(world.publishing), "receive", fail)
    monkeypatch.setattr(type(world.index), "reading", fail)
    assert alices.push(make_nupkg()).status_code == 500
    assert alices.get("/v3/search?q=never+asked+before").status_code == 500
    assert "a fault of the feed's own" in caplog.text
    assert alices.secret is not None
    assert alices.secret.split("_")[2] not in caplog.text


@pytest.mark.parametrize("name", ["../../evil", "/evil", "..\\evil", "C:\\evil", "evil\0", ""])
def test_the_name_of_an_uploaded_file_leads_nowhere(
    alices: NuGetClient, world: Ninety, name: str
) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="package"; filename="'
        + name.encode()
        + b'"\r\n\r\n'
        + make_nupkg()
        + b"\r\n--b--\r\n"
    )
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = alices.write("PUT", "/api/v2/package/", body, **kind)
    assert answer.status_code in (201, 400)
    assert list(world.settings.data.parent.rglob("*evil*")) == []
    assert list(world.packages.incoming.iterdir()) == []


def test_every_published_is_a_date(alices: NuGetClient) -> None:
    """Visual Studio fails on anything else."""
    push(alices)
    (page,) = alices.documents("/v3/registration/acme.core/index.json")["items"]
    leaf = alices.documents("/v3/registration/acme.core/1.0.0.json")
    for published in (page["items"][0]["catalogEntry"]["published"], leaf["published"]):
        assert instants.parse(published).year == 2026


def test_reading_is_never_warned_of(alices: NuGetClient, clock: Any) -> None:
    """A restore asks dozens of times; a warning each would drown the log of a build."""
    push(alices)
    clock.move(days=85)
    for path in ("/v3/index.json", f"{ID}/index.json", f"{ID}/1.0.0/acme.core.1.0.0.nupkg"):
        assert "X-NuGet-Warning" not in alices.get(path).headers
    assert "X-NuGet-Warning" not in alices.get("/v3/registration/acme.core/index.json").headers
    assert "X-NuGet-Warning" in alices.push(make_nupkg(version="1.1.0")).headers


@pytest.mark.parametrize("name", ["Schlüssel – neu", "鍵", "a\tb", "k" * 64])
def test_a_warning_is_one_line_of_plain_letters_whatever_the_key_is_called(
    app: Flask, world: Ninety, alice: Person, clock: Any, name: str
) -> None:
    """Anything else turns a push that was done into an error, and the client tries again."""
    client = NuGetClient(
        app, world.lifecycle.make(alice, name.replace("\t", " "), 90, clock()).secret
    )
    clock.move(days=85)
    answer = client.push(make_nupkg())
    assert answer.status_code == 201
    (warning,) = answer.headers.getlist("X-NuGet-Warning")
    assert warning.isascii()
    assert warning.isprintable()
    assert "5 days" in warning


@pytest.mark.parametrize("settings", [{}, {"base_url": "https://feed.example/feeds/team"}])
@pytest.mark.parametrize("path", ["", "/", "//"])
def test_no_push_is_ever_redirected(
    make_app: Callable[..., Flask], alices: NuGetClient, settings: dict[str, str], path: str
) -> None:
    """A client would send the package again, or could not."""
    client = NuGetClient(make_app(**settings), alices.secret)
    answer = client.push(b"Not a package", f"/api/v2/package{path}")
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
