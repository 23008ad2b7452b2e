"""What was taken over from people who left, in `handovers.json`, and what of it is dealt with."""

from collections.abc import Iterable
from dataclasses import replace
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
        left = [one for one in found if not one.dismissed]
        return sorted(left, key=lambda one: one.uses[0].at if one.uses else one.at, reverse=True)

    def get(self, key_id: str) -> Handover | None:
        """What was taken over with the key `key_id`, dealt with or not; None where nothing was."""
        document = self._documents.get(key_id)
        return _handover(key_id, document) if document else None

    def keep(self, handovers: Iterable[Handover]) -> None:
        """Keep these, each in place of an earlier one about its key. Raises DiskFull, OSError."""
        kept: Documents = {one.key_id: _document(one) for one in handovers}
        if kept:
            self._documents.change(kept, lambda _: kept)

    def dismiss(self, key_id: str, person_id: str) -> None:
        """This person dealt with one. Raises NotFound where they have no such one."""

        def deal_with(found: Documents) -> Documents:
            document = found[key_id]
            known = _handover(key_id, document) if document else None
            if known is None or known.to != person_id or known.dismissed:
                raise NotFound("note that was taken over")
            return {key_id: _document(replace(known, dismissed=True))}

        self._documents.change([key_id], deal_with)


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
        reached=tuple(found["reached"]),
        at=instants.parse(found["at"]),
        dismissed=found["dismissed"],
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
        "reached": list(one.reached),
        "at": instants.text(one.at),
        "dismissed": one.dismissed,
    }
