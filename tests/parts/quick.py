"""What makes many small feeds in one process quick, and changes nothing that a test looks at."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from ninety.work import passwords


class CompiledTemplates(BytecodeCache):
    """Templates compiled by one application, for every further one of this process."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


_TEMPLATES = CompiledTemplates()


def share_templates(app: Flask) -> Flask:
    """`app`, taking templates from those compiled before."""
    app.jinja_env.bytecode_cache = _TEMPLATES
    return app


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Passwords hashed by the same function with the least work it takes."""
    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(passwords, "HASHER", cheap)
        yield
