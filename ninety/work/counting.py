"""Counting downloads without making any of them wait for the disk.

A serving process gathers what it counts in memory and adds it to the file every
few seconds, and when it ends. Killed, it loses what it counted since.
"""

import logging
from collections import Counter
from collections.abc import Iterable

from ninety.store.counts import TROUBLE, Counts
from ninety.store.threads import ThreadLock
from ninety.work import keeping

KEEP_SECONDS = 10.0
"""How often the numbers are added to the file."""

log = logging.getLogger(__name__)


class Counting:
    """The downloads that one process counts, and the numbers of all of them."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._gathered: Counter[tuple[str, str]] = Counter()
        self._lock = ThreadLock()

    def count(self, package_id: str, version: str) -> None:
        """Count one download of a version, both by their keys."""
        with self._lock.held():
            self._gathered[package_id, version] += 1

    def of(self, ids: Iterable[str]) -> dict[str, dict[str, int]]:
        """The downloads of the versions of each id, as far as they are kept; see `Counts.of`."""
        return self._counts.of(ids)

    def keep(self) -> None:
        """Add what was gathered to the file; where that fails it stays gathered."""
        with self._lock.held():
            gathered, self._gathered = self._gathered, Counter()
        if not gathered:
            return
        try:
            self._counts.add(gathered)
        except TROUBLE:
            log.exception("Downloads could not be counted; they are tried again")
            with self._lock.held():
                self._gathered.update(gathered)

    def keep_in_background(self, seconds: float = KEEP_SECONDS) -> None:
        """Keep what is gathered every so many `seconds`, and once more when the process ends."""
        keeping.in_background(self.keep, seconds, "counting")
