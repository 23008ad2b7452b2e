"""Where a person is signed in: a list of their sessions, each of which can be ended from here."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.web import security
from ninety.web.context import now, world
from ninety.web.session import person, this_one

bp = Blueprint("sessions", __name__, url_prefix="/account/sessions")


@bp.get("")
def listing() -> ResponseReturnValue:
    """Every living session, this one first and marked."""
    return _listing("", 200)


@bp.post("/end")
def end_one() -> ResponseReturnValue:
    """End one other session."""
    if request.form.get("session") == this_one().id:
        return _listing("This is the session you are in: sign out at the top of the page", 409)
    if world().sessions.end(person(), request.form.get("session", ""), now()):
        flash("That session is ended.")
    else:
        flash("That session had ended already.")
    return back_to_listing()


@bp.post("/end-others")
def end_others() -> ResponseReturnValue:
    """Sign the person out everywhere but here."""
    world().sessions.end_others(person(), this_one(), now())
    flash("Everywhere else you are signed out.")
    return back_to_listing()


@bp.get("/end")
@bp.get("/end-others")
def back_to_listing() -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the list."""
    return redirect(url_for("sessions.listing"), 303)


@security.shown_again_for("sessions.end_one")
@security.shown_again_for("sessions.end_others")
def _listing(notice: str, status: int) -> ResponseReturnValue:
    this = this_one()
    others = [one for one in world().sessions.of(person(), now()) if one.id != this.id]
    return render_template("sessions.html", this=this, others=others, notice=notice), status
