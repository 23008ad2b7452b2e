"""Somebody leaves: which of their keys were in use, for what, and who must know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.rules.uses import Use

# A key that nobody used for so long breaks nothing when it stops.
LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Breaking:
    """A key whose stopping breaks something.

    `uses` are the late ones, the newest first and never none; `packages` the ids
    of this feed it was used for; `tell` those who can still sign in and should know.
    """

    key: ApiKey
    uses: tuple[Use, ...]
    packages: tuple[str, ...]
    tell: tuple[Person, ...]

    @property
    def last(self) -> Use:
        """The latest use."""
        return self.uses[0]


@dataclass(frozen=True, slots=True)
class Departure:
    """What stops with a person, judged at the instant they are, or were, disabled.

    `breaking` are their living keys that were in use, the last used first;
    `unused` the other living ones; `packages` the ids they own, in order.
    """

    person: Person
    breaking: tuple[Breaking, ...]
    unused: tuple[ApiKey, ...]
    packages: tuple[str, ...]

    @property
    def tell(self) -> tuple[str, ...]:
        """The addresses of everybody who should know, each once, in order."""
        return tuple(sorted({one.email for breaking in self.breaking for one in breaking.tell}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Where a key of somebody who left was used, for whoever took over from them.

    A secret acts in a person's name and cannot be handed on, so this says what a
    new key is needed for. `to` is a person's id, `giver` the address of who left;
    `actions` and `packages` are what the key might do, `uses` the newest first.

    `reached` are the ids of the leaver's packages that it might change, so that
    their owners are known when the leaver owns them no more. One that was
    `dismissed` is dealt with and kept for that alone.
    """

    key_id: str
    to: str
    giver: str
    name: str
    note: str
    actions: tuple[str, ...]
    packages: tuple[str, ...]
    uses: tuple[Use, ...]
    reached: tuple[str, ...]
    at: datetime
    dismissed: bool = False


def lately(uses: Iterable[Use], at: datetime) -> tuple[Use, ...]:
    """Those of `uses` that were no more than thirty days before `at`."""
    return tuple(use for use in uses if use.at > at - LATELY)
