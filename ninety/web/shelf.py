"""The answers a process remembers, within so many bytes."""

import threading
from dataclasses import dataclass
from typing import Final

from ninety.rules.keys import ApiKey
from ninety.web.basis import Basis
from ninety.web.certain import Certain

Key = tuple[str | bool, ...]
Headers = list[tuple[str, str]]

OVERHEAD = 4096
"""Bytes an answer takes beside its body: headers, key, bookkeeping. Rather too many."""

LARGEST_SHARE: Final = 8
"""No answer takes more than one part in so many."""


@dataclass(slots=True)
class Kept:
    """One answer as it went out, but for what belongs to its reader.

    `stops_at` is where in `headers` the holder of a key is told when it stops; -1
    where nobody is. `until` is on the clock of the cache. The bytes of a large file
    are not kept: then `body` is None. `told` are the headers for the key that asked
    last, `certain` is what it was last found to be so with.
    """

    headers: Headers
    body: bytes | None
    tag: str
    basis: Basis
    stops_at: int = -1
    until: float = float("inf")
    used: bool = False
    told: tuple[ApiKey, Headers] | None = None
    certain: Certain | None = None

    @property
    def size(self) -> int:
        """Bytes it takes, about."""
        return len(self.body or b"") + OVERHEAD


class Shelf:
    """Answers by key. What was not asked for in a while makes room for what is new.

    Looking needs no lock, because it only marks what it finds: before an answer is
    dropped, the mark gives it a second chance ("clock" replacement).
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._answers: dict[Key, Kept] = {}
        self._lock = threading.Lock()
        self.size = 0

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: Key) -> Kept | None:
        """The answer kept by `key`, or None."""
        kept = self._answers.get(key)
        if kept is not None:
            kept.used = True
        return kept

    def put(self, key: Key, kept: Kept) -> None:
        """Keep an answer, in place of the one before and of what was not asked for lately."""
        with self._lock:
            self._drop(key)
            if kept.size > self._budget // LARGEST_SHARE:
                return
            self._answers[key] = kept
            self.size += kept.size
            while self.size > self._budget:
                self._make_room()

    def _make_room(self) -> None:
        oldest = next(iter(self._answers))
        kept = self._answers[oldest]
        if kept.used:
            kept.used = False
            del self._answers[oldest]
            self._answers[oldest] = kept
        else:
            self._drop(oldest)

    def _drop(self, key: Key) -> None:
        kept = self._answers.pop(key, None)
        if kept is not None:
            self.size -= kept.size
