"""What a program may ask about the key it holds, and do with it: look, rotate, give it back.

The key travels in `X-NuGet-ApiKey` or as a bearer token (RFC 6750), never in an
address. Answers are JSON, refusals are problems (RFC 9457), and nothing here
reads a cookie.
"""

import json
from typing import Any

from flask import Blueprint, Response, request

from ninety.rules import instants
from ninety.rules.errors import FieldRefused, KeyRetired
from ninety.rules.keys import ApiKey
from ninety.web import holders, json_requests, warnings
from ninety.web.context import now, world
from ninety.work.access import Holder

bp = Blueprint("key_api", __name__, url_prefix="/api/v1/keys")

KEY_HEADER = "X-NuGet-ApiKey"
BEARER = "bearer "


@bp.get("/self")
def look() -> Response:
    """What the key is, what it may do, and how long it lives."""
    holder = _holder()
    key = holder.key
    successor = world().lifecycle.successor(key)
    allowed = world().governing.policy().key_actions
    return _answer(
        holder,
        {
            "id": key.id,
            "name": key.name,
            "owner": holder.person.email,
            "actions": [one for one in key.actions if one in allowed],
            "packages": list(key.packages),
            "made_at": instants.text(key.made_at),
            "issued_at": instants.text(key.issued_at),
            "expires_at": instants.text(key.expires_at),
            "stops_at": instants.text(key.stops_at),
            "seconds_left": int((key.stops_at - now()).total_seconds()),
            "state": "retiring" if key.retires_at else "alive",
            "successor": successor and _successor(successor),
        },
    )


@bp.post("/self/rotate")
def rotate() -> Response:
    """A new secret, shown in this answer only; the old one goes on for a while.

    Takes JSON, or nothing: `lifetime_days` and `overlap_hours`, both whole numbers.
    """
    try:
        holder = _holder()
    except KeyRetired as refusal:
        world().lifecycle.refuse_if_succeeded(refusal.key_id, now())
        raise
    wanted = json_requests.wanted("lifetime_days", "overlap_hours")
    issued = world().lifecycle.rotate(
        holder.key.id,
        holder.person,
        now(),
        days=wanted.get("lifetime_days"),
        overlap_hours=wanted.get("overlap_hours"),
    )
    old = world().lifecycle.find(holder.key.id)
    answer = {
        "key": issued.secret,
        "id": issued.key.id,
        "expires_at": instants.text(issued.key.expires_at),
        "old": {"id": old.id, "stops_at": instants.text(old.stops_at)},
    }
    return _answer(Holder(issued.key, holder.person), answer, 201)


@bp.delete("/self")
def give_back() -> Response:
    """End the key for good."""
    holder = _holder()
    world().lifecycle.revoke(holder.key.id, holder.person, now())
    return Response(status=204)


def _holder() -> Holder:
    return holders.authenticate(_secret())


def _secret() -> str | None:
    """The key of this request. Raises FieldRefused where two different ones were sent."""
    in_header = request.headers.get(KEY_HEADER, "").strip()
    authorization = request.headers.get("Authorization", "")
    is_bearer = authorization.lower().startswith(BEARER)
    as_token = authorization[len(BEARER) :].strip() if is_bearer else ""
    if in_header and as_token and in_header != as_token:
        raise FieldRefused("key", f"Two different keys were sent, in {KEY_HEADER} and as a token")
    return in_header or as_token or None


def _successor(key: ApiKey) -> dict[str, Any]:
    return {"id": key.id, "used": key.first_used_at is not None}


def _answer(holder: Holder, content: dict[str, Any], status: int = 200) -> Response:
    response = Response(json.dumps(content) + "\n", status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    warnings.warn(response, holder, now())
    return response
