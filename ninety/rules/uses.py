"""Where a key is used: the last few different uses, each with the last time it happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from ninety.rules import identifiers

REMEMBERED = 20
CLIENT_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a key: when, from which network address, by what program, for which package.

    `client` is what the program calls itself; `package` is empty where no one
    package was meant, as in a search.
    """

    at: datetime
    address: str
    client: str
    package: str

    @property
    def place(self) -> tuple[str, str, str]:
        """All of it but the time: uses of one place are told by the latest."""
        return self.address, self.client, self.package


def pushed(uses: Iterable[Use]) -> tuple[str, ...]:
    """The ids that were surely pushed to: only a push names a version too."""
    return packages(use for use in uses if " " in use.package)


def packages(uses: Iterable[Use]) -> tuple[str, ...]:
    """The identities of the ids that `uses` name, each once, in order.

    A read can name anything; what is no id is left out.
    """
    named = {use.package.partition(" ")[0] for use in uses}
    return tuple(sorted({identifiers.key(id) for id in named if identifiers.is_id(id)}))


@lru_cache(maxsize=256)
def client_name(user_agent: str) -> str:
    """`NuGet Command Line/5.8.0` from a whole User-Agent (RFC 9110 section 10.1.5), on one line."""
    name = user_agent.partition(" (")[0]
    printable = "".join(letter for letter in name if letter.isascii() and letter.isprintable())
    return printable.strip()[:CLIENT_LIMIT] or "an unnamed program"


def merged(uses: Iterable[Use]) -> tuple[Use, ...]:
    """The latest of each place, the newest first, twenty at most."""
    kept: dict[tuple[str, str, str], Use] = {}
    for use in sorted(uses, key=lambda use: use.at, reverse=True):
        kept.setdefault(use.place, use)
        if len(kept) == REMEMBERED:
            break
    return tuple(kept.values())
