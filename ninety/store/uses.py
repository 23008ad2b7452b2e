"""The last uses of keys, in `uses.json`, apart from the keys: losing them harms nobody."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from ninety.rules import instants, uses
from ninety.rules.uses import Use
from ninety.store.documents import Collection, Document, Documents


class Uses:
    """What every process noted of the uses of keys, by key."""

    def __init__(self, folder: Path) -> None:
        self._documents = Collection(folder / "uses.json")

    def of(self, key_id: str) -> tuple[Use, ...]:
        """The last uses of a key, the newest first."""
        return _uses(self._documents.get(key_id))

    def add(self, noted: Mapping[str, tuple[Use, ...]]) -> None:
        """Add what was noted to what is kept. Raises DiskFull, OSError."""

        def join(found: Documents) -> Documents:
            return {
                key_id: {"uses": written(uses.merged((*noted[key_id], *_uses(document))))}
                for key_id, document in found.items()
            }

        self._documents.change(noted, join)


def read(kept: Iterable[dict[str, str]]) -> tuple[Use, ...]:
    """The uses that `written` wrote."""
    return tuple(
        Use(instants.parse(one["at"]), one["address"], one["client"], one["package"])
        for one in kept
    )


def written(kept: Iterable[Use]) -> list[dict[str, str]]:
    """Uses as JSON, wherever they are kept."""
    return [
        {
            "at": instants.text(use.at),
            "address": use.address,
            "client": use.client,
            "package": use.package,
        }
        for use in kept
    ]


def _uses(document: Document | None) -> tuple[Use, ...]:
    return read(document["uses"]) if document else ()
