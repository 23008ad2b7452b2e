"""How a person gets in and out: the setup link for the first admin, signing in, signing out."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules.errors import FieldRefused, LinkUsed, TooManyAttempts, WrongPassword
from ninety.rules.people import LEAST_PASSWORD
from ninety.web import security, session
from ninety.web.address import public_base
from ninety.web.context import now, world

bp = Blueprint("sign_in", __name__)


def local_path(path: str) -> str:
    """`path` if it leads to a page here, else the keys page.

    Browsers read `//host`, `/\\host` and a path with control characters in it as
    other places.
    """
    parts = urlsplit(path) if path.isprintable() else None
    elsewhere = parts is None or parts.scheme or parts.netloc or "\\" in path
    if elsewhere or not path.startswith("/") or path.startswith("//"):
        return url_for("account.keys")
    return path


@bp.get("/sign-in")
def ask() -> ResponseReturnValue:
    """The sign-in form; whoever is signed in already goes on to where they wanted."""
    if session.visitor():
        return redirect(local_path(request.args.get("next", "")), 303)
    return _sign_in_form("", 200)


@bp.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Begin a session and go on to the page that was asked for."""
    email = request.form.get("email", "")
    try:
        person = world().people.sign_in(
            email, request.form.get("password", ""), request.remote_addr or "", now()
        )
    except WrongPassword as refusal:
        return _sign_in_form(str(refusal), 403)
    except TooManyAttempts as refusal:
        response = make_response(_sign_in_form(str(refusal), 429))
        response.headers["Retry-After"] = str(refusal.retry_seconds)
        return response
    if person.two_factor is not None:
        session.await_code(person)
        return redirect(url_for("sign_in.ask_code", next=request.form.get("next") or None), 303)
    session.begin(person)
    return redirect(local_path(request.form.get("next", "")), 303)


@bp.get("/sign-in/code")
def ask_code() -> ResponseReturnValue:
    """The second page for whoever has a second factor and gave their password just now."""
    if session.visitor():
        return redirect(local_path(request.args.get("next", "")), 303)
    return _code_form("", "", 200) if session.awaited() else _password_again()


@bp.post("/sign-in/code")
def enter_code() -> ResponseReturnValue:
    """Begin a session, where the code is right, and go on to the page that was asked for."""
    person = session.awaited()
    if person is None:
        return _password_again()
    try:
        signed_in = world().two_factor.sign_in(person, request.form.get("code", ""), now())
    except FieldRefused as refusal:
        return _code_form(str(refusal), "", 403)
    except TooManyAttempts as refusal:
        response = make_response(_code_form(str(refusal), "", 429))
        response.headers["Retry-After"] = str(refusal.retry_seconds)
        return response
    session.begin(signed_in)
    return redirect(local_path(request.form.get("next", "")), 303)


def _code_form(problem: str, notice: str, status: int) -> ResponseReturnValue:
    going_on = request.values.get("next", "")
    return render_template(
        "sign_in_code.html", next=going_on, problem=problem, notice=notice
    ), status


@security.shown_again_for("sign_in.enter_code")
def _code_form_again(notice: str, status: int) -> ResponseReturnValue:
    return _code_form("", notice, status) if session.awaited() else _password_again()


def _password_again() -> ResponseReturnValue:
    flash("Your password waited five minutes for the code. Sign in once more.")
    return redirect(url_for("sign_in.ask", next=request.values.get("next") or None), 303)


@security.shown_again_for("sign_in.sign_in")
def _sign_in_form(problem: str, status: int) -> ResponseReturnValue:
    typed = request.values
    return render_template(
        "sign_in.html", email=typed.get("email", ""), next=typed.get("next", ""), problem=problem
    ), status


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session; others of the same person go on."""
    world().sessions.sign_out(session.person(), session.this_one(), now())
    session.end()
    flash("You are signed out.")
    return redirect(url_for("sign_in.ask"), 303)


@bp.get("/setup")
def welcome() -> ResponseReturnValue:
    """The form behind the one-time link that is printed at start."""
    if not world().people.setup_link_fits(request.args.get("token", "")):
        return _link_used()
    return _setup_form()


@bp.post("/setup")
def setup() -> ResponseReturnValue:
    """Make the first admin and sign them in."""
    entered = request.form
    try:
        person = world().people.make_first_admin(
            entered.get("token", ""),
            entered.get("email", ""),
            entered.get("password", ""),
            entered.get("timezone", ""),
            entered.get("base_url", ""),
            now(),
        )
    except FieldRefused as refusal:
        return _setup_form({refusal.field: str(refusal)}, status=422)
    except LinkUsed:
        return _link_used()
    session.begin(person)
    return redirect(url_for("account.keys"), 303)


def _setup_form(
    problems: dict[str, str] | None = None, notice: str = "", status: int = 200
) -> ResponseReturnValue:
    typed = {
        "email": request.form.get("email", ""),
        "timezone": request.form.get("timezone", world().settings.timezone),
        "base_url": request.form.get("base_url", public_base()),
    }
    return render_template(
        "setup.html",
        token=request.values.get("token", ""),
        typed=typed,
        problems=problems or {},
        notice=notice,
        least_password=LEAST_PASSWORD,
        preset_zone=request.method == "GET",
    ), status


@security.shown_again_for("sign_in.setup")
def _setup_form_again(notice: str, status: int) -> ResponseReturnValue:
    return _setup_form(notice=notice, status=status)


def _link_used() -> ResponseReturnValue:
    return render_template("setup_used.html", nobody_yet=world().people.nobody_yet()), 410
