"""What tells one remembered answer from another: what was asked, where, and in which form."""

from functools import lru_cache
from urllib.parse import unquote_plus
from wsgiref.types import WSGIEnvironment

from ninety.web import answers, prefix, queries
from ninety.web.shelf import Key

BELOW = "/v3/"


def of(environ: WSGIEnvironment) -> Key | None:
    """What an answer is remembered by; None for requests that are out of the ordinary."""
    path = environ["PATH_INFO"]
    if (
        not path.startswith(BELOW)
        or environ["REQUEST_METHOD"] not in ("GET", "HEAD")
        or "HTTP_COOKIE" in environ
        or "HTTP_RANGE" in environ
        or "HTTP_IF_MODIFIED_SINCE" in environ
        or "HTTP_IF_MATCH" in environ
        or not environ.get("HTTP_HOST")
    ):
        return None
    return (
        path,
        _meant(query) if (query := environ.get("QUERY_STRING", "")) else "",
        answers.takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")),
        environ["HTTP_HOST"],
        environ["wsgi.url_scheme"],
        environ["SCRIPT_NAME"],
        environ[prefix.SET_ADDRESS],
    )


@lru_cache(maxsize=1024)
def _meant(query: str) -> str:
    """The parts of a query that any answer may depend on, as they were written."""
    parts = query.split("&")
    return "&".join(part for part in parts if unquote_plus(part.partition("=")[0]) in queries.NAMES)
