"""The admin page of reminder mail: what is due, waiting, in doubt or undelivered, and a test."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ninety.rules.reminders import IllegalArrow
from ninety.web.admin import admins_only
from ninety.web.context import now, world
from ninety.web.session import person

bp = Blueprint("admin_reminders", __name__, url_prefix="/admin/reminders")
bp.before_request(admins_only)


@bp.get("")
def overview() -> ResponseReturnValue:
    """All there is to know of the feed's reminders."""
    return _page()


@bp.post("/<reminder_id>/again")
def send_again(reminder_id: str) -> ResponseReturnValue:
    """Ask for a reminder in doubt, or undelivered, to be sent again."""
    try:
        world().reminding.send_again(reminder_id, now(), person())
    except IllegalArrow as error:
        return _page(f"It cannot be sent again: {error}", 409)
    flash(f"It is sent again within {world().settings.scan_minutes} minutes.")
    return redirect(url_for("admin_reminders.overview"), 303)


@bp.post("/test")
def try_mail() -> ResponseReturnValue:
    """Send a test mail to the admin who asks; the page says what became of it.

    Sent from here and not by the worker, so that it tells of the mail server even
    while the worker or Redis is down. It takes about 20 seconds at most.
    """
    world().trying_mail.send(person().email, person().timezone, world().clock)
    return redirect(url_for("admin_reminders.overview", _anchor="test"), 303)


@bp.get("/<reminder_id>/again")
@bp.get("/test")
def back_to_overview(reminder_id: str = "") -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the reminders."""
    return redirect(url_for("admin_reminders.overview"), 303)


def _page(notice: str = "", status: int = 200) -> ResponseReturnValue:
    return render_template(
        "admin_reminders.html",
        overview=world().reminder_overview.look(now()),
        mail_server=world().settings.mail_server,
        notice=notice,
    ), status
