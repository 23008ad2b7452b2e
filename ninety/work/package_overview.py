"""What the admins of a feed see of its packages: whose each id is, and what there is of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ninety.rules.people import Person
from ninety.store.accounts import Accounts
from ninety.store.index import Index
from ninety.store.index_reading import Stock

Downloads = Callable[[Iterable[str]], dict[str, dict[str, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """One id, by its key: the `owners` with an account, and whether any of them can sign in."""

    id: str
    owners: tuple[Person, ...]

    @property
    def orphan(self) -> bool:
        """Whether nobody who can sign in owns it, so that only admins can change it."""
        return all(one.disabled_at is not None for one in self.owners)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One id in a list. `stock` is None where it has no version; `downloads` is of all of them."""

    owned: Owned
    stock: Stock | None
    downloads: int


class PackageOverview:
    """Looks at the index and at the counted downloads."""

    def __init__(self, index: Index, accounts: Accounts, downloads: Downloads) -> None:
        self._index = index
        self._accounts = accounts
        self._downloads = downloads

    def find(self, text: str = "", *, orphans: bool = False) -> list[Owned]:
        """The ids with `text` in them, in order; only `orphans` where so asked.

        Raises IndexRebuilding.
        """
        everybody = {one.id: one for one in self._accounts.all()}
        with self._index.reading() as index:
            owners = index.every_owner()
        found = [
            Owned(id=id, owners=tuple(everybody[one] for one in theirs if one in everybody))
            for id, theirs in owners.items()
            if text.lower() in id
        ]
        return [one for one in found if one.orphan or not orphans]

    def entries(self, found: Sequence[Owned]) -> list[Entry]:
        """What there is of each of these. Raises IndexRebuilding."""
        ids = [one.id for one in found]
        with self._index.reading() as index:
            stock = index.stock(ids)
        downloads = self._downloads(ids)
        return [
            Entry(owned=one, stock=stock.get(one.id), downloads=sum(downloads[one.id].values()))
            for one in found
        ]
