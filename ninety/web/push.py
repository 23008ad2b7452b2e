"""What NuGet clients write: push, unlist and relist, judged by the key in a header alone.

No answer here is ever a redirect, which would make a client send its package
twice, and none asks for Basic credentials, for the same reason.
"""

from collections.abc import Iterator
from functools import partial

from flask import Blueprint, Response, request

from ninety.rules.records import VersionRecord
from ninety.web import holders, warnings
from ninety.web.address import public_base
from ninety.web.context import now, world
from ninety.work.access import Holder

bp = Blueprint("push", __name__, url_prefix="/api/v2/package")

KEY_HEADER = "X-NuGet-ApiKey"

PIECE = 64 * 1024
"""Bytes of a body at once. From 128 KiB on the C library asks the system for the memory of each
piece, page by page."""


@bp.route("", methods=["PUT", "POST"], strict_slashes=False)
def push() -> Response:
    """Take one .nupkg: the first multipart item, or the raw body (NuGet V3 "Package Publish").

    The key is judged before the body is looked at; `bodies.py` sees to it that
    the body is read to its end whatever the answer is.
    """
    holder = pusher()
    record = world().publishing.receive(holder, uploaded(), request.content_type or "", now())
    return warned(pushed(record), holder)


@bp.delete("/<package_id>/<version>", strict_slashes=False)
def unlist(package_id: str, version: str) -> Response:
    """Hide a version from searches; nothing is deleted (NuGet V3 "Package Publish")."""
    holder = pusher()
    world().stewardship.unlist(holder, package_id, version, now())
    return warned(Response(status=204), holder)


@bp.post("/<package_id>/<version>", strict_slashes=False)
def relist(package_id: str, version: str) -> Response:
    """Show an unlisted version in searches again."""
    holder = pusher()
    world().stewardship.relist(holder, package_id, version, now())
    return warned(Response(status=200), holder)


def pusher() -> Holder:
    """Who holds the key in the header. Raises what `Access.authenticate` does."""
    return holders.authenticate(request.headers.get(KEY_HEADER))


def uploaded() -> Iterator[bytes]:
    """The body of the request, as it arrives."""
    # Not request.stream: Werkzeug takes a body in chunks, as NuGet sends it, for empty.
    return iter(partial(request.environ["wsgi.input"].read, PIECE), b"")


def pushed(record: VersionRecord) -> Response:
    """201, and the page of the version that something was pushed for."""
    holders.used_for(f"{record.id} {record.version}")
    page = f"{public_base()}/packages/{record.id}/{record.version}"
    return Response(status=201, headers={"Location": page})


def warned(response: Response, holder: Holder) -> Response:
    """The answer with what the holder of the key should know of its end."""
    warnings.warn(response, holder, now())
    return response
