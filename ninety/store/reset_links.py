"""The links to reset passwords, in `resets.json`; those that ended are forgotten as others come."""

from datetime import datetime
from pathlib import Path

from ninety.rules import instants
from ninety.rules.one_time_links import ResetLink
from ninety.store.documents import Collection, Document, Documents, Unchanged


class ResetLinks:
    """One document for each link, by the digest of its token."""

    def __init__(self, folder: Path) -> None:
        self._documents = Collection(folder / "resets.json", fields=["person"])

    def get(self, digest: str) -> ResetLink | None:
        """The link with a token of this digest, or None."""
        document = self._documents.get(digest)
        return _link(digest, document) if document else None

    def add(self, link: ResetLink, most: int, now: datetime) -> bool:
        """Keep `link`, unless its person has `most` living ones; whether it was kept."""

        def insert(found: Documents) -> Documents:
            links = [_link(id, document) for id, document in found.items() if document]
            living = [one for one in links if now < one.ends_at]
            if sum(one.person == link.person for one in living) >= most:
                raise Unchanged
            ended = {one.digest: None for one in links if one not in living}
            return {**ended, link.digest: _document(link)}

        return bool(self._documents.change([*self._documents.all(), link.digest], insert))

    def remove_of(self, person_id: str) -> None:
        """Forget every link of a person."""
        if found := self._documents.find(person=person_id):
            self._documents.change(found, lambda links: dict.fromkeys(links))


def _link(digest: str, found: Document) -> ResetLink:
    return ResetLink(
        digest=digest,
        person=found["person"],
        email=found["email"],
        sign_ins=found["sign_ins"],
        ends_at=instants.parse(found["ends_at"]),
    )


def _document(link: ResetLink) -> Document:
    return {
        "person": link.person,
        "email": link.email,
        "sign_ins": link.sign_ins,
        "ends_at": instants.text(link.ends_at),
    }
