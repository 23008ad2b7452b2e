"""The secret links that programs read by, made and revoked on the settings page."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules.errors import FieldRefused
from ninety.rules.reading_links import Kind
from ninety.web.address import public_base
from ninety.web.context import now, world
from ninety.web.session import person
from ninety.web.settings import settings_page

bp = Blueprint("reading_links", __name__, url_prefix="/account/settings/<any(calendar,news):kind>")

PLACE = {Kind.CALENDAR: "/account/keys.ics", Kind.NEWS: "/feed.atom"}
REVOKED = {
    Kind.CALENDAR: "The calendar's link is revoked. Whoever has it sees nothing from now on.",
    Kind.NEWS: "The link to new versions is revoked. Whoever has it sees nothing from now on.",
}


@bp.post("")
def make(kind: str) -> ResponseReturnValue:
    """Make a link, or replace it; the answer is the one page that shows it."""
    wanted = Kind(kind)
    try:
        holder, token = world().reading_links.make(
            wanted, person().id, request.form.get("form", ""), now()
        )
    except FieldRefused as refusal:
        return settings_page(person(), {refusal.field: str(refusal)}, status=409)
    return settings_page(holder, made={kind: f"{public_base()}{PLACE[wanted]}?token={token}"})


@bp.post("/revoke")
def revoke(kind: str) -> ResponseReturnValue:
    """End the link."""
    world().reading_links.revoke(Kind(kind), person().id, now())
    flash(REVOKED[Kind(kind)])
    return redirect(url_for("settings.page"), 303)


@bp.get("")
@bp.get("/revoke")
def back_to_settings(kind: str) -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the settings."""
    return redirect(url_for("settings.page"), 303)
