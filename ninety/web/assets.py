"""Static files: asked for by their version they are kept for ever, and text goes compressed."""

import gzip
from functools import lru_cache

from flask import Flask, Response, request

from ninety.web.answers import A_YEAR, takes_gzip

TEXT = frozenset({"text/css", "text/javascript", "image/svg+xml"})


def init_app(app: Flask) -> None:
    """Look after every static file that `app` answers with."""
    app.after_request(look_after)


def look_after(response: Response) -> Response:
    """Compress a static text for whoever takes it, and say how long it may be kept.

    One asked for without its version is looked at again. What is compressed holds
    no secret and nothing that anybody typed, so its size gives nothing away.
    """
    if request.endpoint != "static" or response.status_code != 200:
        return response
    if request.args.get("v"):
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    if response.mimetype in TEXT:
        response.vary.add("Accept-Encoding")
        if request.method == "GET" and takes_gzip(request.headers.get("Accept-Encoding", "")):
            _compress(response)
    return response


def _compress(response: Response) -> None:
    response.direct_passthrough = False
    response.set_data(_compressed(response.get_data()))
    response.headers["Content-Encoding"] = "gzip"
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(f"{tag}-gzip")


@lru_cache(maxsize=64)
def _compressed(content: bytes) -> bytes:
    # A fixed time in the gzip header, so that equal files are equal bytes.
    return gzip.compress(content, compresslevel=9, mtime=0)
