"""Inviting new people: a link that makes one account for one address, once, within a week."""

import secrets as random
from dataclasses import dataclass
from datetime import datetime

from ninety.rules import instants, people, secrets
from ninety.rules.account_mail import InvitationFacts
from ninety.rules.audit import Did
from ninety.rules.delivery import Outcome
from ninety.rules.errors import FieldRefused, LinkUsed, NotFound
from ninety.rules.one_time_links import INVITATION_LIFE, Invitation, digest
from ninety.rules.people import Person
from ninety.store.accounts import Accounts
from ninety.store.invitations import Invitations
from ninety.work.account_post import AccountPost
from ninety.work.auditing import Trail
from ninety.work.people import People


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation as it was just made, with its link, which is shown this once.

    `feed` is the address of the feed that the link begins with.
    """

    invitation: Invitation
    link: str
    feed: str


class Inviting:
    """Makes, lists, mails and revokes invitations, and makes the accounts they are for.

    One made by an admin stands only while they are one.
    """

    def __init__(
        self,
        *,
        accounts: Accounts,
        invitations: Invitations,
        people: People,
        post: AccountPost,
        trail: Trail,
    ) -> None:
        self._accounts = accounts
        self._invitations = invitations
        self._people = people
        self._post = post
        self._trail = trail

    def invite(
        self,
        by: Person | None,
        email: str,
        feed: str,
        now: datetime,
        *,
        admin: bool = False,
        form: str = "",
    ) -> Invited:
        """Invite whoever reads the mail of `email`; an earlier invitation of theirs ends.

        `by` is the admin who does, None for a command; `feed` the address the link
        begins with; `form` the number of a form that makes one link only.
        Raises FieldRefused for `email` and `form`.
        """
        email = people.check_email(email)
        if self._accounts.by_email(email) is not None:
            raise FieldRefused("email", "There is an account with this address already")
        token = random.token_urlsafe(32)
        invitation = Invitation(
            id=secrets.new_id(),
            digest=digest(token),
            email=email,
            admin=admin,
            by=by.id if by else "",
            form=form,
            ends_at=instants.whole(now) + INVITATION_LIFE,
        )
        self._invitations.add(invitation, now)
        about = f"{email}, as an admin." if admin else f"{email}."
        self._trail.note(Did.PERSON_INVITED, now, person=by, about=about)
        return Invited(invitation, f"{feed}/invitation?token={token}", feed)

    def mail(self, invited: Invited, by: Person, now: datetime) -> Outcome | None:
        """Mail the link to whom it is for, while `by` waits; None where that is not possible."""
        email = invited.invitation.email
        if not self._post.possible() or not people.can_get_mail(email):
            return None
        return self._post.send(
            InvitationFacts(
                recipient=email,
                zone=by.timezone,
                now=now,
                feed=invited.feed,
                link=invited.link,
                ends_at=invited.invitation.ends_at,
                inviter=by.said,
            )
        )

    def open(self, now: datetime) -> list[Invitation]:
        """Those that can be used, the one that ends first before the others."""
        return [one for one in self._invitations.all() if self._stands(one, now)]

    def revoke(self, by: Person, invitation_id: str, now: datetime) -> Invitation:
        """End one, as the admin `by` wants; a second time changes nothing. Raises NotFound."""
        found = next((one for one in self._invitations.all() if one.id == invitation_id), None)
        if found is None:
            raise NotFound("invitation")
        if self._invitations.spend(found.id, now):
            self._trail.note(Did.INVITATION_REVOKED, now, person=by, about=f"{found.email}.")
        return found

    def opened(self, token: str, now: datetime) -> Invitation:
        """The invitation that a link belongs to. Raises LinkUsed."""
        found = self._invitations.by_digest(digest(token))
        if found is None or not self._stands(found, now):
            raise LinkUsed
        return found

    def join(self, token: str, name: str, password: str, timezone: str, now: datetime) -> Person:
        """Make the account. Raises LinkUsed, and FieldRefused, which leaves the link as it is.

        The account is written first, so a link is only spent on an account that
        exists; two at once make one, since an address has one account.
        """
        invitation = self.opened(token, now)
        inviter = self._accounts.get(invitation.by)
        try:
            person = self._people.add(
                invitation.email,
                password,
                admin=invitation.admin,
                timezone=timezone,
                now=now,
                name=name,
                about=f"Invited by {inviter.email if inviter else 'a command'}.",
            )
        except FieldRefused as refusal:
            if refusal.field == "email":
                raise LinkUsed from None
            raise
        self._invitations.spend(invitation.id, now)
        return person

    def _stands(self, invitation: Invitation, now: datetime) -> bool:
        if not invitation.open(now) or self._accounts.by_email(invitation.email) is not None:
            return False
        if not invitation.by:
            return True
        inviter = self._accounts.get(invitation.by)
        return inviter is not None and inviter.admin and inviter.disabled_at is None
