"""Who is signed in: the session in the cookie, and the moment it stops being one."""

from flask import Flask, Request, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from ninety.rules import instants
from ninety.rules.people import Person
from ninety.rules.sessions import LIFE, Session
from ninety.rules.two_factor import PASSWORD_COUNTS
from ninety.web.address import public_base
from ninety.web.context import now, world

COOKIE = "ninety_session"
AWAITED = "awaits_code"


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """A person as Flask-Login wants one.

    Its id is the token of the session, which alone stands in the cookie: whether
    there is such a session is looked up at each visit, so that ending it holds in
    every process at once.
    """

    def __init__(self, token: str, session: Session | None, person: Person) -> None:
        self.token, self.session, self.person = token, session, person

    def get_id(self) -> str:
        return self.token


class Cookie(SecureCookieSessionInterface):
    """Flask's signed cookie, for this feed alone: not for what else is on its host, and kept
    off plain http where the feed's address is https.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session in the cookie; an empty one, which costs nothing, where there is no cookie.

        So it is for every request of a NuGet client.
        """
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def get_cookie_path(self, app: Flask) -> str:
        return request.script_root or "/"

    def get_cookie_secure(self, app: Flask) -> bool:
        return over_https()


def over_https() -> bool:
    """Whether people reach this feed by https, be it by way of a proxy in front."""
    return request.is_secure or public_base().startswith("https:")


def load(token: str) -> SignedIn | None:
    """Whose session this is; None once it was ended or its person disabled or removed.

    That they were here is written down now and then. Feed requests have no session.
    """
    opened = world().sessions.opened(token, now())
    if opened is None:
        return None
    session, person = opened
    world().sessions.seen(session, *_where(), now())
    return SignedIn(token, session, person)


def _where() -> tuple[str, str]:
    """The network address and the browser of the visitor."""
    return request.remote_addr or "", request.headers.get("User-Agent", "")


def visitor() -> Person | None:
    """The person who is signed in, or None."""
    return current_user.person if current_user.is_authenticated else None


def person() -> Person:
    """The person who is signed in, on pages that nobody else gets to."""
    found: Person = current_user.person
    return found


def this_one() -> Session:
    """The session of this request, on pages that nobody without one gets to."""
    found: Session = current_user.session
    return found


def begin(somebody: Person) -> None:
    """Sign `somebody` in. Nothing of the session before is kept, so none can be planted.

    Raises DiskFull, OSError.
    """
    token = world().sessions.begin(somebody, *_where(), now())
    session.clear()
    session.permanent = True
    login_user(SignedIn(token, None, somebody))


def await_code(somebody: Person) -> None:
    """Remember for a while that `somebody` gave their password and has yet to give their code.

    The note is signed, and ends with the sessions they have: a new password ends it too.
    """
    session.clear()
    until = instants.text(now() + PASSWORD_COUNTS)
    session[AWAITED] = [somebody.id, somebody.sign_ins, until]


def awaited() -> Person | None:
    """Who gave their password here a while ago and has yet to give their code, or None."""
    if AWAITED not in session:
        return None
    person_id, sign_ins, until = session[AWAITED]
    somebody = world().people.get(person_id)
    if somebody is None or somebody.disabled_at is not None or somebody.sign_ins != sign_ins:
        return None
    return somebody if now() < instants.parse(until) else None


def end() -> None:
    """Sign out here: this browser forgets its session."""
    logout_user()
    session.clear()


def init_app(app: Flask) -> None:
    """Set up Flask-Login and the session cookie."""
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=LIFE,
    )
    app.session_interface = Cookie()
    manager = LoginManager()
    manager.user_loader(load)
    manager.init_app(app)
