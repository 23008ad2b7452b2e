"""Reminder mail switched off and on: by the link in a mail without signing in, and in settings."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules.errors import LinkDead
from ninety.web.context import now, world
from ninety.web.session import person

bp = Blueprint("unsubscribing", __name__)

# What mail programs send, and the form on the page too (RFC 8058 section 3.1).
FIELD, ONE_CLICK = "List-Unsubscribe", "One-Click"


@bp.get("/unsubscribe")
def ask() -> ResponseReturnValue:
    """The form that switches reminders off. Looking changes nothing: mail scanners open links."""
    return _page(request.args.get("token", ""))


@bp.post("/unsubscribe")
def switch_off() -> ResponseReturnValue:
    """Switch reminders off, for a mail program's one click or for the form, and never redirect.

    There is no cookie to go by and none is looked at: the token in the address is
    what allows it, and a page elsewhere that forges this request would have to
    know it. So this form needs no proof that it is ours.
    """
    token = request.args.get("token", "")
    if request.form.get(FIELD) != ONE_CLICK:
        return _page(token, status=400)
    return _page(token, switch_off=True)


def _page(token: str, *, switch_off: bool = False, status: int = 200) -> ResponseReturnValue:
    work = world().unsubscribing
    try:
        whose = work.switch_off(token, now()) if switch_off else work.person(token)
    except LinkDead:
        return render_template("unsubscribe_dead.html"), 404
    return render_template("unsubscribe.html", whose=whose, token=token), status


@bp.post("/account/settings/reminders")
def choose() -> ResponseReturnValue:
    """Switch one's own reminders on or off."""
    wanted = request.form.get("wanted") == "yes"
    changed = world().unsubscribing.choose(person().id, wanted, now())
    if changed.wants_reminders:
        flash(f"Reminders go to {changed.email} again.")
    else:
        flash("You get no reminder mail from now on.")
    return redirect(url_for("settings.page"), 303)


@bp.get("/account/settings/reminders")
def back_to_settings() -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the settings."""
    return redirect(url_for("settings.page"), 303)
