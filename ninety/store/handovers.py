"""What was taken over from people who left, in `handovers.json`, until it is dealt with."""

from collections.abc import Iterable
from pathlib import Path

from ninety.rules import instants
from ninety.rules.errors import NotFound
from ninety.rules.leaving import Handover
from ninety.store import uses
from ninety.store.documents import Collection, Document, Documents


class Handovers:
    """One document for each key, by its id: whoever takes it over last has it."""

    def __init__(self, folder: Path) -> None:
        self._documents = Collection(folder / "handovers.json", fields=["to"])

    def of(self, person_id: str) -> list[Handover]:
        """What this person has to deal with; the keys that were used last come first."""
        found = [_handover(*one) for one in self._documents.find(to=person_id).items()]
        return sorted(found, key=lambda one: one.uses[0].at if one.uses else one.at, reverse=True)

    def get(self, key_id: str, person_id: str) -> Handover | None:
        """What this person took over with the key `key_id`, or None."""
        document = self._documents.get(key_id)
        return _handover(key_id, document) if document and document["to"] == person_id else None

    def keep(self, handovers: Iterable[Handover]) -> None:
        """Keep these, each in place of an earlier one about its key. Raises DiskFull, OSError."""
        kept: Documents = {one.key_id: _document(one) for one in handovers}
        if kept:
            self._documents.change(kept, lambda _: kept)

    def dismiss(self, key_id: str, person_id: str) -> None:
        """Forget one that this person dealt with. Raises NotFound where it is not theirs."""

        def forget(found: Documents) -> Documents:
            document = found[key_id]
            if document is None or document["to"] != person_id:
                raise NotFound("note that was taken over")
            return {key_id: None}

        self._documents.change([key_id], forget)


def _handover(key_id: str, found: Document) -> Handover:
    return Handover(
        key_id=key_id,
        to=found["to"],
        giver=found["giver"],
        name=found["name"],
        note=found["note"],
        actions=tuple(found["actions"]),
        packages=tuple(found["packages"]),
        uses=uses.read(found["uses"]),
        at=instants.parse(found["at"]),
    )


def _document(one: Handover) -> Document:
    return {
        "to": one.to,
        "giver": one.giver,
        "name": one.name,
        "note": one.note,
        "actions": list(one.actions),
        "packages": list(one.packages),
        "uses": uses.written(one.uses),
        "at": instants.text(one.at),
    }
