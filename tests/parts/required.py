"""What becomes of a test whose real counterpart is not on this machine."""

import os
from typing import NoReturn

import pytest


def missing(what: str, remedy: str) -> NoReturn:
    """Skip the test for want of `what`, or fail it where everything has to be tried.

    Continuous integration sets CI=true and installs every part, so that there a
    missing one is a broken set-up and not somebody's smaller machine.
    """
    reason = f"not tried: {what}; {remedy}"
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip(reason)
    pytest.fail(reason)


def not_tried(what: str) -> NoReturn:
    """Skip the test for want of `what`, which cannot be had everywhere, not even in CI."""
    pytest.skip(f"not tried: {what}")
