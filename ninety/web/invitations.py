"""The admin page of invitations: who is invited, and inviting somebody by a link shown once."""

import secrets

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules import delivery
from ninety.rules.delivery import Delivered, Outcome
from ninety.rules.errors import FieldRefused, TooManyAttempts
from ninety.web import security
from ninety.web.address import public_base
from ninety.web.admin import admins_only
from ninety.web.context import now, world
from ninety.web.session import person
from ninety.work.inviting import Invited

bp = Blueprint("invitations", __name__, url_prefix="/admin/invitations")
bp.before_request(admins_only)

ADMIN = "admin"


@bp.get("")
def page() -> ResponseReturnValue:
    """Every open invitation, and the form that makes one."""
    return _page()


@bp.post("")
def invite() -> ResponseReturnValue:
    """Invite somebody; the answer is the one page that shows the link."""
    entered, inviter = request.form, person()
    admin = entered.get("role") == ADMIN
    try:
        if admin:
            _confirm(entered.get("password", ""))
        invited = world().inviting.invite(
            inviter,
            entered.get("email", ""),
            public_base(),
            now(),
            admin=admin,
            form=entered.get("form", ""),
        )
    except FieldRefused as refusal:
        status = 409 if refusal.field == "form" else 422
        return _page({refusal.field: str(refusal)}, status=status)
    except TooManyAttempts as refusal:
        return _page({"password": str(refusal)}, status=429)
    mailed = world().inviting.mail(invited, inviter, now())
    return _page(invited=invited, mailed=_mailed(invited, mailed))


def _confirm(password: str) -> None:
    """An admin is made only by whoever knows the password. Raises FieldRefused, TooManyAttempts."""
    confirmed = world().people.confirm(person(), password, request.remote_addr or "", now())
    if not confirmed:
        raise FieldRefused("password", "To invite an admin, type your own password")


def _mailed(invited: Invited, outcome: Outcome | None) -> str:
    email = invited.invitation.email
    match outcome:
        case None:
            return f"No mail went out. Pass the link on to {email} yourself"
        case Delivered():
            return f"It was mailed to {email} as well"
        case _:
            return f"The mail was {delivery.in_words(outcome)}. Pass the link on yourself"


@bp.post("/<invitation_id>/revoke")
def revoke(invitation_id: str) -> ResponseReturnValue:
    """End an invitation."""
    ended = world().inviting.revoke(person(), invitation_id, now())
    flash(f"The invitation of {ended.email} is revoked; its link does nothing any more.")
    return redirect(url_for("invitations.page"), 303)


@bp.get("/<invitation_id>/revoke")
def back_to_page(invitation_id: str) -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the invitations."""
    return redirect(url_for("invitations.page"), 303)


def _page(
    problems: dict[str, str] | None = None,
    notice: str = "",
    invited: Invited | None = None,
    mailed: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    open_ones = world().inviting.open(now())
    inviters = {one.by: world().people.get(one.by) for one in open_ones}
    typed = request.form if invited is None else {}
    return render_template(
        "invitations.html",
        invitations=open_ones,
        inviters=inviters,
        invited=invited,
        mailed=mailed,
        email=typed.get("email", ""),
        admin=typed.get("role") == ADMIN,
        form=secrets.token_urlsafe(16),
        problems=problems or {},
        notice=notice or (problems or {}).get("form", ""),
    ), status


@security.shown_again_for("invitations.invite")
@security.shown_again_for("invitations.revoke")
def _page_again(notice: str, status: int) -> ResponseReturnValue:
    return _page(notice=notice, status=status)
