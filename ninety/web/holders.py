"""Whoever holds the key of a request: known for the rest of it, and told when the key ends."""

from datetime import datetime
from functools import lru_cache

from flask import Flask, Response, g, request

from ninety.rules import instants, uses
from ninety.rules.uses import Use
from ninety.web.context import now, world
from ninety.wiring import Ninety
from ninety.work.access import Holder

EXPIRES = "X-API-Key-Expires"


def init_app(app: Flask) -> None:
    """Look after every answer to the holder of a living key."""
    app.after_request(_look_after)


def authenticate(secret: str | None) -> Holder:
    """Who holds `secret`, noted for the answer. Raises what `Access.authenticate` does."""
    g.holder = holder = world().access.authenticate(secret, now())
    return holder


def used_for(package: str) -> None:
    """Name the package that this request is about, where its address does not."""
    g.used_for = package


def _look_after(response: Response) -> Response:
    """Say when the key stops, and note where it was used."""
    holder: Holder | None = g.get("holder")
    if holder is None:
        return response
    name, value = stops(holder)
    response.headers[name] = value
    note_use(
        world(),
        holder,
        now(),
        request.remote_addr or "",
        request.headers.get("User-Agent", ""),
        g.get("used_for", named_package()),
    )
    return response


def named_package() -> str:
    """The id in the address of this request, as it was written; empty where there is none."""
    return str((request.view_args or {}).get("package_id", ""))


def stops(holder: Holder) -> tuple[str, str]:
    """The header that says when the holder's secret stops."""
    return EXPIRES, _text(holder.key.stops_at)


def note_use(
    ninety: Ninety, holder: Holder, at: datetime, address: str, user_agent: str, package: str
) -> None:
    """Note where a key was used: from which network address, by which program, for what."""
    use = Use(at, address, uses.client_name(user_agent), package)
    ninety.using.note(holder, use)


_text = lru_cache(maxsize=256)(instants.text)
