"""Noting what happens in the audit trail, and reading it again.

Where something comes from is set once, at the edge it comes in by (`comes_from`),
and holds for everything done in the same thread until it is set again. So no
call in between has to hand it on.
"""

import itertools
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime

from ninety.rules.audit import Did, Event, KeyNamed, Origin, Somebody, Wanted, one_line
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.store.audit import AuditFile
from ninety.store.threads import ThreadLock
from ninety.work.seldom import Seldom

log = logging.getLogger(__name__)

MOST_LOOKED_AT = 50_000
"""Lines looked at for one page; about a tenth of a second for every ten thousand."""

_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)


def comes_from(origin: Origin | None) -> None:
    """Say where what follows in this thread comes from; None for nowhere in particular."""
    _origin.set(origin)


def signed_in(person: Person) -> None:
    """Say who is signed in there."""
    origin = _origin.get()
    if origin is not None:
        _origin.set(replace(origin, person=Somebody(person.id, person.email)))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Since when the trail cannot be written, why, and how many events are lost by now."""

    since: datetime
    why: str
    lost: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, the newest first. `older` is where to go on, None where nothing is older.

    With fewer events than asked for and an `older`, the search only paused.
    """

    events: tuple[Event, ...]
    older: int | None


class Trail:
    """Everything that happened, one line each."""

    def __init__(self, file: AuditFile) -> None:
        self._file = file
        self._lock = ThreadLock()
        self._trouble: Trouble | None = None
        self._seldom = Seldom()

    def note(
        self,
        did: Did,
        now: datetime,
        *,
        person: Person | None = None,
        whom: Person | None = None,
        key: ApiKey | KeyNamed | None = None,
        package: str = "",
        version: str = "",
        about: str = "",
    ) -> None:
        """Note that `did` happened at `now`, done by `person`, or else by whoever is signed in.

        `whom` is the person it was done to. `about` is a sentence for people, and
        never holds a secret. What happened has happened, so a trail that cannot be
        written, as on a full disk, raises nothing: it is logged, shown by
        `trouble`, and told in the trail itself by the next line that can be written.
        """
        origin = _origin.get()
        event = Event(
            at=now,
            what=did,
            by=origin.by if origin else "",
            who=_somebody(person) or (origin.person if origin else None),
            whom=_somebody(whom),
            key=KeyNamed(key.id, key.name, key.prefix) if key else None,
            package=one_line(package),
            version=one_line(version),
            address=one_line(origin.address) if origin else "",
            client=one_line(origin.client) if origin else "",
            about=one_line(about),
        )
        try:
            self._append(event)
        except OSError as error:
            self._lose(event, error)

    def note_seldom(
        self,
        did: Did,
        now: datetime,
        *,
        kind: str = "",
        person: Person | None = None,
        key: ApiKey | KeyNamed | None = None,
        package: str = "",
        about: str = "",
    ) -> None:
        """Note what strangers and machines may do over and over: once an hour and address.

        What is the same is said by `did`, the `key` or else the `person`, and the
        `kind`. The next line tells how often it happened meanwhile.
        """
        origin = _origin.get()
        whose = key.id if key else person.id if person else ""
        again = self._seldom.due((did, kind, whose, origin.address if origin else ""), now)
        if again is None:
            return
        if again:
            about = f"{about} And {again} more like it before."
        self.note(did, now, person=person, key=key, package=package, about=about)

    @property
    def trouble(self) -> Trouble | None:
        """What keeps this process from writing the trail, or None while it can."""
        return self._trouble

    def _append(self, event: Event) -> None:
        if self._trouble is not None:
            with self._lock.held():
                trouble = self._trouble
                if trouble is not None:
                    self._file.append(_gap(trouble, event.at))
                    self._trouble = None
        self._file.append(event)

    def _lose(self, event: Event, error: OSError) -> None:
        why = error.strerror or type(error).__name__
        log.error("The audit trail cannot be written (%s): %s is not in it", why, event.what)
        with self._lock.held():
            before = self._trouble
            since, lost = (before.since, before.lost) if before else (event.at, 0)
            self._trouble = Trouble(since, why, lost + 1)

    def newest(self, wanted: Wanted) -> Iterator[Event]:
        """Every event that is wanted, the newest first. Raises OSError."""
        for placed in self._file.newest_first():
            if wanted.ends_before(placed.event):
                return
            if wanted.wants(placed.event):
                yield placed.event

    def page(self, wanted: Wanted, most: int, before: int | None = None) -> Page:
        """Up to `most` events that are wanted, those before the place `before` of another page.

        Looks at so many lines and no more, so that a rare event in a long trail
        costs one page after another instead of one endless request. Raises OSError.
        """
        found: list[Event] = []
        place: int | None = None
        for placed in itertools.islice(self._file.newest_first(before), MOST_LOOKED_AT):
            if wanted.ends_before(placed.event):
                return Page(tuple(found), None)
            if len(found) == most:
                return Page(tuple(found), place)
            place = placed.place
            if wanted.wants(placed.event):
                found.append(placed.event)
        return Page(tuple(found), place or None)

    def last_of_each(self, did: Did, most: int) -> dict[str, datetime]:
        """When each person, by id, last did `did`, as far as the latest `most` lines tell.

        Raises OSError.
        """
        found: dict[str, datetime] = {}
        for placed in itertools.islice(self._file.newest_first(), most):
            who = placed.event.who
            if placed.event.what == did and who is not None:
                found.setdefault(who.id, placed.event.at)
        return found


def _somebody(person: Person | None) -> Somebody | None:
    return Somebody(person.id, person.email) if person else None


def _gap(trouble: Trouble, now: datetime) -> Event:
    return Event(
        at=now,
        what=Did.EVENTS_LOST,
        about=f"{trouble.lost} since {trouble.since:%Y-%m-%d %H:%M} UTC: {trouble.why}.",
    )
