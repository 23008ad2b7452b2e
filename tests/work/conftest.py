"""A cast of people over real stores in a fresh folder."""

from pathlib import Path

import pytest

from ninety.rules.people import Person
from ninety.rules.policy import USUAL
from ninety.settings import Settings
from ninety.store.accounts import Accounts
from ninety.store.audit import AuditFile
from ninety.store.keyring import Keyring
from ninety.store.ledger import Ledger
from ninety.store.site import Site
from ninety.work.auditing import Trail
from ninety.work.lifecycle import Lifecycle
from ninety.work.people import People
from parts.hand_clock import START, HandClock

PASSWORD = "correct horse battery"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    return Trail(AuditFile(tmp_path))


@pytest.fixture
def people(accounts: Accounts, keyring: Keyring, site: Site, trail: Trail) -> People:
    return People(accounts, keyring, site, trail)


@pytest.fixture
def lifecycle(keyring: Keyring, trail: Trail) -> Lifecycle:
    return Lifecycle(keyring, lambda: USUAL, trail)


def person(people: People, email: str, *, admin: bool = False, zone: str = "UTC") -> Person:
    return people.add(email, PASSWORD, admin=admin, timezone=zone, now=START)


@pytest.fixture
def alice(people: People) -> Person:
    return person(people, "alice@example.org", zone="Europe/Berlin")


@pytest.fixture
def bob(people: People) -> Person:
    return person(people, "bob@example.org")


@pytest.fixture
def admin(people: People) -> Person:
    return person(people, "admin@example.org", admin=True)
