"""Which answers count as a download, and where the numbers are shown."""

import json
from collections.abc import Callable

import pytest
from flask import Flask

from ninety.rules.people import Person
from ninety.wiring import Ninety
from parts.client import NuGetClient, client_of
from parts.packages import make_nupkg
from parts.visitor import Visitor, words

NUPKG = "/v3/package/acme.core/1.0.0/acme.core.1.0.0.nupkg"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """A feed that remembers no answers, so that every search tells the numbers of this moment."""
    return make_app(read_cache_mib=0)


@pytest.fixture
def alices(app: Flask, world: Ninety, alice: Person) -> NuGetClient:
    """Alice's client, and two versions it pushed."""
    client = client_of(world, app, alice)
    for version in ("1.0.0", "1.1.0-beta"):
        assert client.push(make_nupkg(version=version)).status_code == 201
    return client


def downloads(world: Ninety) -> dict[str, int]:
    world.counting.keep()
    return world.counting.of(["acme.core"])["acme.core"]


def test_each_download_counts_once_however_the_address_is_written(
    alices: NuGetClient, world: Ninety
) -> None:
    for path in (NUPKG, "/v3/package/ACME.core/1.0.0.0/Acme.Core.1.0.nupkg"):
        assert alices.get(path).status_code == 200
    assert alices.get("/v3/package/acme.core/1.1.0-BETA/acme.core.1.1.0-beta.nupkg").data
    assert downloads(world) == {"1.0.0": 2, "1.1.0-beta": 1}


def test_only_a_download_counts(app: Flask, alices: NuGetClient, world: Ninety) -> None:
    tag = alices.get(NUPKG, method="HEAD").headers["ETag"]
    assert alices.get(NUPKG, If_None_Match=tag).status_code == 304
    assert alices.get(NUPKG, Range="bytes=10-").status_code == 206
    assert alices.get(NUPKG, Range="bytes=-10").status_code == 206
    assert alices.get(NUPKG, Range="bytes=999999-").status_code == 416
    assert alices.get("/v3/package/acme.core/1.0.0/acme.core.nuspec").status_code == 200
    assert alices.get(NUPKG.replace("1.0.0", "9.0.0")).status_code == 404
    assert NuGetClient(app).get(NUPKG).status_code == 401
    assert downloads(world) == {}


def test_a_download_in_parts_counts_by_its_first_part(alices: NuGetClient, world: Ninety) -> None:
    for part in ("0-9", "10-19", "20-"):
        assert alices.get(NUPKG, Range=f"bytes={part}").status_code == 206
    assert downloads(world) == {"1.0.0": 1}


def test_a_search_tells_the_downloads(
    alices: NuGetClient, world: Ninety, make_app: Callable[..., Flask]
) -> None:
    for _each in range(3):
        alices.get(NUPKG)
    alices.get("/v3/package/acme.core/1.1.0-beta/acme.core.1.1.0-beta.nupkg")
    world.counting.keep()
    in_another_process = NuGetClient(make_app(), alices.secret)
    (found,) = in_another_process.documents("/v3/search?q=acme")["data"]
    assert found["totalDownloads"] == 4
    assert [(one["version"], one["downloads"]) for one in found["versions"]] == [("1.0.0", 3)]


def test_nothing_else_changes_by_a_download(alices: NuGetClient, world: Ninety) -> None:
    paths = ["/v3/registration/acme.core/index.json", "/v3/registration/acme.core/1.0.0.json"]
    paths += ["/v3/package/acme.core/index.json", "/v3/autocomplete?q=acme", "/v3/index.json"]
    before = {path: alices.get(path).data for path in paths}
    search = alices.documents("/v3/search")
    alices.get(NUPKG)
    world.counting.keep()
    assert {path: alices.get(path).data for path in paths} == before
    search["data"][0]["totalDownloads"] += 1
    search["data"][0]["versions"][0]["downloads"] += 1
    assert alices.documents("/v3/search") == search


def test_a_feed_without_its_numbers_answers_as_before(alices: NuGetClient, world: Ninety) -> None:
    alices.get(NUPKG)
    world.counting.keep()
    (world.settings.data / "counts.sqlite").write_text("no database")
    assert alices.documents("/v3/search")["data"][0]["totalDownloads"] == 0
    alices.get(NUPKG)
    assert downloads(world) == {"1.0.0": 1}


def test_the_page_of_a_package_tells_its_downloads_and_dates(
    alices: NuGetClient, world: Ninety, at_alice: Visitor, clock
) -> None:
    for _each in range(2):
        alices.get(NUPKG)
    alices.get("/v3/package/acme.core/1.1.0-beta/acme.core.1.1.0-beta.nupkg")
    world.counting.keep()
    clock.move(days=2)
    assert alices.push(make_nupkg(version="2.0.0")).status_code == 201
    page = words(at_alice.open("/packages/Acme.Core/1.0.0").text)
    assert "Downloads 2 of this version, 3 of all" in page
    assert "Published 23 Nov 2026" in page
    assert "Last push 25 Nov 2026" in page
    newest = words(at_alice.open("/packages/Acme.Core").text)
    assert "Downloads 0 of this version, 3 of all" in newest
    assert "Published 25 Nov 2026" in newest


def test_unlisting_keeps_the_date_of_publication(alices: NuGetClient, clock) -> None:
    """Clients read `listed`; a date of 1900 is what nuget.org says to those that cannot."""
    leaf = "/v3/registration/acme.core/1.0.0.json"
    published = alices.documents(leaf)["published"]
    clock.move(days=2)
    assert alices.write("DELETE", "/api/v2/package/Acme.Core/1.0.0").status_code == 204
    unlisted = alices.documents(leaf)
    assert (unlisted["listed"], unlisted["published"]) == (False, published)
    assert unlisted["catalogEntry"]["published"] == published
    assert json.dumps(unlisted).count("2026-11-23T14:04:00Z") == 2
