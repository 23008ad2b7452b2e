"""The admin page of all packages: whose each is, how much it is, and which nobody looks after."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules import paging
from ninety.web.admin import admins_only
from ninety.web.context import world

bp = Blueprint("admin_packages", __name__, url_prefix="/admin/packages")
bp.before_request(admins_only)

ON_A_PAGE = 40
LONGEST = 200
"""Characters of what is typed into the field."""

NOBODYS = "nobody's"


@bp.get("")
def listing() -> ResponseReturnValue:
    """The ids that fit what was asked for, a page at a time."""
    text = request.args.get("text", "").strip()[:LONGEST]
    show = NOBODYS if request.args.get("show") == NOBODYS else "all"
    found = world().package_overview.find(text, orphans=show == NOBODYS)
    part = paging.cut(found, paging.number(request.args.get("page", "")), ON_A_PAGE)

    def address(number: int) -> str:
        return url_for("admin_packages.listing", text=text or None, show=show, page=number)

    return render_template(
        "admin_packages.html",
        part=part,
        entries=world().package_overview.entries(part.shown),
        text=text,
        show=show,
        every_kind=("all", NOBODYS),
        address=address,
    )
