"""Which answers count as a download of a package."""

from flask import Response, request

from ninety.rules.versions import Version
from ninety.web.context import world


def counted(response: Response, key: str, version: Version) -> Response:
    """`response`, counted as a download if it is the bytes of a version, or their beginning."""
    part = response.content_range.start if response.status_code == 206 else 0
    if request.method == "GET" and response.status_code in (200, 206) and part == 0:
        world().counting.count(key, version.key)
    return response
