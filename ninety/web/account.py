"""The pages of a person's own keys: when each ends, and everything about one."""

from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ninety.rules import confirming, policy
from ninety.rules.keys import ApiKey
from ninety.web import key_forms, timeline
from ninety.web.context import now, world
from ninety.web.filters import whole_days
from ninety.web.session import person

bp = Blueprint("account", __name__)

# Of so many keys all is said; of those that end later, or ended before, only when.
IN_FULL = 15


@bp.get("/account")
def keys() -> ResponseReturnValue:
    """Every key of the person: the living by what ends first, the ended in a closed section."""
    instant = now()
    mine = world().lifecycle.keys_of(person())
    living = [key for key in mine if key.alive(instant)]
    ended = sorted((key for key in mine if not key.alive(instant)), key=_stopped_at, reverse=True)
    standings = {key.id: world().reminding.standing(key, instant) for key in living}
    warn = world().lifecycle.warn
    return render_template(
        "account.html",
        living=living[:IN_FULL],
        brief=living[IN_FULL:],
        reported=world().leaks.of(person(), instant),
        ended=ended[:IN_FULL],
        ended_brief=ended[IN_FULL:],
        standings=standings,
        last_uses={key.id: next(iter(world().using.of(key.id)), None) for key in mine},
        timeline=timeline.ahead(living, standings, warn, instant, person().timezone),
        taken_over=world().leaving.taken_over(person()),
        warn=warn,
        offer=key_forms.offer(),
        form=key_forms.one_use(),
    )


@bp.get("/account/keys/<key_id>")
def key(key_id: str) -> ResponseReturnValue:
    """Everything about one key, for its owner and for admins."""
    return show_key(key_id)


def show_key(
    key_id: str, problems: dict[str, str] | None = None, notice: str = "", status: int = 200
) -> ResponseReturnValue:
    """The page of a key, with what was typed into its forms and what is wrong with it."""
    instant = now()
    found = world().lifecycle.key(key_id, person())
    uses = world().using.of(found.id)
    standing = world().reminding.standing(found, instant)
    warn = world().lifecycle.warn
    days = min(whole_days(found.lifetime), world().lifecycle.max_days(found.actions))
    return render_template(
        "key.html",
        key=found,
        owner=world().people.get(found.owner),
        uses=uses,
        breaking=confirming.used_lately(found, uses, instant),
        typed=request.form,
        life=None
        if found.endless
        else timeline.whole_life(found, standing, uses, warn, instant, person().timezone),
        noted=request.form.get("note", found.note),
        contact=request.form.get("contact", found.contact),
        successor=world().lifecycle.successor(found),
        predecessor=world().lifecycle.predecessor(found),
        standing=standing,
        leak=world().leak_mail.of(found),
        warn=warn,
        overlap=world().lifecycle.usual_overlap // timedelta(hours=1),
        ruled_out=policy.not_allowed(found.actions, world().governing.policy()),
        offer=key_forms.offer(
            days=request.form.get("days", str(days)),
            key=found,
            most=world().lifecycle.max_days(found.actions),
            sent="packages",
        ),
        form=key_forms.one_use(),
        problems=problems or {},
        notice=notice,
    ), status


def _stopped_at(key: ApiKey) -> datetime:
    return key.revoked_at or key.stops_at
