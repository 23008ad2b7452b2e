"""What the recipes are run against: one product for all of them, and builds with keys."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ninety.rules import scopes
from parts.build import Build
from parts.product import RunningProduct
from parts.required import missing
from parts.visit import EMAIL, PASSWORD


@pytest.fixture(scope="session")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProduct]:
    """A running product with one account, whose clock the tests move forwards only."""
    if shutil.which("curl") is None:
        missing("curl", "install curl")
    one = RunningProduct(tmp_path_factory.mktemp("product"), clock=True)
    try:
        one.start()
        added = one.flask("user", "add", EMAIL, "--admin", "--password-stdin", stdin=PASSWORD)
        assert added.code == 0, added.text
        yield one
        one.stop()
    finally:
        one.kill()
        print(f"{one.address} said:", one.output, sep="\n")  # shown where a test failed


@pytest.fixture
def build(feed: RunningProduct, tmp_path: Path) -> Callable[..., Build]:
    """Makes builds: `build("nightly", days=60)` has a new key that lives so long."""

    def make(name: str, days: int = 90) -> Build:
        may = [word for action in scopes.ACTIONS for word in ("--action", action)]
        made = feed.flask("key", "create", EMAIL, "--name", name, "--days", str(days), *may)
        assert made.code == 0, made.text
        return Build(feed, tmp_path, name, made.stdout.strip())

    return make
