"""Secret links that programs read by: whoever has one sees one thing, and can do nothing."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a link leads to. The values stand in addresses and in `users.json`."""

    CALENDAR = "calendar"
    """When the keys of a person end."""
    NEWS = "news"
    """The newest versions in the feed."""


@dataclass(frozen=True, slots=True)
class ReadingLink:
    """A person's link of one kind, by the digest of its token; empty where there is none.

    `made` counts the links they ever had, so that a form sent twice makes one.
    """

    digest: str = ""
    made_at: datetime | None = None
    made: int = 0


def digest(token: str) -> str:
    """All that is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
