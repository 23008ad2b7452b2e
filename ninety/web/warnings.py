"""The `X-NuGet-Warning` header, which NuGet clients print while they push or delete."""

from datetime import datetime

from flask import Response

from ninety.rules import expiry, wording
from ninety.web.address import key_page
from ninety.web.context import world
from ninety.work.access import Holder

HEADER = "X-NuGet-Warning"


def warn(response: Response, holder: Holder, now: datetime) -> None:
    """Tell the holder of a key, in the answer, that its end is near."""
    key = holder.key
    if key.retires_at is not None:
        name = wording.header_name(key.name, key.prefix or key.id)
        add(response, wording.retiring(name, key.retires_at, key_page(key.id)))
    elif expiry.in_window(key, now, world().lifecycle.warn):
        name = wording.header_name(key.name, key.prefix or key.id)
        add(response, wording.ends_soon(name, key.expires_at, now, key_page(key.id)))


def add(response: Response, sentence: str) -> None:
    """One more line for the client to print; several headers are several lines."""
    response.headers.add(HEADER, wording.header_text(sentence))
