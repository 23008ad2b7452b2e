"""Package ids: which are taken, and when two are the same.

The alphabet is nuget.org's for new packages. NuGet clients accept any Unicode
letter, but ASCII alone leaves no two ids that look alike, and none that two
languages put in lower case differently.
"""

import re

from ninety.rules.errors import BadPackage
from ninety.rules.quoting import quoted

LONGEST = 100
"""Characters in an id, as on nuget.org."""

_ID = re.compile(r"[A-Za-z0-9_]+([.-][A-Za-z0-9_]+)*")


def check_id(text: str) -> str:
    """`text` itself if it is a package id, else BadPackage naming it."""
    if not text:
        raise BadPackage("The package id is empty")
    if len(text) > LONGEST:
        raise BadPackage(
            f"The package id {quoted(text)} has {len(text)} characters; {LONGEST} are allowed"
        )
    if not _ID.fullmatch(text):
        raise BadPackage(
            f"{quoted(text)} is not a package id (letters, digits and _, "
            "with single dots or hyphens between them)"
        )
    return text


def is_id(text: str) -> bool:
    """Whether `text` is a package id."""
    return len(text) <= LONGEST and _ID.fullmatch(text) is not None


def key(package_id: str) -> str:
    """The form in which ids are compared, stored and put into URLs: lower case.

    Ids that differ in case only are one package.
    """
    return package_id.lower()
