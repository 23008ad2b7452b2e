"""A feed whose index was deleted answers as before, byte for byte."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from ninety.rules.people import Person
from ninety.wiring import Ninety
from ninety.work import importing
from parts.client import NuGetClient
from parts.packages import PNG, make_nupkg

WAYS_TO_ASK = (
    "",
    "&prerelease=true",
    "&semVerLevel=2.0.0",
    "&prerelease=true&semVerLevel=2.0.0",
    "&prerelease=true&semVerLevel=2.0.0&packageType=DotnetTool",
)
TYPED = ("", "acme", "core", "acme.p1", "id:p2", "tags:red", "packageid:Acme.P3", "package tests")


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(read_access="public")


def fill(world: Ninety, owner: Person, folder: Path, count: int) -> None:
    """Put `count` packages of many kinds into the feed, and one whose versions fill pages.

    Some are unlisted and some deleted.
    """
    folder.mkdir()
    for number in range(count * 5 // 4):
        id, version = f"Acme.P{number % count}", f"{number % 7}.{number}.0"
        suffix = ("", "-beta.1", "-rc1", "+build")[number % 4]
        package = make_nupkg(
            id,
            version + suffix,
            files={"readme.md": b"# Hello", "icon.png": PNG},
            readme="readme.md",
            icon="icon.png",
            tags=("red", "green blue")[number % 2],
            authors=f"Team {number % 5}",
            dependencies={"net8.0": [("Acme.Core", "[1.0.0, 2.0.0)")], None: []},
            package_types=[("DotnetTool", None)] if number % 9 == 0 else (),
        )
        (folder / f"{number}.nupkg").write_bytes(package)
    for number in range(130):
        (folder / f"many{number}.nupkg").write_bytes(make_nupkg("Acme.Many", f"1.{number}.0"))
    run = world.importing.run(importing.find(folder).packages, owner, world.clock())
    assert {result.outcome for result in run} == {importing.Outcome.IMPORTED}
    for package_id in world.packages.ids()[::5]:
        version = min(world.packages.version_keys(package_id))
        world.stewardship.unlist(owner, package_id, version, world.clock())
    for package_id in world.packages.ids()[2::7]:
        version = max(world.packages.version_keys(package_id))
        world.deleting.delete(owner, package_id, version, "A test.", world.clock())


def documents(app: Flask, ids: list[str]) -> dict[str, bytes]:
    """Every document of the feed that comes from the index, by its address."""
    client = NuGetClient(app)
    found: dict[str, bytes] = {}

    def get(path: str) -> Any:
        answer = client.get(path)
        assert answer.status_code in (200, 404), path
        found[path] = answer.data
        return answer.json if answer.status_code == 200 else None

    get("/v3/index.json")
    for package_id in ids:
        get(f"/v3/package/{package_id}/index.json")
        get(f"/packages/{package_id}")
        for hive in hives(app):
            index = get(f"/v3/{hive}/{package_id}/index.json")
            for page in index["items"] if index else ():
                inlined = "items" in page
                leaves = page["items"] if inlined else get(path_of(page))["items"]
                for leaf in leaves:
                    get(path_of(leaf))
    for typed in TYPED:
        for way in WAYS_TO_ASK:
            get(f"/v3/search?q={typed}&take=1000{way}")
            get(f"/v3/search?q={typed}&skip=3&take=5{way}")
            get(f"/v3/autocomplete?q={typed}&take=1000{way}")
        get(f"/?q={typed}")
    return found


def hives(app: Flask) -> set[str]:
    """The first part of every registration's address, from the service index."""
    resources = NuGetClient(app).documents("/v3/index.json")["resources"]
    return {
        one["@id"].rstrip("/").rpartition("/")[2]
        for one in resources
        if one["@type"].startswith("RegistrationsBaseUrl")
    }


def path_of(thing: dict[str, Any]) -> str:
    """Where a page or leaf that a registration names is found."""
    return str(thing["@id"]).removeprefix("http://localhost")


def test_every_document_is_the_same(
    make_app: Callable[..., Flask], app: Flask, world: Ninety, alice: Person, tmp_path: Path
) -> None:
    fill(world, alice, tmp_path / "elsewhere", 12)
    before = documents(app, world.packages.ids())
    assert len(before) > 400
    (world.settings.data / "index.sqlite").unlink()
    restarted = make_app(read_access="public")
    assert documents(restarted, world.packages.ids()) == before
    assert documents(app, world.packages.ids()) == before, "where the old one is still open, too"
    world.index.rebuild()
    assert documents(app, world.packages.ids()) == before


@pytest.mark.large
def test_every_document_of_five_hundred_packages_is_the_same(
    make_app: Callable[..., Flask], app: Flask, world: Ninety, alice: Person, tmp_path: Path
) -> None:
    fill(world, alice, tmp_path / "elsewhere", 500)
    before = documents(app, world.packages.ids())
    assert len(before) > 3000
    (world.settings.data / "index.sqlite").unlink()
    restarted = make_app(read_access="public")
    assert documents(restarted, world.packages.ids()) == before
