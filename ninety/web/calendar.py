"""The calendar of a person's keys, the secret link that programs read it by, and one end alone."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules import addresses, calendar
from ninety.rules.errors import FieldRefused
from ninety.web.address import key_page, public_base
from ninety.web.context import now, world
from ninety.web.session import person
from ninety.web.settings import settings_page

bp = Blueprint("calendar", __name__)


@bp.get("/account/keys.ics")
def keys() -> ResponseReturnValue:
    """The ends of somebody's keys, for whoever has the link."""
    body = world().calendars.document(
        request.args.get("token", ""),
        f"API keys of {addresses.host_of(public_base())}",
        key_page,
        now(),
    )
    return _calendar(body, 'inline; filename="keys.ics"')


@bp.get("/account/keys/<key_id>.ics")
def end_of_key(key_id: str) -> ResponseReturnValue:
    """The end of one key, for its owner and admins to put into a calendar by hand."""
    key = world().lifecycle.key(key_id, person())
    body = world().calendars.end_of(key, key_page(key.id), now())
    return _calendar(body, f'attachment; filename="{key.id}.ics"')


@bp.post("/account/settings/calendar")
def make_link() -> ResponseReturnValue:
    """Make a link, or replace it; the answer is the one page that shows it."""
    try:
        holder, token = world().calendars.new_token(
            person().id, request.form.get("form", ""), now()
        )
    except FieldRefused as refusal:
        return settings_page(person(), {refusal.field: str(refusal)}, status=409)
    return settings_page(holder, calendar=f"{public_base()}/account/keys.ics?token={token}")


@bp.post("/account/settings/calendar/revoke")
def revoke_link() -> ResponseReturnValue:
    """End the link."""
    world().calendars.revoke(person().id, now())
    flash("The calendar's link is revoked. Whoever has it sees nothing from now on.")
    return redirect(url_for("settings.page"), 303)


@bp.get("/account/settings/calendar")
@bp.get("/account/settings/calendar/revoke")
def back_to_settings() -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the settings."""
    return redirect(url_for("settings.page"), 303)


def _calendar(body: str, disposition: str) -> ResponseReturnValue:
    return body, {
        "Content-Type": f"{calendar.MIMETYPE}; charset=utf-8",
        "Content-Disposition": disposition,
        "Cache-Control": "private, no-store",
    }
