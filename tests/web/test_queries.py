"""Searches that name people: by their address, as people know each other."""

from collections.abc import Callable

import pytest
from flask import Flask

from ninety.rules.people import Person
from ninety.wiring import Ninety
from parts.client import NuGetClient, client_of
from parts.packages import make_nupkg


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(read_access="public")


@pytest.fixture
def client(world: Ninety, app: Flask, alice: Person, bob: Person) -> NuGetClient:
    """Alice owns Acme.Core, Bob owns Acme.Tools."""
    for person, id in ((alice, "Acme.Core"), (bob, "Acme.Tools")):
        assert client_of(world, app, person).push(make_nupkg(id, "1.0.0")).status_code == 201
    return NuGetClient(app)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("owner:alice@example.org", ["Acme.Core"]),
        ("owner:ALICE@Example.org", ["Acme.Core"]),
        ("owners:bob@example.org tools", ["Acme.Tools"]),
        ('owner:"bob@example.org"', ["Acme.Tools"]),
        ("owner:bob@example.org core", []),
        ("owner:carol@example.org", []),
        ("owner:bob", []),
        ("alice@example.org", []),
    ],
)
def test_packages_are_found_by_the_address_of_an_owner(
    client: NuGetClient, typed: str, expected: list[str]
) -> None:
    answer = client.get(f"/v3/search?q={typed.replace(' ', '+')}").json
    assert [one["id"] for one in answer["data"]] == expected
    suggested = client.get(f"/v3/autocomplete?q={typed.replace(' ', '+')}").json
    assert suggested["data"] == expected
    page = client.get(f"/?q={typed.replace(' ', '+')}").text
    for id in ("Acme.Core", "Acme.Tools"):
        assert (f"/packages/{id}" in page) == (id in expected)


def test_who_left_is_found_no_more(client: NuGetClient, world: Ninety, bob: Person) -> None:
    world.people.remove(bob.id, world.clock())
    assert client.get("/v3/search?q=owner:bob@example.org").json["data"] == []
