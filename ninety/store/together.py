"""What several threads want done at the same time, done by one of them for all.

Whoever comes while something is being done waits; the next in turn then does
what has gathered in one go ("group commit").
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ninety.store.threads import ThreadLock

Wish = TypeVar("Wish")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Wish]):
    wish: Wish
    over: bool = False


class Together(Generic[Wish]):
    """Has wishes fulfilled by `fulfil`, which takes several and does all of them or raises."""

    def __init__(
        self, fulfil: Callable[[list[Wish]], None], trouble: tuple[type[Exception], ...]
    ) -> None:
        self._fulfil, self._trouble = fulfil, trouble
        self._waiting: list[_Waiting[Wish]] = []
        self._gathering, self._turn = ThreadLock(), ThreadLock()

    def want(self, wish: Wish) -> None:
        """Return once `wish` is fulfilled, by this thread or another. Raises what `fulfil` raises.

        Where several together met with `trouble`, each is tried alone, so that
        nobody fails by another's fault.
        """
        own = _Waiting(wish)
        with self._gathering.held():
            self._waiting.append(own)
        with self._turn.held():
            if own.over:
                return
            others = self._others(own)
            try:
                self._fulfil([wish, *(one.wish for one in others)])
            except self._trouble:
                if not others:
                    raise
                # The others, each in their turn, find theirs not fulfilled.
                self._fulfil([wish])
            else:
                for one in others:
                    one.over = True

    def _others(self, own: _Waiting[Wish]) -> list[_Waiting[Wish]]:
        with self._gathering.held():
            gathered, self._waiting = self._waiting, []
        return [one for one in gathered if one is not own]
