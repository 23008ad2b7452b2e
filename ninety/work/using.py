"""Noting where keys are used, without making any push wait for the disk.

A serving process gathers uses in memory and adds them to the file every few
seconds, and when it ends. Killed, it forgets what it gathered since.
"""

import logging
from collections import defaultdict
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

log = logging.getLogger(__name__)


class Using:
    """The uses that one process notes, and those that all of them kept."""

    def __init__(self, kept: Uses, trail: Trail) -> None:
        self._kept = kept
        self._noted: dict[str, tuple[Use, ...]] = defaultdict(tuple)
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
            self._noted[key.id] = uses.merged((use, *self._noted[key.id]))

    def _is_first(self, key: ApiKey) -> bool:
        secret = (key.id, key.issued_at)
        with self._lock.held():
            known = secret in self._used
            self._used.add(secret)
        return not known and all(use.at < key.issued_at for use in self.of(key.id))

    def of(self, key_id: str) -> tuple[Use, ...]:
        """The last uses of a key, those of this process that are not kept yet among them."""
        with self._lock.held():
            noted = self._noted.get(key_id, ())
        return uses.merged((*noted, *self._kept.of(key_id)))

    def keep(self) -> None:
        """Add what was noted to the file; where that fails it stays noted."""
        with self._lock.held():
            noted, self._noted = self._noted, defaultdict(tuple)
        if not noted:
            return
        try:
            self._kept.add(noted)
        except (DiskFull, OSError):
            log.exception("Where keys are used could not be kept; it is tried again")
            with self._lock.held():
                for key_id, again in noted.items():
                    self._noted[key_id] = uses.merged((*self._noted[key_id], *again))

    def keep_in_background(self, seconds: float = KEEP_SECONDS) -> None:
        """Keep what is noted every so many `seconds`, and once more when the process ends."""
        keeping.in_background(self.keep, seconds, "using")
