"""Whoever holds the key of a request: known for the rest of it, and told when the key ends."""

from flask import Flask, Response, g, request

from ninety.rules import instants, uses
from ninety.rules.uses import Use
from ninety.web.context import now, world
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
    response.headers[EXPIRES] = instants.text(holder.key.stops_at)
    named = (request.view_args or {}).get("package_id", "")
    use = Use(
        now(),
        request.remote_addr or "",
        uses.client_name(request.headers.get("User-Agent", "")),
        g.get("used_for", named),
    )
    world().using.note(holder, use)
    return response
