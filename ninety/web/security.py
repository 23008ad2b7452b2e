"""What every answer carries against misuse: policy headers, no-store, and forms that are ours."""

from collections.abc import Callable

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_wtf.csrf import CSRFError, CSRFProtect, validate_csrf

from ninety.rules.errors import Refusal
from ninety.web import session
from ninety.web.refusals import refused

# Everything comes from this feed and nothing is written into a page: no exceptions.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# Pages whose own address is a secret tell nobody where their visitors came from.
TOKEN_PAGES = frozenset(
    {
        "sign_in.welcome",
        "sign_in.setup",
        "password_reset.form",
        "password_reset.use",
        "joining.form",
        "joining.join",
        "calendar.keys",
        "news.newest",
        "unsubscribing.ask",
        "unsubscribing.switch_off",
    }
)
# What mail programs send for a person without cookies (RFC 8058): the token in its address
# is what allows it, and a page elsewhere that would forge it does not know the token.
SENT_BY_LINK = frozenset({"unsubscribing.switch_off"})
# Whose form is read as it streams past, and checked there by `check_proof`.
STREAMED = frozenset({"upload.receive"})
KEYED = "/api/"
LARGEST_FORM = 64 * 1024
HALF_A_YEAR = 182 * 24 * 60 * 60

STALE = "This form came from a session that is over. Look at it again and send it once more"

ShowAgain = Callable[[str, int], ResponseReturnValue]
"""Shows a form once more, given a notice and the status of the answer."""

csrf = CSRFProtect()
_shown_again: dict[str, ShowAgain] = {}


def shown_again_for(endpoint: str) -> Callable[[ShowAgain], ShowAgain]:
    """Mark what shows the form of `endpoint` again, with what was typed and a notice.

    It is shown where the form's proof of origin is stale, in place of an error
    page that would lose everything.
    """

    def remember(show: ShowAgain) -> ShowAgain:
        _shown_again[endpoint] = show
        return show

    return remember


def check_form() -> None:
    """Refuse a form that is not ours, or too large to be one.

    `/api/` takes keys and ignores cookies, so nothing there can be forged, and
    what is sent there must not be read as a form.
    """
    if not request.path.startswith(KEYED):
        request.max_content_length = LARGEST_FORM
        if request.endpoint not in SENT_BY_LINK | STREAMED:
            csrf.protect()


def check_proof(proof: str) -> None:
    """Refuse a form whose proof of origin, as it stood in it, is not ours. Raises CSRFError."""
    try:
        validate_csrf(proof)
    except ValueError as error:  # of which that of WTForms is one
        raise CSRFError(str(error)) from None


def stale_form(error: CSRFError) -> ResponseReturnValue:
    """Nothing was changed; the same form again where it can be shown, else a page that says so."""
    again = _shown_again.get(request.endpoint or "")
    if again is not None:
        try:
            return again(STALE, 400)
        except Refusal as refusal:  # nothing answers what an error handler raises
            return refused(refusal)
    return render_template("error.html", status=400, sentence=f"{STALE}."), 400


def harden(response: Response) -> Response:
    """Put the policy headers on `response`."""
    headers = response.headers
    headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    token_page = request.endpoint in TOKEN_PAGES
    headers["Referrer-Policy"] = "no-referrer" if token_page else "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if session.over_https():
        headers["Strict-Transport-Security"] = f"max-age={HALF_A_YEAR}"
    if response.mimetype == "text/html":
        headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    """Put a token into every form, and harden every answer.

    A form token lives as long as its session; the Referer is not asked for,
    since some pages send none. Forms are checked at the door (`doors.py`).
    """
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False, WTF_CSRF_CHECK_DEFAULT=False
    )
    csrf.init_app(app)
    app.after_request(harden)
    app.register_error_handler(CSRFError, stale_form)
