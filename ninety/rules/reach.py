"""Which packages the globs of a key speak of today, for whoever is about to make it."""

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ninety.rules import scopes

# Enough to see that a glob means what it was meant to.
SHOWN = 5
# Of so many globs, those that are named first.
GLOBS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What `glob` matches: `total` ids, `owned` of them by the person; some are `shown`."""

    glob: str
    total: int
    owned: int
    shown: tuple[str, ...]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.shown)


def of(globs: Iterable[str], ids: Sequence[str], owned: frozenset[str]) -> list[Reach]:
    """What each of the first globs matches among `ids`, which are in lower case and in order.

    `owned` are those that belong to the person.
    """
    found = []
    for glob in tuple(globs)[:GLOBS]:
        # What stands before the first star is where to look.
        begins = glob.lower().partition("*")[0]
        start = bisect.bisect_left(ids, begins)
        # No letter of an id comes after the last one of Unicode.
        end = bisect.bisect_left(ids, begins + "\U0010ffff", start)
        matched = scopes.covered(glob, ids[start:end])
        found.append(
            Reach(
                glob=glob,
                total=len(matched),
                owned=sum(id in owned for id in matched),
                shown=tuple(matched[:SHOWN]),
            )
        )
    return found
