"""Who may read packages, as a NuGet client or a debugger that asks for it shows."""

from flask import request

from ninety.web import holders
from ninety.web.context import now, world

READ = "read"


def require_reader() -> None:
    """Let in who may read: on a private feed the holder of a living key, sent as password.

    The user name of the Basic credentials does not matter.
    """
    if not world().settings.private:
        return
    credentials = request.authorization
    secret = credentials.password if credentials and credentials.type == "basic" else None
    holder = holders.authenticate(secret)
    world().access.allow(holder, READ, "", None, now())
