"""What is true of every page: for everybody, at every width, in light and dark, and by the policy.

The pages are those of which `make pictures` takes pictures.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from manners.conftest import Feed
from ninety.web import doors
from parts import axe
from pictures.pages import NEW_PAGES, OPEN_PAGES, PAGES, follow

HERE = Path(__file__).parent
LOOK = (HERE / "look.js").read_text()
SIDEWAYS = (HERE / "sideways.js").read_text()

WIDTHS = (1280, 768, 320)
HEIGHT = 800
LARGEST_PAGE = 60_000

# What answers a GET and is no page: files, what programs ask for, and ways back to a page.
NO_PAGES = frozenset(
    {
        "static",
        "healthz",
        "calendar.keys",
        "calendar.end_of_key",
        "news.newest",
        "badge.badge",
        "package_files.file",
    }
)


def rude(page: Page, feed: Feed, steps: list[str]) -> list[str]:
    """Everything that is wrong with the page to which `steps` lead."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    follow(page, feed.address, steps, feed.links)
    complaints = _as_a_whole(page.evaluate(LOOK))
    axe.bring(page)
    complaints += axe.violations(page)
    page.emulate_media(color_scheme="dark")
    complaints += [f"in dark: {one}" for one in axe.violations(page, axe.COLOURS)]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        complaints += [f"at {width} pixels: {one}" for one in page.evaluate(SIDEWAYS)]
    return complaints + [f"at {WIDTHS[-1]} pixels: {one}" for one in axe.violations(page)]


def _as_a_whole(seen: dict[str, Any]) -> list[str]:
    expected: dict[str, Callable[[Any], bool]] = {
        "title": lambda title: title.endswith(" · Ninety"),
        "language": lambda language: language == "en",
        "headings": lambda headings: len(headings) == 1 and headings[0] != "",
        "main": lambda number: number == 1,
        "bytes": lambda number: number < LARGEST_PAGE,
        # A page that is painted before all of it has come pushes its foot down by a little.
        "shift": lambda distance: distance < 0.001,
        "refused": lambda refused: refused == [],
        "timesWithoutInstant": lambda times: times == [],
        "timesWithoutTitle": lambda times: times == [],
        "distancesOutsideTime": lambda said: said == [],
        "repeatedIds": lambda ids: ids == [],
    }
    return [f"{what}: {seen[what]}" for what, fine in expected.items() if not fine(seen[what])]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_for_the_signed_in_has_manners(feed: Feed, inside: Page, name: str) -> None:
    assert rude(inside, feed, PAGES[name]) == []


@pytest.mark.parametrize("name", OPEN_PAGES)
def test_a_page_for_everybody_has_manners(feed: Feed, outside: Page, name: str) -> None:
    assert rude(outside, feed, OPEN_PAGES[name]) == []


def test_the_pages_of_a_new_feed_have_manners(new_feed: Feed, outside: Page) -> None:
    for name, steps in NEW_PAGES.items():
        assert rude(outside, new_feed, steps) == [], name


def test_every_page_is_pictured_and_has_a_title_of_its_own(
    feed: Feed, inside: Page, outside: Page
) -> None:
    titles: dict[str, set[str]] = {}
    for page, pages in ((outside, OPEN_PAGES), (inside, PAGES)):
        for steps in pages.values():
            follow(page, feed.address, steps, feed.links)
            titles.setdefault(page.title(), set()).add(_endpoint(feed.app, page.url))
    pages = _pages(feed.app)
    assert {title: found for title, found in titles.items() if len(found & pages) > 1} == {}
    assert pages - set().union(*titles.values()) == set()


def _endpoint(app: Flask, url: str) -> str:
    """Which page is at `url`."""
    path = "/" + url.split("/", 3)[3].partition("?")[0]
    routes = app.url_map.bind("")
    endpoint: str = routes.match(path, "GET")[0]
    return endpoint


def _pages(app: Flask) -> set[str]:
    """The endpoints of `app` that show a page."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in doors.KEYED | NO_PAGES
        and not rule.endpoint.partition(".")[2].startswith("back_to_")
    }
