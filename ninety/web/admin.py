"""What an admin sees first: how every part of the feed is doing, and what needs a person."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ninety.rules.errors import NotAllowed
from ninety.web.address import asked_at
from ninety.web.context import now, world
from ninety.web.session import person

bp = Blueprint("admin", __name__)


@bp.before_request
def admins_only() -> None:
    """Refuse everybody else, whichever page is added here later."""
    if not person().admin:
        raise NotAllowed("Only an admin of this feed may see this")


@bp.get("/admin")
def overview() -> ResponseReturnValue:
    """Health as sentences, and what waits for somebody to look at it."""
    condition = world().condition
    signs = condition.signs(
        told=world().base_url(),
        set_for_it=world().set_address(),
        asked_at=asked_at(),
        now=now(),
        zone=person().timezone,
    )
    return render_template(
        "admin.html",
        signs=signs,
        needs=condition.needs(now()),
        people=condition.people(),
        versions=condition.versions(),
    )
