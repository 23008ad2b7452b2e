"""Who may read packages, as a NuGet client or a debugger that asks for it shows."""

import base64
from datetime import datetime

from flask import request

from ninety.rules.scopes import READ
from ninety.web import basis, holders
from ninety.web.context import now, world
from ninety.work.access import Access, Holder

# What is asked of `Access`: reading is all or nothing.
READING = (READ, "", None)


def require_reader() -> None:
    """Let in who may read: on a private feed the holder of a living key, sent as password.

    The user name of the Basic credentials does not matter.
    """
    if not world().settings.private:
        return
    holder = holders.authenticate(secret_in(request.headers.get("Authorization", "")))
    world().access.allow(holder, *READING, now())
    basis.for_readers(holders.named_package())


def secret_in(authorization: str) -> str | None:
    """The password of Basic credentials (RFC 7617); None where there are none."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credentials).decode().partition(":")[2]
    except ValueError:
        return None


def reader(access: Access, authorization: str, now: datetime) -> Holder:
    """Who may read with these credentials, as `require_reader` would say, but nothing is noted.

    Raises what `Access.recognise` and `Access.check` do.
    """
    holder = access.recognise(secret_in(authorization), now)
    access.check(holder, *READING)
    return holder
