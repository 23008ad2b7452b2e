"""What the journeys share: packages on disk, and accounts made beside the running product."""

from datetime import timedelta
from pathlib import Path

import pytest

from ninety.rules import scopes
from ninety.settings import Settings
from ninety.wiring import open_ninety
from parts.packages import make_nupkg
from parts.product import RunningProduct
from parts.visit import EMAIL, PASSWORD


@pytest.fixture
def package(tmp_path: Path):
    """Writes a small package to disk: `package("Acme.Core", "1.0.0")`."""

    def write(id: str = "Acme.Core", version: str = "1.0.0", **more: object) -> Path:
        path = tmp_path / f"{id}.{version}.nupkg"
        path.write_bytes(make_nupkg(id, version, **more))
        return path

    return write


@pytest.fixture
def account():
    """Makes an account and a key beside the running product, as a command does:
    `account(product, days=90)` gives the secret; `ago` is how long ago the key was made.
    """

    def make(
        product: RunningProduct,
        *,
        name: str = "ci",
        days: int = 90,
        email: str = EMAIL,
        ago: timedelta = timedelta(0),
    ) -> str:
        ninety = open_ninety(Settings.from_environment(product.environment), clock=product.now)
        now = product.now()
        person = ninety.people.by_email(email) or ninety.people.add(
            email, PASSWORD, admin=True, timezone="UTC", now=now
        )
        made_at = now - ago
        return ninety.lifecycle.make(person, name, days, made_at, actions=scopes.ACTIONS).secret

    return make
