"""The admin page of the audit trail: what happened, the newest first, as far back as one likes."""

from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules.audit import Did, Wanted
from ninety.web.admin import admins_only
from ninety.web.context import world

bp = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")
bp.before_request(admins_only)

PAGE = 100
LONGEST = 200
"""Characters of what is typed into a field."""
ODD_DAY = "Write the day as 2027-02-21"


@bp.get("")
def trail() -> ResponseReturnValue:
    """A page of events that fit what was asked for, and the way to older ones."""
    typed = {
        name: request.args.get(name, "").strip()[:LONGEST]
        for name in ("person", "key", "package", "what", "since")
    }
    since, problem = _day(typed["since"])
    wanted = Wanted(
        person=typed["person"],
        key=typed["key"],
        package=typed["package"],
        what=typed["what"],
        since=since,
    )
    before = _place(request.args.get("older", ""))
    page = world().trail.page(wanted, PAGE, before)
    return render_template(
        "admin_audit.html",
        events=page.events,
        older=_older(typed, page.older),
        paused=page.older is not None and len(page.events) < PAGE,
        newest=before is None,
        typed=typed,
        everything=sorted(Did),
        problems={"since": problem} if problem else {},
    ), 422 if problem else 200


def _day(typed: str) -> tuple[datetime | None, str]:
    """The first instant of a day in UTC, None for no day; and what is wrong with it."""
    if not typed:
        return None, ""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None, ODD_DAY
    return datetime(day.year, day.month, day.day, tzinfo=UTC), ""


def _place(older: str) -> int | None:
    """The place in the trail that a link to older events names; None for any other text."""
    try:
        return int(older, 16) if len(older) <= 12 and older.isascii() and older.isalnum() else None
    except ValueError:
        return None


def _older(typed: dict[str, str], place: int | None) -> str:
    """The address of the next page with the same question, empty where there is none."""
    if place is None:
        return ""
    asked: dict[str, Any] = {name: text for name, text in typed.items() if text}
    return url_for("admin_audit.trail", **asked, older=f"{place:x}")
