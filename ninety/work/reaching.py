"""What a key would reach if it were made now: the packages that are here, and whose they are."""

from collections.abc import Iterable
from dataclasses import replace

from ninety.rules import reach
from ninety.rules.errors import IndexRebuilding
from ninety.rules.people import Person
from ninety.rules.reach import Reach
from ninety.store.index import Index


class Reaching:
    """Answers from the index, about this moment."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def of(self, person: Person, globs: Iterable[str]) -> list[Reach]:
        """What each glob matches, ids as they were pushed last; nothing while there is no index."""
        try:
            with self._index.reading() as index:
                owners = index.every_owner()
                owned = frozenset(id for id, own in owners.items() if person.id in own)
                found = reach.of(globs, index.ids_with_versions(), owned)
                stock = index.stock([id for one in found for id in one.shown])
        except IndexRebuilding:
            return []
        return [replace(one, shown=tuple(stock[id].shown for id in one.shown)) for one in found]
