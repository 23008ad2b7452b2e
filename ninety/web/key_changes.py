"""What a person does to a key on its page: regenerate, rotate, rescope, note and revoke."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules import confirming, scopes
from ninety.rules.errors import (
    FieldRefused,
    FormUsed,
    GenuineKeyRefused,
    KeyRevoked,
    RotatedAlready,
)
from ninety.web import key_forms, secret_page, security
from ninety.web.account import show_key
from ninety.web.context import now, world
from ninety.web.session import person

bp = Blueprint("key_changes", __name__, url_prefix="/account/keys/<key_id>")

# The fields where the key's name confirms what would break something.
NAME_TO_REGENERATE = "name_to_regenerate"
NAME_TO_REVOKE = "name_to_revoke"


@bp.post("/regenerate")
def regenerate(key_id: str) -> ResponseReturnValue:
    """Give the key a new secret and life; the answer is the one page that shows the secret."""
    entered = request.form
    try:
        _check_name(key_id, NAME_TO_REGENERATE)
        issued = world().lifecycle.regenerate(
            key_id,
            person(),
            now(),
            days=entered.get("days", ""),
            form=entered.get("form", ""),
        )
    except FieldRefused as refusal:
        return show_key(key_id, {refusal.field: str(refusal)}, status=422)
    except FormUsed as used:
        return secret_page.form_used(used)
    except KeyRevoked:
        return show_key(key_id, notice="This key was revoked, so it stays ended", status=409)
    return secret_page.show(issued)


@bp.post("/scope")
def rescope(key_id: str) -> ResponseReturnValue:
    """Change what the key may do: less at once, more with the password."""
    entered, owner = request.form, person()
    try:
        confirmed = world().people.confirm(
            owner, entered.get("password", ""), request.remote_addr or "", now()
        )
        changed = world().lifecycle.rescope(
            key_id,
            owner,
            entered.getlist("actions"),
            key_forms.globs(entered.get("packages", "")),
            now(),
            confirmed=confirmed,
        )
    except FieldRefused as refusal:
        return show_key(key_id, {refusal.field: str(refusal)}, status=422)
    flash(f"Key “{changed.name}” may {scopes.said(changed.actions, changed.packages)} now.")
    return redirect(url_for("account.key", key_id=key_id), 303)


@bp.post("/note")
def annotate(key_id: str) -> ResponseReturnValue:
    """Keep what the owner notes about the key."""
    try:
        world().lifecycle.annotate(key_id, person(), request.form.get("note", ""), now())
    except FieldRefused as refusal:
        return show_key(key_id, {refusal.field: str(refusal)}, status=422)
    flash("The note is kept.")
    return redirect(url_for("account.key", key_id=key_id), 303)


@bp.post("/rotate")
def rotate(key_id: str) -> ResponseReturnValue:
    """Make a successor; the answer is the one page that shows its secret."""
    try:
        issued = world().lifecycle.rotate(
            key_id, person(), now(), form=request.form.get("form", "")
        )
    except FormUsed as used:
        return secret_page.form_used(used)
    except GenuineKeyRefused:
        return show_key(key_id, notice="This key has ended, so it cannot rotate", status=409)
    except RotatedAlready as refusal:
        return show_key(key_id, notice=str(refusal), status=409)
    return secret_page.show(issued)


@bp.post("/revoke")
def revoke(key_id: str) -> ResponseReturnValue:
    """End the key for good."""
    try:
        _check_name(key_id, NAME_TO_REVOKE)
    except FieldRefused as refusal:
        return show_key(key_id, {refusal.field: str(refusal)}, status=422)
    ended = world().lifecycle.revoke(key_id, person(), now())
    flash(f"Key “{ended.name}” is revoked. Everything that used it is refused from now on.")
    return redirect(url_for("account.key", key_id=key_id), 303)


@bp.get("/regenerate")
@bp.get("/note")
@bp.get("/rotate")
@bp.get("/scope")
@bp.get("/revoke")
def back_to_key(key_id: str) -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the key."""
    return redirect(url_for("account.key", key_id=key_id), 303)


def _check_name(key_id: str, field: str) -> None:
    """Raise FieldRefused where something used the key lately and its name was not typed."""
    key = world().lifecycle.key(key_id, person())
    # Who sent this form before is told so, not asked for a name again.
    if request.form.get("form", "") in key.forms:
        return
    uses = world().using.of(key.id)
    confirming.check(key, uses, request.form.get(field, ""), field, now())


@security.shown_again_for("key_changes.regenerate")
def _key_page_again(notice: str, status: int) -> ResponseReturnValue:
    return show_key((request.view_args or {})["key_id"], notice=notice, status=status)
