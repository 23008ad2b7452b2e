"""The calendar of a person's keys behind its secret link, and one end alone."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from ninety.rules import addresses, calendar
from ninety.web.address import key_page, public_base
from ninety.web.context import now, world
from ninety.web.session import person

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


def _calendar(body: str, disposition: str) -> ResponseReturnValue:
    return body, {
        "Content-Type": f"{calendar.MIMETYPE}; charset=utf-8",
        "Content-Disposition": disposition,
        "Cache-Control": "private, no-store",
    }
