"""Sessions: beginning one, knowing it again at each visit, listing them, and ending them.

The cookie holds a random token, of which a digest is kept. What is ended is gone
from the one file that every process looks at, so it ends everywhere at once.
"""

import logging
import secrets as random
from datetime import datetime

from ninety.rules import instants
from ninety.rules.audit import Did, one_line
from ninety.rules.browsers import browser
from ninety.rules.errors import DiskFull
from ninety.rules.one_time_links import digest
from ninety.rules.people import Person
from ninety.rules.sessions import Session
from ninety.store.accounts import Accounts
from ninety.store.sessions import KeptSessions
from ninety.work.auditing import Trail

log = logging.getLogger(__name__)


class Sessions:
    """Who is signed in where."""

    def __init__(self, kept: KeptSessions, accounts: Accounts, trail: Trail) -> None:
        self._kept = kept
        self._accounts = accounts
        self._trail = trail

    def begin(self, person: Person, address: str, user_agent: str, now: datetime) -> str:
        """Begin a session of `person`; the token for its cookie. Raises DiskFull, OSError."""
        token = random.token_urlsafe(32)
        session = Session(
            id=digest(token),
            person=person.id,
            sign_ins=person.sign_ins,
            made_at=instants.whole(now),
            seen_at=instants.whole(now),
            address=one_line(address),
            browser=browser(user_agent),
        )
        self._kept.add(session, now)
        return token

    def opened(self, token: str, now: datetime) -> tuple[Session, Person] | None:
        """The session of this token and whose it is; None once it ended in whatever way."""
        session = self._kept.get(digest(token))
        person = self._accounts.get(session.person) if session else None
        if session is None or person is None or not session.lives(person, now):
            return None
        return session, person

    def seen(self, session: Session, address: str, user_agent: str, now: datetime) -> None:
        """Note a visit, once in ten minutes at most. A full disk keeps nobody from a page."""
        if session.seen_lately(now):
            return
        try:
            self._kept.seen(session.id, instants.whole(now), one_line(address), browser(user_agent))
        except (DiskFull, OSError) as error:
            log.error("A visit could not be written down: %s", error)

    def of(self, person: Person, now: datetime) -> list[Session]:
        """The living sessions of `person`, the one that was seen last before the others."""
        return [one for one in self._kept.of(person.id) if one.lives(person, now)]

    def end(self, person: Person, session_id: str, now: datetime) -> bool:
        """End one session of `person`; whether there was such a one. Raises DiskFull, OSError."""
        ended = bool(self._kept.end(person.id, [session_id]))
        if ended:
            self._trail.note(Did.SESSION_ENDED, now, person=person)
        return ended

    def end_others(self, person: Person, this: Session, now: datetime) -> int:
        """End every session of `person` but `this`; how many. Raises DiskFull, OSError."""
        others = [one.id for one in self._kept.of(person.id) if one.id != this.id]
        ended = self._kept.end(person.id, others)
        self._trail.note(Did.SESSIONS_ENDED, now, person=person)
        return ended

    def sign_out(self, person: Person, this: Session, now: datetime) -> None:
        """End the session `this`, in which `person` asked for it. Raises DiskFull, OSError."""
        self._kept.end(person.id, [this.id])
        self._trail.note(Did.SIGNED_OUT, now, person=person)
