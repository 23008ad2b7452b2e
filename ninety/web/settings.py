"""The settings page: what a person chooses for themselves, each section a form of its own."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules.errors import FieldRefused, TooManyAttempts
from ninety.rules.people import LEAST_PASSWORD, Person
from ninety.web import security, session
from ninety.web.context import now, world
from ninety.web.session import person

bp = Blueprint("settings", __name__, url_prefix="/account/settings")


@bp.get("")
def page() -> ResponseReturnValue:
    """Everything a person chooses for themselves."""
    return settings_page(person())


@bp.post("")
def save() -> ResponseReturnValue:
    """Keep the name and the time zone."""
    before = person()
    try:
        changed = world().own_account.describe(
            before.id,
            request.form.get("name", before.name),
            request.form.get("timezone", ""),
        )
    except FieldRefused as refusal:
        return settings_page(before, {refusal.field: str(refusal)}, status=422)
    if changed.name != before.name:
        flash(f"You are called {changed.called} here now.")
    if changed.timezone != before.timezone:
        flash(f"Dates are shown in {changed.timezone} now.")
    return _back()


@bp.post("/email")
def change_email() -> ResponseReturnValue:
    """Keep another address, where the password is right."""
    before, entered = person(), request.form
    try:
        changed = world().own_account.change_email(
            before,
            entered.get("email", ""),
            entered.get("password", ""),
            request.remote_addr or "",
            now(),
        )
    except FieldRefused as refusal:
        return settings_page(before, {refusal.field: str(refusal)}, status=422)
    except TooManyAttempts as refusal:
        return settings_page(before, {"password": str(refusal)}, status=429)
    if changed.email != before.email:
        flash(f"You sign in with {changed.email} from now on, and reminders go there.")
    return _back()


@bp.post("/password")
def change_password() -> ResponseReturnValue:
    """Keep another password; every session but this one ends."""
    before, entered = person(), request.form
    try:
        changed = world().own_account.change_password(
            before,
            entered.get("current", ""),
            entered.get("new", ""),
            request.remote_addr or "",
            now(),
        )
    except FieldRefused as refusal:
        field = "new" if refusal.field == "password" else refusal.field
        return settings_page(before, {field: str(refusal)}, status=422)
    except TooManyAttempts as refusal:
        return settings_page(before, {"current": str(refusal)}, status=429)
    session.begin(changed)
    flash("Your new password counts from now on. Everywhere else you are signed out.")
    return _back()


@bp.get("/email")
@bp.get("/password")
def back_to_page() -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the settings."""
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for("settings.page"), 303)


def settings_page(
    holder: Person,
    problems: dict[str, str] | None = None,
    made: dict[str, str] | None = None,
    notice: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    """The settings of `holder`, who is signed in; `made` the link that was just made,
    by its kind.

    What was typed stays, but for passwords.
    """
    typed = {
        field: request.form.get(field, kept)
        for field, kept in (
            ("name", holder.name),
            ("timezone", holder.timezone),
            ("email", holder.email),
        )
    }
    return render_template(
        "settings.html",
        person=holder,
        typed=typed,
        least_password=LEAST_PASSWORD,
        made=made or {},
        mail=world().account_post.possible(),
        problems=problems or {},
        notice=notice,
    ), status


@security.shown_again_for("settings.save")
@security.shown_again_for("settings.change_email")
@security.shown_again_for("settings.change_password")
def _page_again(notice: str, status: int) -> ResponseReturnValue:
    return settings_page(person(), notice=notice, status=status)
