"""Every page there is, and how a person who is signed in as an admin gets there.

Tests that look at every page, and `make pictures`, take them from here. The
steps of a page are addresses to open, where `{name}` is a link with a token in it;
fields to fill in (`= Name: ci`), links or buttons to follow (`> Manage`), and
`sign in`, `set up` or `reload`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from playwright.sync_api import Page

from parts import showcase

NO_LINKS: Mapping[str, str] = MappingProxyType({})

OPEN_PAGES = {
    "sign-in": ["/sign-in"],
    "forgotten": ["/forgotten"],
    "forgotten-asked": ["/forgotten/asked"],
    "reset": ["{reset}"],
    "reset-used": ["/reset?token=none"],
    "invitation": ["{invitation}"],
    "invitation-used": ["/invitation?token=none"],
    "sign-in-wrong": [
        "/sign-in",
        f"= E-mail address: {showcase.BOB}",
        "= Password: wrong",
        "> Sign in",
    ],
    "sign-in-code": [
        "/sign-in",
        f"= E-mail address: {showcase.BOB}",
        f"= Password: {showcase.PASSWORD}",
        "> Sign in",
    ],
    "setup-used": ["/setup?token=none"],
    "unsubscribe": ["{unsubscribe}"],
    "unsubscribe-dead": ["/unsubscribe?token=none"],
}
"""Pages for somebody who is not signed in, by name."""

NEW_PAGES = {
    "setup": ["{setup}"],
    "setup-problem": [
        "{setup}",
        "= E-mail address: me@here.example",
        "= Password: password password",
        "= Address of this feed: http://feed.example/?q=1",
        "> Make account",
    ],
    "keys-none": ["{setup}", "set up", "/account"],
    "packages-none": ["/"],
}
"""Pages of a feed that was never used, by name, in this order."""

PAGES = {
    "keys": ["/account"],
    "key-make": ["/account/keys/make"],
    "key-make-problem": ["/account/keys/make", "= Name: nightly", "> Make key"],
    "secret": ["/account", "> one day", "> Regenerate key"],
    "form-used": ["/account", "> one day", "> Regenerate key", "reload"],
    "key-ending": ["/account", "> nightly"],
    "key-rotated": ["/account", "> release"],
    "settings": ["/account/settings"],
    "settings-problem": [
        "/account/settings",
        "= Present password: not mine",
        "= New password: password password",
        "> Change password",
    ],
    "sessions": ["/account/sessions"],
    "two-factor": ["/account/two-factor"],
    "two-factor-problem": [
        "/account/two-factor",
        "= Code that the app shows: 000000",
        "= Your password: not mine",
        "> Switch two-factor sign-in on",
    ],
    "packages": ["/"],
    "packages-found": ["/?q=acme"],
    "packages-not-found": ["/?q=zebra"],
    "package": ["/packages/Acme.Core"],
    "package-version": ["/packages/Acme.Core/1.1.0"],
    "package-tool": ["/packages/Acme.Tool"],
    "package-versions": ["/packages/Acme.Names/versions"],
    "package-files": ["/packages/Acme.Core/1.2.0/files"],
    "upload": ["/upload"],
    "owners": ["/packages/Acme.Core/owners"],
    "deprecate": ["/packages/Acme.Core/deprecate"],
    "admin": ["/admin"],
    "admin-reminders": ["/admin/reminders"],
    "audit": ["/admin/audit"],
    "policy": ["/admin/policy"],
    "admin-keys": ["/admin/keys"],
    "admin-keys-unused": ["/admin/keys?show=never+used"],
    "admin-packages": ["/admin/packages"],
    "admin-people": ["/admin/people"],
    "invitations": ["/admin/invitations"],
    "invitation-made": [
        "/admin/invitations",
        "= E-mail address: zoe@example.org",
        "> Invite person",
    ],
    "person": ["/admin/people", f"> {showcase.BOB}"],
    "person-disabled": ["/admin/people", f"> {showcase.CAROL}"],
    "not-found": ["/packages/No.Such"],
}
"""Pages for ALICE of the showcase, by name."""


def follow(page: Page, address: str, steps: list[str], links: Mapping[str, str] = NO_LINKS) -> None:
    """Go the `steps` of one page in the feed at `address`; `links` are paths by name."""
    for step in steps:
        match step.partition(" "):
            case ["sign", *_]:
                _fill_in(page, {"E-mail address": showcase.ALICE, "Password": showcase.PASSWORD})
                _press(page, "Sign in")
            case ["set", *_]:
                _fill_in(page, {"E-mail address": showcase.ALICE, "Password": showcase.PASSWORD})
                _press(page, "Make account")
            case ["reload", *_]:
                page.reload()
            case ["=", _, what]:
                label, _, text = what.partition(": ")
                _fill_in(page, {label: text})
            case [">", _, name]:
                _press(page, name)
            case _:
                page.goto(address + step.format(**links))


def _press(page: Page, name: str) -> None:
    """Press the first link or button called `name`, and wait for the page it leads to."""
    found = page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name))
    with page.expect_navigation():
        found.first.click()


def _fill_in(page: Page, typed: Mapping[str, str]) -> None:
    for label, text in typed.items():
        page.get_by_label(label, exact=True).fill(text)
