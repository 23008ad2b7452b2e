"""What the benchmarks share: data folders grown to a size, each once."""

import shutil
from collections.abc import Callable

import pytest

from parts.grown import NOW, Grown, grow


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Grown]:
    """A copy of a folder with so many keys, a tenth of them due for a reminder."""
    made: dict[int, Grown] = {}

    def copy(keys: int) -> Grown:
        if keys not in made:
            folder = tmp_path_factory.mktemp(f"keys-{keys}") / "data"
            made[keys] = grow(folder, keys, NOW, due=keys // 10)
        own = tmp_path_factory.mktemp("copy") / "data"
        shutil.copytree(made[keys].folder, own)
        return Grown(own, made[keys].secrets)

    return copy
