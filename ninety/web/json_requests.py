"""The JSON object in a request's body, read whole and checked for names that mean nothing."""

import json
from typing import Any

from flask import request

from ninety.rules.errors import FieldRefused

LARGEST = 16 * 1024


def wanted(*names: str) -> dict[str, Any]:
    """The JSON object of this request, or an empty one where no body was sent.

    Raises FieldRefused for anything else, and for other names than `names`, so
    that a misspelt wish is not silently ignored.
    """
    body = _body()
    if not body.strip():
        return {}
    try:
        told = json.loads(body) if len(body) <= LARGEST else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise FieldRefused("body", f"This takes a JSON object of at most {LARGEST // 1024} KiB")
    unknown = sorted(set(told) - set(names))
    if unknown:
        raise FieldRefused("body", f"This takes {' and '.join(names)}, not {unknown[0][:40]!r}")
    return told


def _body() -> bytes:
    """The body, or as much of it as shows that it is too large; it comes in pieces."""
    body = b""
    while len(body) <= LARGEST and (piece := request.stream.read(LARGEST + 1 - len(body))):
        body += piece
    return body
