"""A feed of its own for every test, and its commands as typed after `flask`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from ninety.rules.people import Person
from ninety.settings import Settings
from ninety.wiring import Ninety
from parts.feeds import NOW

PASSWORD = "a horse of course"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(Settings(data=tmp_path / "data", read_access="public"), clock=lambda: NOW)
    app.extensions["ninety"].index.catch_up()
    yield app
    app.extensions["ninety"].index.close()


@pytest.fixture
def world(app: Flask) -> Ninety:
    """What the commands work with."""
    return app.extensions["ninety"]


@pytest.fixture
def flask(app: Flask) -> Callable[..., Result]:
    """Runs a command: `flask("packages", "list")`."""

    def run(*words: object) -> Result:
        return app.test_cli_runner().invoke(args=[str(word) for word in words])

    return run


@pytest.fixture
def alice(world: Ninety) -> Person:
    """The admin."""
    return world.people.add("alice@example.org", PASSWORD, admin=True, timezone="UTC", now=NOW)


@pytest.fixture
def bob(world: Ninety) -> Person:
    """Somebody with an account and no more."""
    return world.people.add("bob@example.org", PASSWORD, admin=False, timezone="UTC", now=NOW)
