"""A feed of its own for every test: own folder, own hand-wound clock, a small cast of people."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from ninety.rules.people import Person
from ninety.settings import Settings
from ninety.wiring import Ninety
from parts.quick import share_templates
from parts.visitor import Visitor

AFTERNOON = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)
PASSWORD = "a horse of course"


class HandWoundClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = AFTERNOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Move by `days=…`, `hours=…` and so on."""
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> HandWoundClock:
    return HandWoundClock()


@pytest.fixture
def make_app(tmp_path: Path, clock: HandWoundClock) -> Iterator[Callable[..., Flask]]:
    """Makes an app over the test's one data folder; keyword arguments are settings.

    Each is like another process of the same feed.
    """
    opened: list[Ninety] = []

    def make(**settings: Any) -> Flask:
        app = share_templates(create_app(Settings(data=tmp_path / "data", **settings), clock=clock))
        opened.append(app.extensions["ninety"])
        opened[-1].index.catch_up()
        return app

    yield make
    for ninety in opened:
        ninety.index.close()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def world(app: Flask) -> Ninety:
    """What the app works with."""
    return app.extensions["ninety"]


@pytest.fixture
def alice(world: Ninety) -> Person:
    """The admin, in Berlin."""
    return world.people.add(
        "alice@example.org", PASSWORD, admin=True, timezone="Europe/Berlin", now=AFTERNOON
    )


@pytest.fixture
def bob(world: Ninety) -> Person:
    """Somebody else with an account, who must not get at what is Alice's."""
    return world.people.add("bob@example.org", PASSWORD, admin=False, timezone="UTC", now=AFTERNOON)


@pytest.fixture
def stranger(app: Flask) -> Visitor:
    """A browser nobody signed in with."""
    return Visitor(app)


@pytest.fixture
def at_alice(app: Flask, alice: Person) -> Visitor:
    """Alice's browser, signed in."""
    visitor = Visitor(app)
    visitor.sign_in(alice.email, PASSWORD)
    return visitor


@pytest.fixture
def at_bob(app: Flask, bob: Person) -> Visitor:
    """Bob's browser, signed in."""
    visitor = Visitor(app)
    visitor.sign_in(bob.email, PASSWORD)
    return visitor
