"""The admin page of packages: whose each id is, how much there is of it, and who is missing."""

import re

import pytest

from ninety.rules.deprecation import Deprecation
from parts.packages import make_nupkg
from parts.visitor import words

PAGE = "/admin/packages"


def names(page) -> list[str]:
    return re.findall(r'class="name">(?:<a href="[^"]*">)?([^<]*)<', page.text)


@pytest.fixture
def push(world, bob, clock):
    def push(id="Acme.Core", version="1.0.0", owner=bob):
        world.publishing.take_in(owner, [make_nupkg(id, version)], clock.now, clock.now)
        world.index.refresh(id)

    return push


def test_a_row_says_whose_it_is_and_how_much(at_alice, push, world, alice, bob, clock):
    for version in ("1.0.0", "1.1.0", "2.0.0"):
        push(version=version)
    world.stewardship.unlist(alice, "Acme.Core", "1.0.0", clock.now)
    said = Deprecation(reasons=("Legacy",))
    world.stewardship.deprecate(alice, "Acme.Core", ["1.1.0"], said, clock.now)
    world.counting.count("acme.core", "2.0.0")
    world.counting.keep()
    text = at_alice.open(PAGE).text
    assert names(at_alice.page) == ["Acme.Core"]
    assert "3 versions, 1 unlisted, 1 deprecated" in words(text)
    assert "1 download · last push just now" in words(text)
    assert f'href="/admin/people/{bob.id}">{bob.email}' in text
    assert 'href="/packages/acme.core/owners">Owners' in text


def test_an_id_whose_owners_all_left_is_found_and_given_an_owner(
    at_alice, push, world, alice, bob, clock
):
    push("Acme.Core")
    push("Acme.Json", owner=alice)
    world.people.disable(bob.id, clock.now)
    page = at_alice.open(f"{PAGE}?show=nobody%27s")
    assert names(page) == ["Acme.Core"]
    assert "1 package that nobody who can sign in owns." in words(page.text)
    assert "Without an owner bob@example.org (disabled)" in words(page.text)
    at_alice.open(re.search(r'href="([^"]*)">Give it an owner', page.text)[1])
    at_alice.send("/packages/Acme.Core/owners", email=alice.email)
    assert names(at_alice.open(f"{PAGE}?show=nobody%27s")) == []


def test_owners_who_are_removed_leave_nobodys_packages(at_alice, push, world, bob, clock):
    push()
    world.people.remove(bob.id, clock.now)
    assert names(at_alice.open(f"{PAGE}?show=nobody%27s")) == ["Acme.Core"]


def test_ids_are_found_by_a_part_of_them_and_shown_by_page(at_alice, world, bob, clock, push):
    for number in range(45):
        world.packages.claim(f"Acme.{'x' * 80}{number:02d}", bob.id, clock.now)
    push("Other.Core")
    world.index.catch_up()
    page = at_alice.open(PAGE)
    assert "46 packages." in words(page.text)
    assert len(names(page)) == 40
    assert "No version is left of it." in words(page.text)
    assert len(page.data) < 60_000
    assert len(names(at_alice.open(f"{PAGE}?page=2"))) == 6
    assert names(at_alice.open(f"{PAGE}?text=OTHER")) == ["Other.Core"]


def test_only_admins_see_it(at_bob, stranger):
    assert at_bob.open(PAGE).status_code == 403
    assert stranger.open(PAGE).request.path == "/sign-in"
