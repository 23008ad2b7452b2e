"""The settings page: what a person chooses for themselves, each section a form of its own."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules.errors import FieldRefused
from ninety.rules.people import Person
from ninety.web.context import world
from ninety.web.session import person

bp = Blueprint("settings", __name__, url_prefix="/account/settings")


@bp.get("")
def page() -> ResponseReturnValue:
    """Everything a person chooses for themselves."""
    return settings_page(person())


@bp.post("")
def save() -> ResponseReturnValue:
    """Keep the time zone."""
    try:
        changed = world().people.set_timezone(person().id, request.form.get("timezone", ""))
    except FieldRefused as refusal:
        return settings_page(person(), {refusal.field: str(refusal)}, status=422)
    flash(f"Dates are shown in {changed.timezone} now.")
    return redirect(url_for("settings.page"), 303)


def settings_page(
    holder: Person, problems: dict[str, str] | None = None, calendar: str = "", status: int = 200
) -> ResponseReturnValue:
    """The settings of `holder`, who is signed in; `calendar` is the link that was just made."""
    return render_template(
        "settings.html",
        person=holder,
        timezone=request.form.get("timezone", holder.timezone),
        calendar=calendar,
        problems=problems or {},
    ), status
