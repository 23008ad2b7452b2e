"""Telling once in an hour what happens again and again, so that nobody fills the disk with it."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ninety.store.threads import ThreadLock

PERIOD = timedelta(hours=1)
MOST = 1_000
"""Different things told of in a period, and remembered at once."""


@dataclass(slots=True)
class _Told:
    at: datetime
    silent: int = 0


class Seldom:
    """What one process told of lately, by a name for each kind of happening."""

    def __init__(self) -> None:
        self._told: OrderedDict[Hashable, _Told] = OrderedDict()
        self._lock = ThreadLock()

    def due(self, name: Hashable, now: datetime) -> int | None:
        """Whether to tell of `name` at `now`: None where it was told of less than an hour ago.

        Else how often it was passed over since. Where too many different things
        were told of in an hour, new ones are passed over, and not counted.
        """
        with self._lock.held():
            before = self._told.get(name)
            if before is not None and _recent(before, now):
                before.silent += 1
                return None
            if before is None and len(self._told) >= MOST:
                if _recent(next(iter(self._told.values())), now):
                    return None
                self._told.popitem(last=False)
            self._told[name] = _Told(now)
            self._told.move_to_end(name)
            return before.silent if before else 0


def _recent(told: _Told, now: datetime) -> bool:
    return timedelta() <= now - told.at < PERIOD
