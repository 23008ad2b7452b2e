"""Passwords: hashed by argon2id, a few at a time, failed attempts slowed down."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from ninety.rules import people
from ninety.rules.errors import TooManyAttempts
from ninety.work.password_strength import refuse_weak

# The OWASP minimum for argon2id. Two at once keep memory small and a flood of
# sign-ins from starving everything else.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_TURNS = threading.BoundedSemaphore(2)

FAILURES = 10
PERIOD = timedelta(minutes=15)
REMEMBERED = 10_000


def new(password: str, *known: str) -> str:
    """What is kept of a password that somebody chose; `known` is what people know of them.

    Raises FieldRefused where it is too short, too long or too easily guessed.
    """
    refuse_weak(people.check_password(password), known)
    return hashed(password)


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _TURNS:
        return HASHER.hash(password)


def fits(password: str, password_hash: str) -> bool:
    """Whether `password` is the one that `password_hash` was made of."""
    with _TURNS:
        try:
            return HASHER.verify(password_hash, password)
        except (VerifyMismatchError, InvalidHashError):
            return False


# Verified against when there is no such account, so that the answer takes as long.
NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


class Attempts:
    """Counts failures per name (an account, a network address) within this process.

    Ten failures within fifteen minutes, and the name waits until the first of
    them is fifteen minutes old. Names that failed longest ago are forgotten
    first, so that nobody fills the memory with invented ones.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, name: str, now: datetime) -> None:
        """Raises TooManyAttempts while `name` has to wait."""
        with self._lock:
            recent = self._recent(name, now)
        if len(recent) >= FAILURES:
            wait = recent[0] + PERIOD - now
            raise TooManyAttempts(max(1, int(wait.total_seconds())))

    def failed(self, name: str, now: datetime) -> None:
        """Count a failure of `name` at `now`."""
        with self._lock:
            self._failures[name] = [*self._recent(name, now), now]
            self._failures.move_to_end(name)
            while len(self._failures) > REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """Forget the failures of `name`."""
        with self._lock:
            self._failures.pop(name, None)

    def _recent(self, name: str, now: datetime) -> list[datetime]:
        return [failure for failure in self._failures.get(name, []) if now - failure < PERIOD]
