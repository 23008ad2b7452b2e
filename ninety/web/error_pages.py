"""The page that says why something did not work: what is so, and what to do next."""

import logging
import secrets

from flask import Flask, Response, current_app, g, has_request_context, render_template, request

# For each status what it is called, and what whoever reads it can do, where the reason
# itself does not say so.
WORDS: dict[int, tuple[str, str]] = {
    400: ("This cannot be taken", "Go back, look at it again, and send it once more."),
    401: ("Not known here", "Sign in, and open this page again."),
    403: ("Not allowed", "Whoever owns it may, and so may an admin of this feed."),
    404: ("Nothing here", "It may have been removed, or the address was cut on its way to you."),
    405: ("Not this way", "Open the page by a link of this feed, and send its form again."),
    408: ("Too slow", "Nothing was kept. Send it again over a steadier line."),
    409: ("Not as things stand", "Open the page again to see how things stand now."),
    410: ("Gone", "Ask an admin of this feed for another link."),
    413: ("Too large", "Send less at once. Packages go by a NuGet client or the upload page."),
    414: ("Too long", "Open the page by a link of this feed."),
    415: ("Of another kind", "Send it by the form of this feed."),
    421: ("Unknown address", "Open the feed by the address that its admin gave you."),
    422: ("This cannot be taken", "Go back, look at it again, and send it once more."),
    429: ("Too often", ""),
    500: (
        "Something went wrong",
        "Try again. If it stays so, give an admin the number.",
    ),
    503: ("Not now", ""),
    507: ("The disk is full", ""),
}
OTHERWISE = ("This did not work", "Go back and try again.")


def page(status: int, sentence: str) -> Response:
    """A page for people that says what is wrong by `sentence`."""
    return _answer(status, render_template("error.html", **_facts(status, sentence)))


def broken() -> Response:
    """The page for what nobody foresaw, with the number under which the log tells of it.

    It asks nothing of what the feed keeps, since that may be what is broken: so it
    does not know who is signed in.
    """
    template = current_app.jinja_env.get_template("error.html")
    sentence = "The feed made a mistake, and what you asked for was not finished"
    facts = _facts(500, sentence)
    return _answer(500, template.render(**facts, incident=incident()))


def incident() -> str:
    """The number by which a person and the log mean the same thing that went wrong here."""
    if "incident" not in g:
        g.incident = secrets.token_hex(4)
    number: str = g.incident
    return number


def init_app(app: Flask) -> None:
    """Put the incident's number on what the application logs of an unforeseen exception."""
    app.logger.addFilter(_numbered)


def _numbered(record: logging.LogRecord) -> bool:
    if record.exc_info and has_request_context():
        record.msg = f"Incident {incident()}: {record.msg}"
    return True


def _facts(status: int, sentence: str) -> dict[str, object]:
    title, what_next = WORDS.get(status, OTHERWISE)
    return {
        "status": status,
        "title": title,
        "sentence": sentence if sentence.endswith(".") else f"{sentence}.",
        "what_next": what_next,
        "again": _again(),
    }


def _again() -> str:
    """Where a link leads that tries once more; nowhere after a form, which no link sends."""
    if request.method not in ("GET", "HEAD"):
        return ""
    return request.script_root + request.full_path.rstrip("?")


def _answer(status: int, body: str) -> Response:
    return current_app.make_response((body, status))
