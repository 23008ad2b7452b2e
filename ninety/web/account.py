"""The pages of a person's own keys: see when each ends, make, regenerate and revoke them."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules import policy, scopes
from ninety.rules.errors import (
    FieldRefused,
    FormUsed,
    GenuineKeyRefused,
    KeyRevoked,
    RotatedAlready,
    TooManyKeys,
)
from ninety.rules.keys import ApiKey
from ninety.rules.leaving import Handover
from ninety.web import security
from ninety.web.address import public_base
from ninety.web.context import now, world
from ninety.web.filters import whole_days
from ninety.web.session import person
from ninety.work.lifecycle import Issued

bp = Blueprint("account", __name__)


@bp.get("/account")
def keys() -> ResponseReturnValue:
    """Every key of the person: the living by what ends first, the ended in a closed section."""
    instant = now()
    mine = world().lifecycle.keys_of(person())
    living = [key for key in mine if key.alive(instant)]
    ended = [key for key in mine if not key.alive(instant)]
    return render_template(
        "account.html",
        living=living,
        reported=world().leaks.of(person(), instant),
        ended=sorted(ended, key=_stopped_at, reverse=True),
        standings={key.id: world().reminding.standing(key, instant) for key in living},
        last_uses={key.id: next(iter(world().using.of(key.id)), None) for key in living},
        taken_over=world().leaving.taken_over(person()),
        scale=max((key.expires_at - instant for key in living), default=timedelta(days=1)),
        warn=world().lifecycle.warn,
        offer=_offer(),
        form=_one_use(),
    )


@bp.get("/account/keys/make")
def make_form() -> ResponseReturnValue:
    """The form that makes a key; `instead_of` in the address names one that was taken over."""
    key_id = request.args.get("instead_of", "")
    return _make_form(
        instead_of=world().leaving.taken_over_with(key_id, person()) if key_id else None
    )


@bp.post("/account/keys/make")
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
            packages=_globs(entered.get("packages", "")),
        )
    except FieldRefused as refusal:
        return _make_form({refusal.field: str(refusal)}, status=422)
    except FormUsed as used:
        return _form_used(used)
    except TooManyKeys as refusal:
        return _make_form(notice=str(refusal), status=409)
    return _secret(issued)


@bp.get("/account/keys/<key_id>")
def key(key_id: str) -> ResponseReturnValue:
    """Everything about one key, for its owner and for admins."""
    return show_key(key_id)


@bp.post("/account/keys/<key_id>/regenerate")
def regenerate(key_id: str) -> ResponseReturnValue:
    """Give the key a new secret and life; the answer is the one page that shows the secret."""
    entered = request.form
    try:
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
        return _form_used(used)
    except KeyRevoked:
        return show_key(key_id, notice="This key was revoked, so it stays ended", status=409)
    return _secret(issued)


@bp.post("/account/keys/<key_id>/scope")
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
            _globs(entered.get("packages", "")),
            now(),
            confirmed=confirmed,
        )
    except FieldRefused as refusal:
        return show_key(key_id, {refusal.field: str(refusal)}, status=422)
    flash(f"Key “{changed.name}” may {scopes.said(changed.actions, changed.packages)} now.")
    return redirect(url_for("account.key", key_id=key_id), 303)


@bp.post("/account/keys/<key_id>/note")
def annotate(key_id: str) -> ResponseReturnValue:
    """Keep what the owner notes about the key."""
    try:
        world().lifecycle.annotate(key_id, person(), request.form.get("note", ""), now())
    except FieldRefused as refusal:
        return show_key(key_id, {refusal.field: str(refusal)}, status=422)
    flash("The note is kept.")
    return redirect(url_for("account.key", key_id=key_id), 303)


@bp.post("/account/keys/<key_id>/rotate")
def rotate(key_id: str) -> ResponseReturnValue:
    """Make a successor; the answer is the one page that shows its secret."""
    try:
        issued = world().lifecycle.rotate(
            key_id, person(), now(), form=request.form.get("form", "")
        )
    except FormUsed as used:
        return _form_used(used)
    except GenuineKeyRefused:
        return show_key(key_id, notice="This key has ended, so it cannot rotate", status=409)
    except RotatedAlready as refusal:
        return show_key(key_id, notice=str(refusal), status=409)
    return _secret(issued)


@bp.post("/account/keys/<key_id>/revoke")
def revoke(key_id: str) -> ResponseReturnValue:
    """End the key for good."""
    ended = world().lifecycle.revoke(key_id, person(), now())
    flash(f"Key “{ended.name}” is revoked. Everything that used it is refused from now on.")
    return redirect(url_for("account.key", key_id=key_id), 303)


@bp.get("/account/keys/<key_id>/regenerate")
@bp.get("/account/keys/<key_id>/note")
@bp.get("/account/keys/<key_id>/rotate")
@bp.get("/account/keys/<key_id>/scope")
@bp.get("/account/keys/<key_id>/revoke")
def back_to_key(key_id: str) -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the key."""
    return redirect(url_for("account.key", key_id=key_id), 303)


