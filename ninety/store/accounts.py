"""The people, in `users.json`: found by id, e-mail or a link; the first admin is made once."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ninety.rules import instants, people
from ninety.rules.errors import FieldRefused, LastAdmin, LinkUsed, NotFound
from ninety.rules.people import Person
from ninety.rules.reading_links import Kind, ReadingLink
from ninety.rules.two_factor import TwoFactor
from ninety.store.documents import Collection, Document, Documents

FIRST_ADMIN = "first-admin"


class Accounts:
    """Everybody with an account on this feed."""

    def __init__(self, folder: Path) -> None:
        self._documents = Collection(
            folder / "users.json", fields=[f"{kind}_digest" for kind in Kind]
        )

    def get(self, person_id: str) -> Person | None:
        """The person with this id, or None."""
        return self._documents.made(person_id, _person_or_none)

    def all(self) -> list[Person]:
        """Everybody, in the order of their addresses."""
        found = self._documents.all().items()
        everybody = [_person(id, document) for id, document in found if _is_person(document)]
        return sorted(everybody, key=lambda person: people.email_identity(person.email))

    def by_email(self, email: str) -> Person | None:
        """The person with this address, whatever its letter case, or None."""
        guard = self._documents.get(_email_guard(email))
        return self.get(guard["person"]) if guard else None

    def by_link(self, kind: Kind, digest: str) -> Person | None:
        """The person whose link of a kind has a token of this digest, or None."""
        found = self._documents.find(**{f"{kind}_digest": digest}) if digest else {}
        return next((_person(id, document) for id, document in found.items()), None)

    def anybody(self) -> bool:
        """Whether there is an account at all."""
        return self._documents.get(FIRST_ADMIN) is not None

    def add_first(self, person: Person) -> None:
        """Keep the first account. Raises LinkUsed where there is one already."""

        def insert(found: Documents) -> Documents:
            if found[FIRST_ADMIN] is not None:
                raise LinkUsed
            return _inserted(person, found)

        self._documents.change([FIRST_ADMIN, person.id, _email_guard(person.email)], insert)

    def add(self, person: Person) -> None:
        """Keep a new account. Raises FieldRefused where the address is taken."""
        self._documents.change(
            [FIRST_ADMIN, person.id, _email_guard(person.email)],
            lambda found: _inserted(person, found),
        )

    def change(self, person_id: str, fn: Callable[[Person], Person]) -> Person:
        """Replace the person by what `fn` makes of them. Raises NotFound, FieldRefused.

        A new address must be free, and frees the old one.
        """
        before = self.get(person_id)
        if before is None:
            raise NotFound("account")
        changed = fn(before)
        old, new = _email_guard(before.email), _email_guard(changed.email)

        def replace(found: Documents) -> Documents:
            document = found[person_id]
            if document is None:
                raise NotFound("account")
            person = fn(_person(person_id, document))
            if found[new] is not None and new != old:
                raise FieldRefused("email", "There is an account with this address already")
            return {old: None, new: {"person": person_id}, person_id: _document(person)}

        self._documents.change([person_id, old, new], replace)
        return changed

    def set_admin(self, person_id: str, admin: bool) -> Person:
        """Make the person an admin, or an admin no more. Raises NotFound, LastAdmin.

        Everybody is looked at in the same change, so that two admins who unmake each
        other at once leave one.
        """

        def set_it(found: Documents) -> Documents:
            everybody = {id: _person(id, one) for id, one in found.items() if one}
            person = everybody.get(person_id)
            if person is None:
                raise NotFound("account")
            others = (one for id, one in everybody.items() if id != person_id)
            if not admin and not any(one.admin and one.disabled_at is None for one in others):
                raise LastAdmin(person.email)
            return {person_id: _document(replace(person, admin=admin))}

        everybody = [person.id for person in self.all()]
        written = self._documents.change([*everybody, person_id], set_it)[person_id]
        assert written is not None
        return _person(person_id, written)

    def remove(self, person_id: str) -> None:
        """Forget the person; their address is free again. Raises NotFound."""
        person = self.get(person_id)
        if person is None:
            raise NotFound("account")
        self._documents.change(
            [person_id, _email_guard(person.email)],
            lambda found: dict.fromkeys(found),
        )


def _inserted(person: Person, found: Documents) -> Documents:
    guard = _email_guard(person.email)
    if found[guard] is not None:
        raise FieldRefused("email", "There is an account with this address already")
    return {
        FIRST_ADMIN: found[FIRST_ADMIN] or {"person": person.id},
        person.id: _document(person),
        guard: {"person": person.id},
    }


def _is_person(document: Document) -> bool:
    return "password_hash" in document


def _email_guard(email: str) -> str:
    return f"email:{people.email_identity(email)}"


def _person_or_none(id: str, document: Document) -> Person | None:
    return _person(id, document) if _is_person(document) else None


def _person(id: str, found: Document) -> Person:
    disabled_at = found.get("disabled_at")
    return Person(
        id=id,
        email=found["email"],
        password_hash=found["password_hash"],
        made_at=instants.parse(found["made_at"]),
        name=found.get("name", ""),
        admin=found["admin"],
        timezone=found["timezone"],
        disabled_at=instants.parse(disabled_at) if disabled_at else None,
        sign_ins=found["sign_ins"],
        wants_reminders=found["wants_reminders"],
        opt_ins=found.get("opt_ins", 0),
        calendar=_link(Kind.CALENDAR, found),
        news=_link(Kind.NEWS, found),
        two_factor=_two_factor(found.get("two_factor")),
    )


def _two_factor(found: Document | None) -> TwoFactor | None:
    if found is None:
        return None
    return TwoFactor(
        secret=found["secret"],
        since=instants.parse(found["since"]),
        last_step=found["last_step"],
        recovery=tuple(found["recovery"]),
    )


def _two_factor_document(kept: TwoFactor | None) -> Document | None:
    if kept is None:
        return None
    return {
        "secret": kept.secret,
        "since": instants.text(kept.since),
        "last_step": kept.last_step,
        "recovery": list(kept.recovery),
    }


def _link(kind: Kind, found: Document) -> ReadingLink:
    made_at = found.get(f"{kind}_made_at")
    return ReadingLink(
        digest=found.get(f"{kind}_digest", ""),
        made_at=instants.parse(made_at) if made_at else None,
        made=found.get(f"{kind}_links", 0),
    )


def _link_document(kind: Kind, link: ReadingLink) -> Document:
    return {
        f"{kind}_digest": link.digest,
        f"{kind}_made_at": instants.text(link.made_at) if link.made_at else None,
        f"{kind}_links": link.made,
    }


def _document(person: Person) -> Document:
    return {
        "email": person.email,
        "password_hash": person.password_hash,
        "made_at": instants.text(person.made_at),
        "name": person.name,
        "admin": person.admin,
        "timezone": person.timezone,
        "disabled_at": instants.text(person.disabled_at) if person.disabled_at else None,
        "sign_ins": person.sign_ins,
        "wants_reminders": person.wants_reminders,
        "opt_ins": person.opt_ins,
        **_link_document(Kind.CALENDAR, person.calendar),
        **_link_document(Kind.NEWS, person.news),
        "two_factor": _two_factor_document(person.two_factor),
    }
