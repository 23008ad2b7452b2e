"""The sessions, in `sessions.json`; those that ended are forgotten as others begin.

A session that is not in the file is none, so that losing the file signs everybody
out and does nothing worse.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ninety.rules import instants
from ninety.rules.sessions import LIFE, MOST, Session
from ninety.store.documents import Collection, Document, Documents, Unchanged

FORGOTTEN_AT_ONCE = 500


class KeptSessions:
    """One document for each, by the digest of the token in its cookie."""

    def __init__(self, folder: Path) -> None:
        self._documents = Collection(folder / "sessions.json", fields=["person"], dates=["seen_at"])

    def get(self, id: str) -> Session | None:
        """The session with a token of this digest, or None."""
        return self._documents.made(id, _session)

    def of(self, person_id: str) -> list[Session]:
        """Every one of a person that is kept, the one that was seen last before the others."""
        found = self._documents.find(person=person_id).items()
        kept = (_session(id, document) for id, document in found)
        return sorted(kept, key=lambda one: (one.seen_at, one.id), reverse=True)

    def add(self, session: Session, now: datetime) -> None:
        """Keep `session`; forget what ended, and of its person's what is too many.

        Raises DiskFull, OSError.
        """
        long_ago = instants.text(now - LIFE)
        ended = [id for id, _ in self._documents.before("seen_at", long_ago, FORGOTTEN_AT_ONCE)]
        own = self.of(session.person)
        stale = [one.id for one in own if one.sign_ins != session.sign_ins]
        going_on = [one.id for one in own if one.sign_ins == session.sign_ins]
        gone: Documents = dict.fromkeys((*ended, *stale, *going_on[MOST - 1 :]))
        self._documents.change(
            [*gone, session.id], lambda _: {**gone, session.id: _document(session)}
        )

    def seen(self, id: str, now: datetime, address: str, browser: str) -> None:
        """Note a visit, unless the session ended or somebody else noted one just now.

        Raises DiskFull, OSError.
        """

        def note(found: Documents) -> Documents:
            document = found[id]
            session = _session(id, document) if document else None
            if session is None or session.seen_lately(now):
                raise Unchanged
            return {id: _document(replace(session, seen_at=now, address=address, browser=browser))}

        self._documents.change([id], note)

    def end(self, person_id: str, ids: Iterable[str]) -> int:
        """Forget those of the person among `ids`; how many there were. Raises DiskFull, OSError."""

        def forget(found: Documents) -> Documents:
            own = [id for id, one in found.items() if one and one["person"] == person_id]
            if not own:
                raise Unchanged
            return dict.fromkeys(own)

        return len(self._documents.change(ids, forget))


def _session(id: str, found: Document) -> Session:
    return Session(
        id=id,
        person=found["person"],
        sign_ins=found["sign_ins"],
        made_at=instants.parse(found["made_at"]),
        seen_at=instants.parse(found["seen_at"]),
        address=found["address"],
        browser=found["browser"],
    )


def _document(session: Session) -> Document:
    return {
        "person": session.person,
        "sign_ins": session.sign_ins,
        "made_at": instants.text(session.made_at),
        "seen_at": instants.text(session.seen_at),
        "address": session.address,
        "browser": session.browser,
    }
