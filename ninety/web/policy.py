"""An admin's page of what every key must keep to, and of the keys a lower maximum left behind."""

from dataclasses import asdict

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules import policy, scopes
from ninety.rules.audit import Did
from ninety.rules.errors import FieldRefused
from ninety.rules.policy import BOUNDS
from ninety.web import security
from ninety.web.admin import admins_only
from ninety.web.context import now, world
from ninety.web.session import person

bp = Blueprint("policy", __name__, url_prefix="/admin/policy")
bp.before_request(admins_only)


@bp.get("")
def page() -> ResponseReturnValue:
    """The policy in force, and the living keys that end later than it would let them."""
    return _page()


@bp.post("")
def change() -> ResponseReturnValue:
    """Keep what was entered; it counts from now on, and no key is cut by it."""
    entered = request.form
    try:
        before, after = world().governing.change(
            entered, entered.getlist("key_actions"), entered.get("revision", "")
        )
    except FieldRefused as refusal:
        if refusal.field == "form":
            return _page(notice=str(refusal), status=409)
        return _page({refusal.field: str(refusal)}, typed=True, status=422)
    changes = policy.changes(before, after)
    if changes:
        world().trail.note(Did.POLICY_CHANGED, now(), person=person(), about=f"{changes}.")
        flash(f"The policy is kept and counts from now on: {changes}.")
    else:
        flash("The policy is as it was.")
    return redirect(url_for("policy.page"), 303)


@bp.post("/spread")
def spread() -> ResponseReturnValue:
    """Bring the keys beyond the maximum nearer, each once."""
    done = world().arriving.spread(now())
    if done.moved or done.given:
        given = f" {done.given:,} without an end got one." if done.given else ""
        flash(f"Keys whose end was brought nearer: {done.moved:,}.{given}")
    else:
        flash("No key was left whose end is to be brought nearer.")
    return redirect(url_for("policy.page"), 303)


@bp.get("/spread")
def back_to_policy() -> ResponseReturnValue:
    """Whoever opens the address of the form that was sent sees the policy."""
    return redirect(url_for("policy.page"), 303)


def _page(
    problems: dict[str, str] | None = None,
    notice: str = "",
    *,
    typed: bool = False,
    status: int = 200,
) -> ResponseReturnValue:
    """The page; where something `typed` was refused, with that in the fields again."""
    in_force = world().governing.policy()
    fixed = world().governing.fixed()
    values = asdict(in_force)
    if typed:
        values |= {name: request.form.get(name, "") for name in BOUNDS if name not in fixed}
        if "key_actions" not in fixed:
            values["key_actions"] = request.form.getlist("key_actions")
    beyond = world().arriving.beyond(now())
    return render_template(
        "policy.html",
        policy=in_force,
        values=values,
        bounds=BOUNDS,
        fixed=fixed,
        every_action=scopes.SAID,
        revision=world().governing.revision(),
        beyond=beyond,
        outcome=world().arriving.spread(now(), dry_run=True) if beyond else None,
        problems=problems or {},
        notice=notice,
    ), status


@security.shown_again_for("policy.change")
def _page_again(notice: str, status: int) -> ResponseReturnValue:
    return _page(notice=notice, typed=True, status=status)
