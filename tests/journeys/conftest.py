"""What the journeys share: packages on disk, and accounts made by command."""

from pathlib import Path

import pytest

from ninety.rules import scopes
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
    """Makes an account and a key by command: `account(product, days=90)` gives the secret."""

    def make(
        product: RunningProduct, *, name: str = "ci", days: int = 90, email: str = EMAIL
    ) -> str:
        if product.flask("user", "list", "--json").stdout.count(f'"{email}"') == 0:
            added = product.flask(
                "user", "add", email, "--admin", "--password-stdin", stdin=f"{PASSWORD}\n"
            )
            assert added.code == 0, added.text
        may = [word for action in scopes.ACTIONS for word in ("--action", action)]
        made = product.flask("key", "create", email, "--name", name, "--days", str(days), *may)
        assert made.code == 0, made.text
        return made.stdout.strip()

    return make
