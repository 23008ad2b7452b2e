"""What was found to be so since anything in the data folder last changed."""

from dataclasses import dataclass, field

from ninety.store.changes import Looked
from ninety.work.access import Holder

Noted = tuple[str, str, str, str, int]


@dataclass(slots=True, eq=False)
class Certain:
    """Holds for as long as `looked` stands: a tenth of a second, or until the next change.

    `readers` are those who may read, by their credentials, each until their key
    stops. `uses` are the uses that were noted, by the second.
    """

    looked: Looked
    readers: dict[str, Holder] = field(default_factory=dict)
    uses: set[Noted] = field(default_factory=set)
