"""What a person took over from somebody who left, until they have dealt with it."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from ninety.web.context import world
from ninety.web.session import person

bp = Blueprint("taken_over", __name__, url_prefix="/account/taken-over/<key_id>")


@bp.post("/dismiss")
def dismiss(key_id: str) -> ResponseReturnValue:
    """Show one note no more."""
    world().leaving.dismiss(key_id, person())
    flash("The note is gone.")
    return _back()


@bp.get("/dismiss")
def back_to_keys(key_id: str) -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees their keys."""
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for("account.keys"), 303)
