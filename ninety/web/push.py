"""What NuGet clients write: push, unlist and relist, judged by the key in a header alone.

No answer here is ever a redirect, which would make a client send its package
twice, and none asks for Basic credentials, for the same reason.
"""

from functools import partial

from flask import Blueprint, Response, request

from ninety.web import warnings
from ninety.web.address import public_base
from ninety.web.context import now, world
from ninety.work.access import Holder

bp = Blueprint("push", __name__, url_prefix="/api/v2/package")

KEY_HEADER = "X-NuGet-ApiKey"
PIECE = 256 * 1024


@bp.route("", methods=["PUT", "POST"], strict_slashes=False)
def push() -> Response:
    """Take one .nupkg: the first multipart item, or the raw body (NuGet V3 "Package Publish").

    The key is judged before the body is looked at; `bodies.py` sees to it that
    the body is read to its end whatever the answer is.
    """
    holder = _holder()
    # Not request.stream: Werkzeug takes a body in chunks, as NuGet sends it, for empty.
    body = iter(partial(request.environ["wsgi.input"].read, PIECE), b"")
    record = world().publishing.receive(holder, body, request.content_type or "", now())
    page = f"{public_base()}/packages/{record.id}/{record.version}"
    return _warned(Response(status=201, headers={"Location": page}), holder)


@bp.delete("/<package_id>/<version>", strict_slashes=False)
def unlist(package_id: str, version: str) -> Response:
    """Hide a version from searches; nothing is deleted (NuGet V3 "Package Publish")."""
    holder = _holder()
    world().stewardship.unlist(holder, package_id, version)
    return _warned(Response(status=204), holder)


@bp.post("/<package_id>/<version>", strict_slashes=False)
def relist(package_id: str, version: str) -> Response:
    """Show an unlisted version in searches again."""
    holder = _holder()
    world().stewardship.relist(holder, package_id, version)
    return _warned(Response(status=200), holder)


def _holder() -> Holder:
    return world().access.authenticate(request.headers.get(KEY_HEADER), now())


def _warned(response: Response, holder: Holder) -> Response:
    warnings.warn(response, holder, now())
    return response
