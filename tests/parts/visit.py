"""A person in front of a running feed: what they click, and what they read."""

import re

from playwright.sync_api import Page

from parts.product import RunningProduct

EMAIL = "alice@example.org"
PASSWORD = "a horse of course"


class Visit:
    """A person in front of the pages of one running feed."""

    def __init__(self, page: Page, product: RunningProduct) -> None:
        self.page = page
        self._product = product

    def set_up(self) -> None:
        """Follow the one-time link and make the first account, in Berlin."""
        self.page.goto(self._product.setup_link)
        self.page.get_by_label("E-mail address").fill(EMAIL)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_label("Time zone").select_option("Europe/Berlin")
        self.page.get_by_role("button", name="Make account").click()

    def sign_in(self) -> None:
        """Sign in by the page that asks for it, and go on to where it was asked."""
        self.page.get_by_label("E-mail address").fill(EMAIL)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()

    def open(self, path: str) -> Page:
        """The page at `path`, signing in on the way where that is asked."""
        self.page.goto(self._product.address + path)
        if "/sign-in" in self.page.url:
            self.sign_in()
        return self.page

    def make_key(self, name: str, days: int) -> str:
        """Make a key on the account page; its secret."""
        self.open("/account/keys/make")
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.get_by_label("Lives for").fill(str(days))
        self.page.get_by_role("button", name="Make key").click()
        return self.secret()

    def secret(self) -> str:
        """The secret that the page shows this once."""
        shown = re.search(r"n90_[a-z2-7]{10}_[0-9A-Za-z]{38}", self.page.inner_text("main"))
        assert shown, self.page.inner_text("main")
        return shown[0]
