"""The records beside packages, one JSON document a file: read, written, told apart."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ninety.rules.errors import RecordDamaged
from ninety.store import files


def read(path: str) -> dict[str, Any] | None:
    """The document in the file, or None where there is none; ValueError where it is no JSON."""
    try:
        with open(path, "rb", buffering=0) as file:
            kept: dict[str, Any] = json.loads(file.read())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return kept


@contextmanager
def undamaged(path: str) -> Iterator[None]:
    """Turn whatever is wrong with what was read from `path` into RecordDamaged."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordDamaged("/".join(path.split("/")[-3:])) from error


def replace(path: Path, document: dict[str, Any]) -> None:
    """Make `document` the whole of the file, as `files.replace_durably` does.

    For whoever alone may write it: what earlier writers left beside it goes.
    """
    files.remove_leftovers(path)
    files.replace_durably(path, written(document))


def written(document: dict[str, Any]) -> bytes:
    """The document as it stands in a file: a line for each field, for people."""
    # By hand, because json's own indentation takes five times as long.
    lines = [f"{_encoder.encode(name)}: {_encoder.encode(one)}" for name, one in document.items()]
    return ("{\n " + ",\n ".join(lines) + "\n}").encode()


def stamp(path: str) -> str | None:
    """What tells one state of the file from another; None where there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return f"{found.st_ino}.{found.st_mtime_ns}.{found.st_size}"


_encoder = json.JSONEncoder(ensure_ascii=False)
