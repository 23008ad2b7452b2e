"""The Atom feed of new versions: what is in it, for whom, and by which link."""

import html
import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from flask import Flask

from ninety.rules.people import Person
from ninety.wiring import Ninety
from parts.packages import make_nupkg
from parts.visitor import Visitor, words

ATOM = "{http://www.w3.org/2005/Atom}"
SETTINGS = "/account/settings"
LINK = re.compile(r"http://localhost(/feed\.atom\?token=[A-Za-z0-9_-]{43})<")


@pytest.fixture
def push(world: Ninety, bob: Person, clock) -> Callable[..., None]:
    """Pushes a version of Bob's, a minute after the one before."""

    def one(id: str = "Acme.Core", version: str = "1.0.0", **more: object) -> None:
        clock.move(minutes=1)
        world.publishing.receive(bob, [make_nupkg(id, version, **more)], "", clock())

    return one


@pytest.fixture
def public(make_app: Callable[..., Flask], world: Ninety) -> Visitor:
    """A stranger on the same feed, opened to the public."""
    return Visitor(make_app(read_access="public"))


def read(content: bytes) -> ElementTree.Element:
    """The feed, after everything that RFC 4287 demands of it was looked at."""
    feed = ElementTree.fromstring(content)
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    # Sections 4.1.1 and 4.1.2: exactly one of each, and an author for every entry.
    for element in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        assert urlsplit(said(element, "id")).scheme == "urn"
        # Section 3.3: a date-time of RFC 3339, with an upper-case T and Z.
        updated = said(element, "updated")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", updated)
        datetime.fromisoformat(updated)
        links = [(link.get("rel"), link.get("type")) for link in element.findall(f"{ATOM}link")]
        assert links.count(("alternate", "text/html")) == 1
        assert len(links) == len(set(links))
        assert len(element.findall(f"{ATOM}summary")) <= 1
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    known = {"id", "title", "updated", "link", "summary", "author", "name", "entry"}
    assert {one.tag.removeprefix(ATOM) for one in feed.iter()} <= known | {"feed"}
    ids = [said(one, "id") for one in (feed, *entries)]
    assert len(ids) == len(set(ids))
    return feed


def said(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}") or ""


def titles(content: bytes) -> list[str]:
    return [said(entry, "title") for entry in read(content).findall(f"{ATOM}entry")]


def make_link(visitor: Visitor) -> str:
    visitor.open(SETTINGS)
    page = visitor.send(f"{SETTINGS}/news")
    found = LINK.search(html.unescape(page.text))
    assert found, words(page.text)
    return found[1]


def test_on_a_public_feed_everybody_reads_the_listed_versions_the_newest_first(
    public: Visitor, world: Ninety, bob: Person, push: Callable[..., None], clock
) -> None:
    assert titles(public.client.get("/feed.atom").data) == []
    push("Acme.Core", "1.0.0", description='Clocks & "money" <b></b>')
    push("Acme.Names", "2.0.0")
    push("Acme.Core", "0.9.0")
    world.stewardship.unlist(bob, "Acme.Names", "2.0.0", clock())
    answer = public.client.get("/feed.atom")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert titles(answer.data) == ["Acme.Core 0.9.0", "Acme.Core 1.0.0"]
    feed = read(answer.data)
    entry = feed.findall(f"{ATOM}entry")[1]
    assert said(entry, "summary") == 'Clocks & "money" <b></b>'
    assert said(entry, "updated") == "2026-11-23T14:05:00Z"
    assert said(feed, "updated") == "2026-11-23T14:07:00Z"
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == "http://localhost/packages/Acme.Core/1.0.0"
    assert "bob" not in answer.text


def test_a_version_keeps_its_id_and_a_reader_that_has_it_all_gets_nothing(
    public: Visitor, push: Callable[..., None]
) -> None:
    push()
    first = public.client.get("/feed.atom")
    again = public.client.get("/feed.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    push(version="1.1.0")
    second = public.client.get("/feed.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    kept = said(read(first.data).findall(f"{ATOM}entry")[0], "id")
    assert [said(one, "id") for one in read(second.data).findall(f"{ATOM}entry")][1] == kept


def test_a_private_feed_wants_a_link_of_ones_own(
    at_bob: Visitor, stranger: Visitor, push: Callable[..., None], world: Ninety, bob: Person
) -> None:
    push()
    link = make_link(at_bob)
    answer = stranger.client.get(link)
    assert titles(answer.data) == ["Acme.Core 1.0.0"]
    assert "token" not in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    for wrong in ("/feed.atom", "/feed.atom?token=", "/feed.atom?token=wrong"):
        assert stranger.client.get(wrong).status_code == 404
        # Nor does a session stand in for it.
        assert at_bob.client.get(wrong).status_code == 404
    world.people.disable(bob.id, world.clock())
    assert stranger.client.get(link).status_code == 404


def test_a_link_is_replaced_and_revoked_and_opens_nothing_else(
    at_bob: Visitor, stranger: Visitor
) -> None:
    first = make_link(at_bob)
    at_bob.open(SETTINGS)
    assert "There is a link, made" in words(at_bob.page.text)
    second = make_link(at_bob)
    assert stranger.client.get(first).status_code == 404
    assert stranger.client.get(second).status_code == 200
    token = second.partition("?")[2]
    assert stranger.client.get(f"/account/keys.ics?{token}").status_code == 404
    at_bob.open(SETTINGS)
    at_bob.send(f"{SETTINGS}/news/revoke")
    assert "The link to new versions is revoked." in words(at_bob.page.text)
    assert stranger.client.get(second).status_code == 404


def test_a_form_that_is_sent_twice_makes_one_link(at_bob: Visitor, stranger: Visitor) -> None:
    at_bob.open(SETTINGS)
    fields = at_bob.form(f"{SETTINGS}/news").fields
    link = LINK.search(html.unescape(at_bob.post(f"{SETTINGS}/news", fields).text))
    assert link
    assert at_bob.post(f"{SETTINGS}/news", fields).status_code == 409
    assert "sent already" in words(at_bob.page.text)
    assert stranger.client.get(link[1]).status_code == 200
