"""So many turns for each network address, for what anybody may ask without saying who they are."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from ninety.rules.errors import Refusal


class Turns:
    """Gives each name `most` turns within `period`, in this process.

    Whoever took theirs waits until the first of them is `period` old, and is told
    so by what `refuse` makes of the seconds left. Names that came longest ago are
    forgotten first, `remembered` stay: nobody fills the memory with invented ones.
    """

    def __init__(
        self,
        most: int,
        period: timedelta,
        refuse: Callable[[int], Refusal],
        remembered: int = 10_000,
    ) -> None:
        self._most, self._period, self._refuse = most, period, refuse
        self._remembered = remembered
        self._taken: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str, now: datetime) -> None:
        """Take one turn of `name`. Raises what `refuse` makes; a refused turn is not counted."""
        with self._lock:
            # A turn in the future was taken before the clock was set back.
            recent = [at for at in self._taken.get(name, []) if abs(now - at) < self._period]
            if len(recent) >= self._most:
                wait = (recent[0] + self._period - now).total_seconds()
                raise self._refuse(max(1, -int(-wait // 1)))
            self._taken[name] = [*recent, now]
            self._taken.move_to_end(name)
            while len(self._taken) > self._remembered:
                self._taken.popitem(last=False)
