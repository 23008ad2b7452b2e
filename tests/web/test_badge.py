"""The badge of a package."""

from xml.etree import ElementTree

from flask import Flask

from ninety.rules.people import Person
from ninety.wiring import Ninety
from parts.packages import make_nupkg
from parts.visitor import Visitor

BADGE = "/packages/acme.core/badge.svg"
SVG = "{http://www.w3.org/2000/svg}"


def push(world: Ninety, person: Person, version: str) -> None:
    world.publishing.receive(person, [make_nupkg("Acme.Core", version)], "", world.clock())


def test_a_badge_names_the_newest_version_and_stays_small(
    make_app, world: Ninety, bob: Person
) -> None:
    public: Flask = make_app(read_access="public")
    push(world, bob, "1.2.0")
    push(world, bob, "2.0.0-beta.1")
    answer = public.test_client().get(BADGE)
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    picture = ElementTree.fromstring(answer.data)
    assert [text.text for text in picture.iter(f"{SVG}text")] == ["Acme.Core", "1.2.0"]
    assert picture.get("aria-label") == "Acme.Core 1.2.0"
    # The policy of the feed lets no style stand in it.
    assert "style" not in answer.text
    again = public.test_client().get(BADGE, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_private_feed_shows_badges_to_those_who_are_signed_in(
    world: Ninety, at_bob: Visitor, stranger: Visitor, bob: Person
) -> None:
    push(world, bob, "1.2.0")
    assert stranger.client.get(BADGE).status_code == 303
    assert at_bob.client.get(BADGE).headers["Cache-Control"] == "private, no-cache"
    assert at_bob.client.get("/packages/No.Such/badge.svg").status_code == 404
    assert at_bob.client.get("/packages/..%2F/badge.svg").status_code == 404
