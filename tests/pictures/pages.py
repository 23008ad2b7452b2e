"""Every page there is, and how a person who is signed in as an admin gets there.

Tests that look at every page, and `make pictures`, take them from here. The
steps of a page are addresses to open, links or buttons to follow (`> Manage`),
or `sign in`.
"""

from playwright.sync_api import Page

from parts import showcase

OPEN_PAGES = {
    "sign-in": ["/sign-in"],
    "setup-used": ["/setup?token=none"],
    "unsubscribe-dead": ["/unsubscribe?token=none"],
}
"""Pages for somebody who is not signed in, by name."""

PAGES = {
    "keys": ["/account"],
    "key-make": ["/account/keys/make"],
    "key-ending": ["/account", "> nightly"],
    "key-secret": ["/account", "> one day", "> Regenerate key"],
    "key-rotated": ["/account", "> release"],
    "settings": ["/account/settings"],
    "packages": ["/"],
    "package": ["/packages/Acme.Core"],
    "package-version": ["/packages/Acme.Core/1.1.0"],
    "owners": ["/packages/Acme.Core/owners"],
    "deprecate": ["/packages/Acme.Core/deprecate"],
    "admin": ["/admin"],
    "admin-reminders": ["/admin/reminders"],
    "audit": ["/admin/audit"],
    "policy": ["/admin/policy"],
    "admin-people": ["/admin/people"],
    "person": ["/admin/people", f"> {showcase.BOB}"],
    "person-disabled": ["/admin/people", f"> {showcase.CAROL}"],
    "not-found": ["/packages/No.Such"],
}
"""Pages for ALICE of the showcase, by name."""


def follow(page: Page, address: str, steps: list[str]) -> None:
    """Go the `steps` of one page in the feed at `address`."""
    for step in steps:
        if step == "sign in":
            page.get_by_label("E-mail address").fill(showcase.ALICE)
            page.get_by_label("Password").fill(showcase.PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(lambda url: "/sign-in" not in url)
        elif step.startswith("> "):
            page.get_by_role("link", name=step[2:]).or_(
                page.get_by_role("button", name=step[2:])
            ).first.click()
        else:
            page.goto(address + step)
