"""Making a key: the form, and the one page with the secret that answers it."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules import keys, policy, scopes
from ninety.rules.errors import FieldRefused, FormUsed, TooManyKeys
from ninety.rules.leaving import Handover
from ninety.web import key_forms, secret_page, security
from ninety.web.context import now, world
from ninety.web.session import person

bp = Blueprint("key_making", __name__, url_prefix="/account/keys/make")


@bp.get("")
def form() -> ResponseReturnValue:
    """The form that makes a key; `instead_of` in the address names one that was taken over."""
    key_id = request.args.get("instead_of", "")
    return _form(instead_of=world().leaving.taken_over_with(key_id, person()) if key_id else None)


@bp.post("")
def make() -> ResponseReturnValue:
    """Make a key; the answer is the one page that shows its secret."""
    entered = request.form
    try:
        issued = world().lifecycle.make(
            person(),
            entered.get("name", ""),
            entered.get("days", ""),
            now(),
            form=entered.get("form", ""),
            actions=entered.getlist("actions"),
            packages=key_forms.globs(entered.get("packages", "")),
            contact=entered.get("contact", ""),
            note=entered.get("note", ""),
        )
    except FieldRefused as refusal:
        return _form({refusal.field: str(refusal)}, status=422)
    except FormUsed as used:
        return secret_page.form_used(used)
    except TooManyKeys as refusal:
        return _form(notice=str(refusal), status=409)
    return secret_page.show(issued)


@bp.post("/check")
def check() -> ResponseReturnValue:
    """The form again as it was filled in, with what such a key would reach; nothing is made."""
    try:
        scopes.check_packages(key_forms.globs(request.form.get("packages", "")))
    except FieldRefused as refusal:
        return _form({refusal.field: str(refusal)}, status=422)
    return _form()


@bp.get("/check")
def back_to_form() -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees an empty one."""
    return redirect(url_for("key_making.form"), 303)


def _form(
    problems: dict[str, str] | None = None,
    notice: str = "",
    status: int = 200,
    instead_of: Handover | None = None,
) -> ResponseReturnValue:
    name = instead_of.name if instead_of else request.form.get("name", "")
    note = instead_of.note if instead_of else request.form.get("note", "")
    offer = key_forms.offer(name, request.form.get("days"), key=instead_of, sent="days")
    ruled = world().governing.policy()
    return render_template(
        "key_make.html",
        offer=offer,
        note=note,
        contact=request.form.get("contact", ""),
        reach=world().reaching.of(person(), key_forms.globs(offer["packages"])),
        only_reads=scopes.only_reads(offer["actions"]),
        living=keys.living(world().lifecycle.keys_of(person()), now()),
        policy=ruled,
        ruled_out=policy.not_allowed(scopes.ACTIONS, ruled),
        form=key_forms.one_use(),
        problems=problems or {},
        notice=notice,
    ), status


@security.shown_again_for("key_making.check")
@security.shown_again_for("key_making.make")
def _form_again(notice: str, status: int) -> ResponseReturnValue:
    return _form(notice=notice, status=status)
