"""Somebody with a browser that runs no script: opens pages and sends the forms on them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask import Flask
from werkzeug.test import TestResponse


@dataclass
class Form:
    """A form of a page: where it goes, and what its fields hold already.

    The values of ticked boxes are a list, which is missing where none is ticked.
    """

    action: str
    method: str
    fields: dict[str, str | list[str]] = field(default_factory=dict)


class Visitor:
    """One browser with its cookies. `page` is the answer it shows now."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.page: TestResponse
        self._credentials = ("", "")

    def open(self, path: str) -> TestResponse:
        """Follow a link to `path`, and redirects from there."""
        self.page = self.client.get(path, follow_redirects=True)
        return self.page

    def form(self, action: str) -> Form:
        """The form of the page that goes to `action`; AssertionError where there is none."""
        found = [one for one in forms(self.page.text) if one.action == action]
        assert len(found) == 1, f"{len(found)} forms to {action} on the page"
        return found[0]

    def send(self, action: str, **typed: str | list[str]) -> TestResponse:
        """Fill in the form that goes to `action`, send it, and follow redirects."""
        form = self.form(action)
        return self.post(action, {**form.fields, **typed})

    def post(self, action: str, fields: dict[str, str | list[str]]) -> TestResponse:
        """Send `fields` to `action` as a form, as a reload of the answer does."""
        self.page = self.client.post(action, data=fields, follow_redirects=True)
        return self.page

    def sign_in(self, email: str, password: str) -> TestResponse:
        """Sign in from the sign-in page."""
        self._credentials = email, password
        self.open("/sign-in")
        return self.send("/sign-in", email=email, password=password)

    def sign_in_again(self) -> TestResponse:
        """Sign in as before, whether the session ended by itself or goes on."""
        self.client.delete_cookie("ninety_session")
        return self.sign_in(*self._credentials)

    def new_key(self, name: str, days: str = "90") -> str:
        """Make a key and return its id, from the page that shows the secret."""
        self.open("/account/keys/make")
        self.send("/account/keys/make", name=name, days=days)
        assert self.page.status_code == 200, self.page.text
        return secret_on(self.page.text).split("_")[1]


def secret_on(text: str) -> str:
    """The secret that a page shows."""
    parser = _Element("secret")
    parser.feed(text)
    return parser.text


def words(text: str) -> str:
    """What a page says, without its markup, with single spaces."""
    parser = _Words()
    parser.feed(text)
    return " ".join("".join(parser.said).split())


def forms(text: str) -> list[Form]:
    """The forms of a page."""
    parser = _Forms()
    parser.feed(text)
    return parser.forms


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.forms.append(Form(found.get("action") or "", found.get("method") or "get"))
        elif tag == "input" and found.get("type") == "checkbox":
            if "checked" in found:
                ticked = self.forms[-1].fields.setdefault(found["name"] or "", [])
                assert isinstance(ticked, list)
                ticked.append(found.get("value") or "on")
        elif tag == "input" and found.get("name"):
            self.forms[-1].fields[found["name"] or ""] = found.get("value") or ""
        elif tag == "textarea":
            self._text = found["name"] or ""
            self.forms[-1].fields[self._text] = ""
        elif tag == "select":
            self._select = found["name"] or ""
        elif tag == "option" and "selected" in found:
            # An option without a value is its text, which here is only ever UTC.
            self.forms[-1].fields[self._select] = found.get("value") or "UTC"

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # The line break right after the opening tag is not part of the text.
            typed = self.forms[-1].fields[self._text]
            assert isinstance(typed, str)
            self.forms[-1].fields[self._text] = typed.removeprefix("\n")
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            typed = self.forms[-1].fields[self._text]
            assert isinstance(typed, str)
            self.forms[-1].fields[self._text] = typed + data


class _Element(HTMLParser):
    def __init__(self, id: str) -> None:
        super().__init__()
        self.text = ""
        self._id = id
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = dict(attrs).get("id") == self._id

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text += data


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said.append(" ")

    def handle_data(self, data: str) -> None:
        self.said.append(data)
