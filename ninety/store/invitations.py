"""The invitations, in `invitations.json`; those that ended are forgotten as others come."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ninety.rules import instants
from ninety.rules.errors import FieldRefused, NotFound
from ninety.rules.one_time_links import Invitation
from ninety.rules.people import email_identity
from ninety.store.documents import Collection, Document, Documents, Unchanged


class Invitations:
    """One document for each; one address has one open invitation at most."""

    def __init__(self, folder: Path) -> None:
        self._documents = Collection(folder / "invitations.json", fields=["digest"])

    def all(self) -> list[Invitation]:
        """Every one that is kept, the one that ends first before the others."""
        found = [_invitation(id, document) for id, document in self._documents.all().items()]
        return sorted(found, key=lambda one: (one.ends_at, one.id))

    def by_digest(self, digest: str) -> Invitation | None:
        """The one with a token of this digest, or None."""
        found = self._documents.find(digest=digest)
        return next((_invitation(id, document) for id, document in found.items()), None)

    def add(self, invitation: Invitation, now: datetime) -> None:
        """Keep `invitation` in place of others to the same address.

        Raises FieldRefused for `form` where it came by a form that was sent before.
        """

        def insert(found: Documents) -> Documents:
            kept = [_invitation(id, document) for id, document in found.items() if document]
            if invitation.form and any(one.form == invitation.form for one in kept):
                raise FieldRefused(
                    "form",
                    "This form was sent already, and the link it made was shown once. "
                    "Nothing changed now; invite again if it was not kept",
                )
            ended = {one.id: None for one in kept if one.ends_at <= now}
            replaced = {
                one.id: _document(replace(one, spent_at=now))
                for one in kept
                if one.open(now) and email_identity(one.email) == email_identity(invitation.email)
            }
            return {**ended, **replaced, invitation.id: _document(invitation)}

        self._documents.change([*self._documents.all(), invitation.id], insert)

    def spend(self, invitation_id: str, now: datetime) -> bool:
        """End one for good; whether it was open. Raises NotFound."""

        def end(found: Documents) -> Documents:
            document = found[invitation_id]
            if document is None:
                raise NotFound("invitation")
            invitation = _invitation(invitation_id, document)
            if not invitation.open(now):
                raise Unchanged
            return {invitation_id: _document(replace(invitation, spent_at=now))}

        return bool(self._documents.change([invitation_id], end))


def _invitation(id: str, found: Document) -> Invitation:
    spent_at = found["spent_at"]
    return Invitation(
        id=id,
        digest=found["digest"],
        email=found["email"],
        admin=found["admin"],
        by=found["by"],
        form=found["form"],
        ends_at=instants.parse(found["ends_at"]),
        spent_at=instants.parse(spent_at) if spent_at else None,
    )


def _document(invitation: Invitation) -> Document:
    spent_at = invitation.spent_at
    return {
        "digest": invitation.digest,
        "email": invitation.email,
        "admin": invitation.admin,
        "by": invitation.by,
        "form": invitation.form,
        "ends_at": instants.text(invitation.ends_at),
        "spent_at": instants.text(spent_at) if spent_at else None,
    }
