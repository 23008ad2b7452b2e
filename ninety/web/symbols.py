"""Symbols over HTTP: pushed by NuGet clients, fetched by debuggers."""

from flask import Blueprint, Response, request

from ninety.rules.errors import NotFound
from ninety.web import answers, readers
from ninety.web.context import now, world
from ninety.web.push import pushed, pusher, uploaded, warned

bp = Blueprint("symbols", __name__)


@bp.route("/api/v2/symbolpackage", methods=["PUT", "POST"], strict_slashes=False)
def push() -> Response:
    """Take one .snupkg for a version that is here (NuGet V3 "Push Symbol Packages").

    Sent and judged as a package is, see `push.py`.
    """
    holder = pusher()
    record = world().symbols.receive(holder, uploaded(), request.content_type or "", now())
    return warned(pushed(record), holder)


@bp.get("/symbols/<name>/<signature>/<again>")
def pdb(name: str, signature: str, again: str) -> Response:
    """One PDB, as debuggers ask for it (SSQP, "Portable-Pdb-Signature"), in any case.

    Other files that symbol servers may hold are not here, and pointers to them neither.
    """
    readers.require_reader()
    if again.lower() != name.lower():
        raise NotFound("symbol file")
    path = world().symbols.find(name, signature)
    return answers.file(path, "application/octet-stream", name)
