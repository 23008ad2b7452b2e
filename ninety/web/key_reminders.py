"""The reminder of one key, on its page: whom it goes to, and sending it again by hand."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules.errors import FieldRefused
from ninety.rules.reminders import IllegalArrow
from ninety.web.account import show_key
from ninety.web.context import now, world
from ninety.web.session import person

bp = Blueprint("key_reminders", __name__, url_prefix="/account/keys/<key_id>")

NOT_IN_DOUBT = "The reminder is not in doubt any more, so it is not sent again"


@bp.post("/contact")
def choose_contact(key_id: str) -> ResponseReturnValue:
    """Set the address that is told instead of the owner; an empty one brings the owner back."""
    try:
        contact = request.form.get("contact", "")
        key = world().lifecycle.set_contact(key_id, person(), contact, now())
    except FieldRefused as refusal:
        return show_key(key_id, {refusal.field: str(refusal)}, status=422)
    told = world().reminding.standing(key, now()).recipient or key.contact or "nobody"
    flash(f"The reminder of “{key.name}” goes to {told}.")
    return redirect(url_for("account.key", key_id=key_id), 303)


@bp.post("/reminder")
def send_again(key_id: str) -> ResponseReturnValue:
    """Ask for the reminder in doubt, or undelivered, to be sent again; for its owner and admins."""
    key = world().lifecycle.key(key_id, person())
    try:
        world().reminding.send_again_about(key, person(), now())
    except IllegalArrow:
        return show_key(key_id, notice=NOT_IN_DOUBT, status=409)
    minutes = world().settings.scan_minutes
    flash(f"The reminder of “{key.name}” is sent again within {minutes} minutes.")
    return redirect(url_for("account.key", key_id=key_id), 303)


@bp.get("/contact")
@bp.get("/reminder")
def back_to_key(key_id: str) -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the key."""
    return redirect(url_for("account.key", key_id=key_id), 303)
