"""The admin page of everybody with an account; each name leads to the page of that person."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules import paging
from ninety.web.admin import admins_only
from ninety.web.context import now, world

bp = Blueprint("admin_people", __name__, url_prefix="/admin/people")
bp.before_request(admins_only)

ON_A_PAGE = 50
LONGEST = 200
"""Characters of what is typed into the field."""


@bp.get("")
def everybody() -> ResponseReturnValue:
    """Those whose address holds what was asked for, a page at a time."""
    typed = request.args.get("person", "").strip()[:LONGEST]
    found = world().roster.find(typed)
    part = paging.cut(found, paging.number(request.args.get("page", "")), ON_A_PAGE)

    def address(number: int) -> str:
        return url_for("admin_people.everybody", person=typed or None, page=number)

    return render_template(
        "admin_people.html",
        part=part,
        members=world().roster.members(part.shown, now()),
        invitations=len(world().inviting.open(now())),
        typed=typed,
        address=address,
    )
