"""Noting where keys are used, without making any push wait for the disk.

A serving process gathers uses in memory and adds them to the file every few
seconds, and when it ends. Killed, it forgets what it gathered since.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from ninety.rules import uses
from ninety.rules.audit import Did
from ninety.rules.errors import DiskFull
from ninety.rules.keys import ApiKey
from ninety.rules.uses import Use
from ninety.store.threads import ThreadLock
from ninety.store.uses import Uses
from ninety.work import keeping
from ninety.work.access import Holder
from ninety.work.auditing import Trail

KEEP_SECONDS = 10.0

MOST_PLACES = 100
"""How many places of one key are gathered before the older ones are forgotten."""

Places = dict[tuple[str, str, str], Use]
"""The latest use of each place."""

log = logging.getLogger(__name__)


class Using:
    """The uses that one process notes, and those that all of them kept."""

    def __init__(self, kept: Uses, trail: Trail) -> None:
        self._kept = kept
        self._noted = _nothing()
        self._lock = ThreadLock()
        self._trail = trail
        self._used: set[tuple[str, datetime]] = set()

    def note(self, holder: Holder, use: Use) -> None:
        """Note one use of a key; the first of each secret is in the trail too.

        Two processes may each take a use for the first.
        """
        key = holder.key
        if self._is_first(key):
            about = f"For {use.package}." if use.package else ""
            self._trail.note(Did.KEY_FIRST_USED, use.at, person=holder.person, key=key, about=about)
        with self._lock.held():
            places = self._noted[key.id]
            places[use.place] = use
            if len(places) > MOST_PLACES:
                self._noted[key.id] = _by_place(uses.merged(places.values()))

    def knows(self, key: ApiKey) -> bool:
        """Whether a use of the key's present secret was noted here, so that none is the first."""
        return (key.id, key.issued_at) in self._used

    def _is_first(self, key: ApiKey) -> bool:
        if self.knows(key):
            return False
        secret = (key.id, key.issued_at)
        with self._lock.held():
            known = secret in self._used
            self._used.add(secret)
        return not known and all(use.at < key.issued_at for use in self.of(key.id))

    def of(self, key_id: str) -> tuple[Use, ...]:
        """The last uses of a key, those of this process that are not kept yet among them."""
        with self._lock.held():
            noted = tuple(self._noted.get(key_id, {}).values())
        return uses.merged((*noted, *self._kept.of(key_id)))

    def keep(self) -> None:
        """Add what was noted to the file; where that fails it stays noted."""
        with self._lock.held():
            places, self._noted = self._noted, _nothing()
        noted = {key_id: uses.merged(places[key_id].values()) for key_id in places}
        if not noted:
            return
        try:
            self._kept.add(noted)
        except (DiskFull, OSError):
            log.exception("Where keys are used could not be kept; it is tried again")
            with self._lock.held():
                for key_id, again in noted.items():
                    self._noted[key_id] = _by_place(again) | self._noted[key_id]

    def keep_in_background(self, seconds: float = KEEP_SECONDS) -> None:
        """Keep what is noted every so many `seconds`, and once more when the process ends."""
        keeping.in_background(self.keep, seconds, "using")


def _by_place(noted: Iterable[Use]) -> Places:
    return {use.place: use for use in noted}


def _nothing() -> defaultdict[str, Places]:
    return defaultdict(dict)
