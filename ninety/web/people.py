"""An admin's page of one person: what stops with their keys, and how they leave or come back.

The list of what breaks is the same before and after, so it can be read first and
worked through afterwards.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules import people
from ninety.rules.errors import FieldRefused, LastAdmin, NotFound
from ninety.rules.leaving import Departure
from ninety.rules.people import Person
from ninety.web import security
from ninety.web.admin import admins_only
from ninety.web.context import now, world
from ninety.web.session import person

bp = Blueprint("people", __name__, url_prefix="/admin/people/<person_id>")
bp.before_request(admins_only)

YOURSELF = "This is your own account; another admin has to do it"


@bp.get("")
def page(person_id: str) -> ResponseReturnValue:
    """Where the person stands, what stops or stopped with them, and what can be done."""
    return _page(person_id)


@bp.post("/disable")
def disable(person_id: str) -> ResponseReturnValue:
    """Stop the person and all their keys at once; whoever is named takes over."""
    leaving = _somebody(person_id)
    if leaving.id == person().id:
        return _page(person_id, notice=YOURSELF, status=409)
    departure = world().leaving.departure(leaving, now())
    try:
        _check_typed(departure)
        to = _receiver(leaving)
    except FieldRefused as refusal:
        return _page(person_id, {refusal.field: str(refusal)}, status=422)
    disabled = world().people.disable(leaving.id, now())
    flash(f"{disabled.email} is disabled; none of their keys works.")
    return _handed_over(disabled, to)


@bp.post("/hand-over")
def hand_over(person_id: str) -> ResponseReturnValue:
    """Give what the person owns, and the notes of their keys, to somebody else."""
    leaving = _somebody(person_id)
    try:
        to = _receiver(leaving)
    except FieldRefused as refusal:
        return _page(person_id, {refusal.field: str(refusal)}, status=422)
    if to is None:
        problem = "Say who takes over"
        return _page(person_id, {"hand_to": problem}, status=422)
    return _handed_over(leaving, to)


@bp.post("/enable")
def enable(person_id: str) -> ResponseReturnValue:
    """Let the person back in."""
    enabled = world().people.enable(_somebody(person_id).id, now())
    flash(f"{enabled.email} is enabled; their keys that have not ended work again.")
    return _back(person_id)


@bp.post("/remove")
def remove(person_id: str) -> ResponseReturnValue:
    """Forget somebody who is disabled already, so that what breaks was seen before."""
    leaving = _somebody(person_id)
    if leaving.disabled_at is None:
        return _page(person_id, notice="Disable the account before you remove it", status=409)
    world().people.remove(leaving.id, now())
    flash(f"{leaving.email} is removed; their keys are revoked.")
    return redirect(url_for("admin_people.everybody"), 303)


@bp.post("/role")
def set_role(person_id: str) -> ResponseReturnValue:
    """Make the person an admin, or an admin no more, with the password of whoever does it."""
    somebody, admin = _somebody(person_id), request.form.get("admin", "") == "yes"
    password, address = request.form.get("password", ""), request.remote_addr or ""
    if not world().people.confirm(person(), password, address, now()):
        return _page(person_id, {"password": "This is not your password"}, status=422)
    try:
        changed = world().people.set_admin(somebody.id, admin, now())
    except LastAdmin as refusal:
        return _page(person_id, notice=str(refusal), status=409)
    flash(f"{changed.email} is {'an admin now' if admin else 'no admin any more'}.")
    if changed.id == person().id and not admin:
        return redirect(url_for("account.keys"), 303)
    return _back(person_id)


@bp.post("/two-factor")
def switch_off_two_factor(person_id: str) -> ResponseReturnValue:
    """Let somebody who lost their app and their codes in by the password alone."""
    somebody = _somebody(person_id)
    if somebody.id == person().id:
        return _page(person_id, notice=YOURSELF, status=409)
    password, address = request.form.get("own_password", ""), request.remote_addr or ""
    if not world().people.confirm(person(), password, address, now()):
        return _page(person_id, {"own_password": "This is not your password"}, status=422)
    world().two_factor.switch_off_for(somebody.id, now())
    flash(f"{somebody.email} signs in by the password alone now.")
    return _back(person_id)


@bp.get("/two-factor")
@bp.get("/disable")
@bp.get("/hand-over")
@bp.get("/role")
@bp.get("/enable")
@bp.get("/remove")
def back_to_person(person_id: str) -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the person."""
    return _back(person_id)


def _somebody(person_id: str) -> Person:
    found = world().people.get(person_id)
    if found is None:
        raise NotFound("account")
    return found


def _check_typed(departure: Departure) -> None:
    """Where keys are in use, one has to type whose they are. Raises FieldRefused."""
    typed = people.email_identity(request.form.get("confirm", "").strip())
    if departure.breaking and typed != people.email_identity(departure.person.email):
        raise FieldRefused("confirm", f"Type {departure.person.email}, since keys are in use")


def _receiver(leaving: Person) -> Person | None:
    """Who was named to take over, None for nobody. Raises FieldRefused."""
    email = request.form.get("hand_to", "").strip()
    return world().leaving.receiver(leaving, email) if email else None


def _handed_over(leaving: Person, to: Person | None) -> ResponseReturnValue:
    if to is not None:
        done = world().leaving.hand_over(leaving, to, now())
        flash(f"{to.email} took over {done.said}.")
    return _back(leaving.id)


def _back(person_id: str) -> ResponseReturnValue:
    return redirect(url_for("people.page", person_id=person_id), 303)


def _page(
    person_id: str,
    problems: dict[str, str] | None = None,
    notice: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    somebody = _somebody(person_id)
    return render_template(
        "person.html",
        somebody=somebody,
        departure=world().leaving.departure(somebody, now()),
        typed=request.form,
        problems=problems or {},
        notice=notice,
    ), status


@security.shown_again_for("people.disable")
@security.shown_again_for("people.hand_over")
@security.shown_again_for("people.enable")
@security.shown_again_for("people.remove")
@security.shown_again_for("people.set_role")
@security.shown_again_for("people.switch_off_two_factor")
def _page_again(notice: str, status: int) -> ResponseReturnValue:
    return _page((request.view_args or {})["person_id"], notice=notice, status=status)