def _make_form(
    problems: dict[str, str] | None = None,
    notice: str = "",
    status: int = 200,
    instead_of: Handover | None = None,
) -> ResponseReturnValue:
    name = instead_of.name if instead_of else request.form.get("name", "")
    return render_template(
        "key_make.html",
        offer=_offer(name, request.form.get("days"), key=instead_of, sent="days"),
        form=_one_use(),
        problems=problems or {},
        notice=notice,
    ), status


@security.shown_again_for("account.make")
def _make_form_again(notice: str, status: int) -> ResponseReturnValue:
    return _make_form(notice=notice, status=status)


def show_key(
    key_id: str, problems: dict[str, str] | None = None, notice: str = "", status: int = 200
) -> ResponseReturnValue:
    """The page of a key, with what was typed into its forms and what is wrong with it."""
    instant = now()
    found = world().lifecycle.key(key_id, person())
    days = min(whole_days(found.lifetime), world().lifecycle.max_days(found.actions))
    return render_template(
        "key.html",
        key=found,
        owner=world().people.get(found.owner),
        uses=world().using.of(found.id),
        noted=request.form.get("note", found.note),
        contact=request.form.get("contact", found.contact),
        successor=world().lifecycle.successor(found),
        predecessor=world().lifecycle.predecessor(found),
        standing=world().reminding.standing(found, instant),
        leak=world().leak_mail.of(found),
        warn=world().lifecycle.warn,
        overlap=world().lifecycle.usual_overlap // timedelta(hours=1),
        ruled_out=policy.not_allowed(found.actions, world().governing.policy()),
        offer=_offer(
            days=request.form.get("days", str(days)),
            key=found,
            most=world().lifecycle.max_days(found.actions),
            sent="packages",
        ),
        form=_one_use(),
        problems=problems or {},
        notice=notice,
    ), status


@security.shown_again_for("account.regenerate")
def _key_page_again(notice: str, status: int) -> ResponseReturnValue:
    return show_key((request.view_args or {})["key_id"], notice=notice, status=status)


def _secret(issued: Issued) -> ResponseReturnValue:
    """The one page that shows a secret: the answer to the form that made it, kept nowhere."""
    feed = f"{public_base()}/v3/index.json"
    # New clients take plain http only from a named source, so such a feed is named throughout.
    named = feed.startswith("http:")
    return render_template(
        "secret.html",
        key=issued.key,
        secret=issued.secret,
        feed=feed,
        named=named,
        config=render_template("nuget.config.xml", feed=feed, named=named, secret=issued.secret),
        standing=world().reminding.standing(issued.key, now()),
        predecessor=world().lifecycle.predecessor(issued.key),
    )


def _form_used(used: FormUsed) -> ResponseReturnValue:
    return render_template("form_used.html", key_id=used.key_id, name=used.name), 409


def _offer(
    name: str = "",
    days: str | None = None,
    key: ApiKey | Handover | None = None,
    most: int | None = None,
    sent: str = "",
) -> dict[str, Any]:
    """What the forms of a key are filled in with, and when a key made so would end.

    What was typed, where the field `sent` shows that a form was; else what `key`
    may do, or what a new one usually does.
    """
    ruled = world().governing.policy()
    most = most or ruled.max_days(ruled.usual_actions)
    actions = key.actions if key else ruled.usual_actions
    kept = key.actions if isinstance(key, ApiKey) else ()
    packages = " ".join(key.packages if key else scopes.EVERY_PACKAGE)
    if sent in request.form:
        actions = tuple(request.form.getlist("actions"))
        packages = request.form.get("packages", "")
    chosen = str(min(ruled.key_days, most)) if days is None else days
    fits = chosen.isascii() and chosen.isdigit() and len(chosen) <= 6 and 1 <= int(chosen) <= most
    ends = now() + timedelta(days=int(chosen)) if fits else None
    return {
        "name": name,
        "days": chosen,
        "most": most,
        "reading": ruled.read_key_max_days if scopes.READ in ruled.key_actions else 0,
        "ends": ends,
        "actions": actions,
        "packages": packages,
        "every_action": [
            (action, words)
            for action, words in scopes.SAID.items()
            if action in ruled.key_actions or action in kept
        ],
        "allowed": ruled.key_actions,
    }


def _globs(typed: str) -> list[str]:
    """The package globs of a line with spaces or commas between them."""
    return typed.replace(",", " ").split()


def _stopped_at(key: ApiKey) -> datetime:
    return key.revoked_at or key.stops_at


def _one_use() -> str:
    """The number of a form that makes a secret; sent twice, it makes one."""
    return secrets.token_urlsafe(16)
