"""How documents and package files are answered: validators, compression, and who may keep them."""

import gzip
import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Response, request, send_file
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from ninety.rules import manifest
from ninety.rules.errors import NotFound
from ninety.web import basis
from ninety.web.context import world
from ninety.web.file_pieces import FilePieces

A_YEAR = 365 * 24 * 60 * 60

# Below this many bytes compression only costs time.
WORTH_COMPRESSING = 1024


def document(content: dict[str, Any]) -> Response:
    """A JSON document with an entity tag, or 304 to a client that has it already.

    It is compressed for whoever takes gzip; NuGet clients all do, and of the
    registrations some expect nothing else.
    """
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    tag = hashlib.sha256(body).hexdigest()[:32]
    response = Response(mimetype="application/json")
    if len(body) >= WORTH_COMPRESSING and takes_gzip(request.headers.get("Accept-Encoding", "")):
        # A fixed time in the gzip header, so that equal documents are equal bytes.
        body = gzip.compress(body, compresslevel=6, mtime=0)
        tag = f"{tag}-gzip"
        response.headers["Content-Encoding"] = "gzip"
    response.set_data(body)
    response.set_etag(tag)
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = f"{_audience(response)}, max-age=0, must-revalidate"
    response.make_conditional(request)
    return _undated(response)


@lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Whether a client that sent this Accept-Encoding takes gzip (RFC 9110 section 12.5.3)."""
    return bool(parse_accept_header(accepted, Accept).quality("gzip") > 0)


def file(path: Path, mimetype: str, name: str | None = None) -> Response:
    """A file of a version, whose bytes never change. Raises NotFound where there is none.

    `name` is what it is saved as, where that is not its name on the disk.
    """
    basis.on_file(path)
    request.environ["wsgi.file_wrapper"] = FilePieces
    try:
        response = send_file(path, mimetype=mimetype, download_name=name, conditional=True)
    except FileNotFoundError:
        raise NotFound("package file") from None
    response.headers["Cache-Control"] = f"{_audience(response)}, max-age={A_YEAR}, immutable"
    return _undated(response)


def icon(path: Path) -> Response:
    """An icon, as the kind of image it is rather than the one its name says."""
    try:
        with path.open("rb") as image:
            kind = manifest.image_type(image.read(16))
    except FileNotFoundError:
        raise NotFound("package file") from None
    return file(path, kind or "application/octet-stream")


def _undated(response: Response) -> Response:
    """`response` without the date Werkzeug gave it; the server dates each answer as it goes out."""
    response.headers.remove("Date")
    return response


def _audience(response: Response) -> str:
    """`public`, or `private` on a feed where an answer depends on who asks."""
    if not world().settings.private:
        return "public"
    response.vary.add("Authorization")
    return "private"
