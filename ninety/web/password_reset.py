"""A forgotten password: asking for a link by mail, and choosing another one behind that link."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules.errors import FieldRefused, LinkUsed, NoMailServer, TooManyResets
from ninety.rules.people import LEAST_PASSWORD
from ninety.web import security, session
from ninety.web.context import now, world

bp = Blueprint("password_reset", __name__)


@bp.get("/forgotten")
def ask_form() -> ResponseReturnValue:
    """The form that asks for the address of the account."""
    return _ask_form()


@bp.post("/forgotten")
def ask() -> ResponseReturnValue:
    """Have a link sent, and say the same whether the address is anybody's."""
    try:
        world().password_reset.ask(request.form.get("email", ""), request.remote_addr or "", now())
    except FieldRefused as refusal:
        return _ask_form({refusal.field: str(refusal)}, status=422)
    except NoMailServer:
        return _ask_form(status=409)
    except TooManyResets as refusal:
        response = make_response(_ask_form(notice=str(refusal), status=429))
        response.headers["Retry-After"] = str(refusal.retry_seconds)
        return response
    return redirect(url_for("password_reset.asked"), 303)


@bp.get("/forgotten/asked")
def asked() -> ResponseReturnValue:
    """What happens next, the same for everybody."""
    return render_template("forgotten_asked.html")


@bp.get("/reset")
def form() -> ResponseReturnValue:
    """The form behind the link. Looking changes nothing: mail scanners open links."""
    return _reset_form(request.args.get("token", ""))


@bp.post("/reset")
def use() -> ResponseReturnValue:
    """Set the new password, end every session, and lead to the sign-in page."""
    token = request.form.get("token", "")
    try:
        world().password_reset.use(token, request.form.get("password", ""), now())
    except FieldRefused as refusal:
        return _reset_form(token, {refusal.field: str(refusal)}, status=422)
    except LinkUsed:
        return _link_used()
    session.end()
    flash("Your new password counts from now on. Sign in with it.")
    return redirect(url_for("sign_in.ask"), 303)


def _ask_form(
    problems: dict[str, str] | None = None, notice: str = "", status: int = 200
) -> ResponseReturnValue:
    return render_template(
        "forgotten.html",
        possible=world().password_reset.possible(),
        email=request.values.get("email", ""),
        problems=problems or {},
        notice=notice,
    ), status


@security.shown_again_for("password_reset.ask")
def _ask_form_again(notice: str, status: int) -> ResponseReturnValue:
    return _ask_form(notice=notice, status=status)


def _reset_form(
    token: str, problems: dict[str, str] | None = None, notice: str = "", status: int = 200
) -> ResponseReturnValue:
    try:
        whose = world().password_reset.person(token, now())
    except LinkUsed:
        return _link_used()
    return render_template(
        "reset.html",
        whose=whose,
        token=token,
        least_password=LEAST_PASSWORD,
        problems=problems or {},
        notice=notice,
    ), status


@security.shown_again_for("password_reset.use")
def _reset_form_again(notice: str, status: int) -> ResponseReturnValue:
    return _reset_form(request.form.get("token", ""), notice=notice, status=status)


def _link_used() -> ResponseReturnValue:
    return render_template("reset_used.html"), 410
