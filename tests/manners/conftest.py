"""The feed of the pictures without the rest of the product, and a browser in front of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app import create_app
from ninety.settings import Settings
from parts import showcase
from parts.browser import PATIENCE_MS
from parts.quick import share_templates
from parts.served import served
from pictures.pages import follow

AFTERNOON = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)
LISTEN = Path(__file__).with_name("listen.js")


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed to look at; `links` are the paths that only a link with a token has, by name."""

    app: Flask
    address: str
    links: dict[str, str]


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feed]:
    """A feed as it looks after a while; its clock stands still."""
    folder = tmp_path_factory.mktemp("showcase")
    links = showcase.fill(folder, AFTERNOON)
    with _opened(folder) as app, served(app) as address:
        yield Feed(app, address, links)


@pytest.fixture
def new_feed(tmp_path: Path) -> Iterator[Feed]:
    """A feed in which nobody has an account yet."""
    with _opened(tmp_path) as app, served(app) as address:
        token = app.extensions["ninety"].people.new_setup_token()
        yield Feed(app, address, {"setup": f"/setup?token={token}"})


@contextmanager
def _opened(folder: Path) -> Iterator[Flask]:
    app = share_templates(create_app(Settings(data=folder), clock=lambda: AFTERNOON))
    app.extensions["ninety"].index.catch_up()
    try:
        yield app
    finally:
        app.extensions["ninety"].index.close()


@pytest.fixture(scope="module")
def outside(chromium: Browser) -> Iterator[Page]:
    """The page of somebody who is not signed in, which listens to what happens to it."""
    with _window(chromium) as page:
        yield page


@pytest.fixture(scope="module")
def inside(chromium: Browser, feed: Feed) -> Iterator[Page]:
    """The same, of ALICE, who is signed in."""
    with _window(chromium) as page:
        follow(page, feed.address, ["/sign-in", "sign in"])
        yield page


@contextmanager
def _window(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", timezone_id="UTC")
    try:
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(path=LISTEN)
        yield context.new_page()
    finally:
        context.close()
