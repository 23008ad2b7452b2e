"""Who is signed in: the session in the cookie, and the moment it stops being one."""

from datetime import timedelta

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from ninety.rules.people import Person
from ninety.web.address import public_base
from ninety.web.context import world

COOKIE = "ninety_session"
# Counted from the last visit, not from signing in.
LIFETIME = timedelta(days=30)


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """A person as Flask-Login wants one.

    Its id carries how often the person's sessions were ended, so that ending
    them all is one change to the person and holds in every process at once.
    """

    def __init__(self, person: Person) -> None:
        self.person = person

    def get_id(self) -> str:
        return f"{self.person.id}.{self.person.sign_ins}"


class Cookie(SecureCookieSessionInterface):
    """Flask's signed cookie, for this feed alone: not for what else is on its host, and kept
    off plain http where the feed's address is https.
    """

    def get_cookie_path(self, app: Flask) -> str:
        return request.script_root or "/"

    def get_cookie_secure(self, app: Flask) -> bool:
        return over_https()


def over_https() -> bool:
    """Whether people reach this feed by https, be it by way of a proxy in front."""
    return request.is_secure or public_base().startswith("https:")


def load(session_id: str) -> SignedIn | None:
    """Whose session this is; None once it was ended or its person disabled or removed."""
    person_id, _, sign_ins = session_id.partition(".")
    person = world().people.get(person_id)
    if person is None or person.disabled_at is not None or sign_ins != str(person.sign_ins):
        return None
    return SignedIn(person)


def visitor() -> Person | None:
    """The person who is signed in, or None."""
    return current_user.person if current_user.is_authenticated else None


def person() -> Person:
    """The person who is signed in, on pages that nobody else gets to."""
    found: Person = current_user.person
    return found


def begin(somebody: Person) -> None:
    """Sign `somebody` in. Nothing of the session before is kept, so none can be planted."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(somebody))


def end() -> None:
    """Sign out whoever is signed in."""
    logout_user()
    session.clear()


def init_app(app: Flask) -> None:
    """Set up Flask-Login and the session cookie."""
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=LIFETIME,
    )
    app.session_interface = Cookie()
    manager = LoginManager()
    manager.user_loader(load)
    manager.init_app(app)
