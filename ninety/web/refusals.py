"""The one table that turns refusals into answers: for NuGet clients, and for people."""

import json
import logging

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from ninety.rules import errors, wording
from ninety.rules.errors import GenuineKeyRefused, OutOfScope, Refusal
from ninety.web import error_pages, warnings
from ninety.web.address import key_page

log = logging.getLogger(__name__)

# (status on writes and pages, status on reads, where 401 carries the Basic challenge)
STATUS: dict[type[Refusal], tuple[int, int]] = {
    errors.KeyMissing: (401, 401),
    errors.KeyMistyped: (403, 401),
    errors.KeyUnknown: (403, 401),
    errors.KeyExpired: (403, 401),
    errors.KeyRevoked: (403, 401),
    errors.KeyReported: (403, 401),
    errors.KeyRegenerated: (403, 401),
    errors.KeyRetired: (403, 401),
    errors.KeyWithoutEnd: (403, 401),
    errors.RotatedAlready: (409, 409),
    errors.TooManyKeys: (409, 409),
    errors.OwnerDisabled: (403, 401),
    errors.NotAllowed: (403, 403),
    errors.NotOwner: (403, 403),
    errors.OutOfScope: (403, 403),
    errors.LastOwner: (409, 409),
    errors.LastAdmin: (409, 409),
    errors.BadPackage: (400, 400),
    errors.PackageTooLarge: (413, 413),
    errors.UploadTooSlow: (408, 408),
    errors.UploadIncomplete: (400, 400),
    errors.TooBusy: (503, 503),
    errors.DiskFull: (507, 507),
    errors.VersionExists: (409, 409),
    errors.VersionReserved: (409, 409),
    errors.RecordDamaged: (503, 503),
    errors.NotFound: (404, 404),
    errors.IndexRebuilding: (503, 503),
    errors.HostUnknown: (421, 421),
    errors.FieldRefused: (400, 400),
    errors.FormUsed: (409, 409),
    errors.LinkUsed: (404, 404),
    errors.LinkDead: (404, 404),
    errors.NoMailServer: (409, 409),
    errors.WrongPassword: (401, 401),
    errors.TooManyAttempts: (429, 429),
    errors.TooManyReports: (429, 429),
    errors.TooManyResets: (429, 429),
}

SPEAKS_JSON = "/api/v1/"
MACHINES = ("/api/", "/v3/", "/symbols/")
WRITES = ("PUT", "POST", "DELETE")
RETRY_SECONDS = "5"


def init_app(app: Flask) -> None:
    """Answer every refusal by the table, and every HTTP error in Ninety's own words."""
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, http_error)
    error_pages.init_app(app)


def refused(refusal: Refusal) -> Response:
    """The answer to whoever asked for what is refused."""
    if not for_machines():
        response = error_pages.page(STATUS[type(refusal)][0], str(refusal))
        _say_when(response, refusal)
        return response
    writing = request.method in WRITES
    status = STATUS[type(refusal)][0 if writing else 1]
    response = _told(_sentence(refusal), status)
    if status == 401:
        response.headers["WWW-Authenticate"] = _challenge(writing)
    _say_when(response, refusal)
    if isinstance(refusal, GenuineKeyRefused) or (writing and not _goes_without_saying(refusal)):
        warnings.add(response, _sentence(refusal, for_header=True))
    response.headers["Cache-Control"] = "no-store"
    return response


def _say_when(response: Response, refusal: Refusal) -> None:
    """Tell a program, or a browser, when asking again is worth it."""
    if isinstance(refusal, errors.TooManyAttempts | errors.TooManyReports):
        response.headers["Retry-After"] = str(refusal.retry_seconds)
    elif response.status_code == 503:
        response.headers["Retry-After"] = RETRY_SECONDS


def _told(sentence: str, status: int) -> Response:
    """`sentence` for a program: as a line, or as a problem where it speaks JSON (RFC 9457)."""
    if not request.path.startswith(SPEAKS_JSON):
        return Response(f"{sentence}\n", status, mimetype="text/plain")
    problem = {"title": HTTP_STATUS_CODES[status], "status": status, "detail": sentence}
    return Response(json.dumps(problem) + "\n", status, mimetype="application/problem+json")


def _goes_without_saying(refusal: Refusal) -> bool:
    """Whether the status alone tells a client enough, or all that a stranger may know.

    A push of what is there already is everyday work for builds that skip
    duplicates; that an unlisted version is in the way is news.
    """
    if isinstance(refusal, errors.VersionExists):
        return refusal.listed
    return isinstance(refusal, errors.KeyMissing | errors.NotFound)


def for_machines() -> bool:
    """Whether the one who asks is a NuGet client or a script rather than a browser."""
    return request.path.startswith(MACHINES)


def _sentence(refusal: Refusal, *, for_header: bool = False) -> str:
    if isinstance(refusal, GenuineKeyRefused | OutOfScope):
        name = refusal.name
        if for_header:
            name = wording.header_name(name, refusal.prefix or refusal.key_id)
        return wording.about_key(refusal, name, key_page(refusal.key_id))
    return f"{refusal}."


def _challenge(writing: bool) -> str:
    """What to send next time. Never Basic on a push: the client would send the body twice."""
    if request.path.startswith(SPEAKS_JSON):
        return 'Bearer realm="Ninety"'
    return 'ApiKey realm="Ninety"' if writing else 'Basic realm="Ninety", charset="UTF-8"'


def http_error(error: HTTPException) -> Response:
    """What Flask itself refuses, such as an unknown page or method, in our words."""
    status = error.code or 500
    if status < 400:
        return current_app.make_response(error)
    if status == 500:
        return _unforeseen()
    sentence = SENTENCES.get(status, error.description or error.name)
    response = _told(sentence, status) if for_machines() else error_pages.page(status, sentence)
    if status == 405 and "Allow" in (allowed := error.get_response().headers):
        response.headers["Allow"] = allowed["Allow"]
    return response


def _unforeseen() -> Response:
    """The answer where something went wrong that has no name; the log has the rest."""
    if not for_machines():
        return error_pages.broken()
    return _told(f"The feed made a mistake; its log has it as {error_pages.incident()}", 500)


SENTENCES = {
    403: "You may not do this.",
    404: "There is no such page here.",
    405: "This address does not take such a request.",
    413: "This is larger than the feed takes.",
}
