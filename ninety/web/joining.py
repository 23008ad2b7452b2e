"""The page behind an invitation: name, password and time zone, and one is signed in."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules.errors import FieldRefused, LinkUsed
from ninety.rules.people import LEAST_PASSWORD
from ninety.web import security, session
from ninety.web.context import now, world

bp = Blueprint("joining", __name__, url_prefix="/invitation")


@bp.get("")
def form() -> ResponseReturnValue:
    """The form behind the link. Looking changes nothing: mail scanners open links."""
    return _form(request.args.get("token", ""))


@bp.post("")
def join() -> ResponseReturnValue:
    """Make the account and sign its person in."""
    entered = request.form
    token = entered.get("token", "")
    try:
        person = world().inviting.join(
            token,
            entered.get("name", ""),
            entered.get("password", ""),
            entered.get("timezone", ""),
            now(),
        )
    except FieldRefused as refusal:
        return _form(token, {refusal.field: str(refusal)}, status=422)
    except LinkUsed:
        return _link_used()
    session.begin(person)
    return redirect(url_for("account.keys"), 303)


def _form(
    token: str, problems: dict[str, str] | None = None, notice: str = "", status: int = 200
) -> ResponseReturnValue:
    try:
        invitation = world().inviting.opened(token, now())
    except LinkUsed:
        return _link_used()
    return render_template(
        "invitation.html",
        invitation=invitation,
        inviter=world().people.get(invitation.by),
        token=token,
        name=request.form.get("name", ""),
        timezone=request.form.get("timezone", world().settings.timezone),
        preset_zone=request.method == "GET",
        least_password=LEAST_PASSWORD,
        problems=problems or {},
        notice=notice,
    ), status


@security.shown_again_for("joining.join")
def _form_again(notice: str, status: int) -> ResponseReturnValue:
    return _form(request.form.get("token", ""), notice=notice, status=status)


def _link_used() -> ResponseReturnValue:
    return render_template("invitation_used.html"), 410
