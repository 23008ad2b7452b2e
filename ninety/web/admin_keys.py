"""The admin page of all keys: by how they stand, by owner and by name, what ends first on top."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules import paging
from ninety.web.admin import admins_only
from ninety.web.context import now, world
from ninety.work.key_overview import Asked, Show

bp = Blueprint("admin_keys", __name__, url_prefix="/admin/keys")
bp.before_request(admins_only)

ON_A_PAGE = 40
LONGEST = 200
"""Characters of what is typed into a field."""


@bp.get("")
def listing() -> ResponseReturnValue:
    """The keys that fit what was asked for, a page at a time."""
    typed = {
        name: request.args.get(name, "").strip()[:LONGEST] for name in ("show", "person", "text")
    }
    show = Show(typed["show"]) if typed["show"] in set(Show) else Show.LIVING
    found = world().key_overview.find(
        Asked(show=show, person=typed["person"], text=typed["text"]), now()
    )
    part = paging.cut(found, paging.number(request.args.get("page", "")), ON_A_PAGE)

    def address(number: int) -> str:
        asked: dict[str, Any] = {name: text or None for name, text in typed.items()}
        return url_for("admin_keys.listing", **asked, page=number)

    return render_template(
        "admin_keys.html",
        part=part,
        entries=world().key_overview.entries(part.shown, now()),
        show=show,
        typed=typed,
        every_kind=list(Show),
        address=address,
        warn=world().lifecycle.warn,
    )
