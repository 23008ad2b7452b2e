"""Everything a person does here, done by the keyboard alone, seeing at each stop where one is."""

import pytest
from playwright.sync_api import Page, expect

from manners.conftest import Feed
from parts.keyboard import Keyboard
from parts.showcase import ALICE, PASSWORD


@pytest.fixture
def keyboard(page: Page) -> Keyboard:
    return Keyboard(page)


def sign_in(keyboard: Keyboard, feed: Feed, path: str) -> None:
    """Open `path`, signing in on the way."""
    keyboard.open(feed.address + path)
    keyboard.write("E-mail address", ALICE)
    keyboard.write("Password", PASSWORD)
    keyboard.follow("Sign in")


def test_from_the_setup_link_to_the_copied_secret(
    keyboard: Keyboard, page: Page, new_feed: Feed
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    keyboard.open(new_feed.address + new_feed.links["setup"])
    keyboard.write("E-mail address", ALICE)
    keyboard.write("Password", PASSWORD)
    keyboard.follow("Make account")
    keyboard.write("Name", "ci")
    keyboard.press("Unlist and relist", "Space")
    keyboard.follow("Make key")
    secret = page.locator("#secret").inner_text()
    keyboard.press("Copy secret")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    keyboard.follow("To the key")
    expect(page.get_by_label("Unlist and relist")).to_be_checked()


def test_a_key_is_regenerated_and_another_revoked(
    keyboard: Keyboard, page: Page, feed: Feed
) -> None:
    sign_in(keyboard, feed, "/account")
    keyboard.follow("nightly")
    keyboard.write("Lives for", "30")
    keyboard.write("Type nightly to regenerate it", "nightly")
    keyboard.follow("Regenerate key")
    expect(page.get_by_role("heading", name="Key “nightly” is ready")).to_be_visible()
    keyboard.follow("To the key")
    keyboard.follow("Revoke key")
    expect(page.get_by_role("status")).to_contain_text("Key “nightly” is revoked")


def test_a_package_is_found_and_a_version_unlisted(
    keyboard: Keyboard, page: Page, feed: Feed
) -> None:
    sign_in(keyboard, feed, "/")
    keyboard.write("Search packages", "tool")
    keyboard.follow("Search")
    keyboard.follow("Acme.Tool")
    keyboard.follow("Unlist version")
    expect(page.get_by_role("status")).to_contain_text("unlisted")
    keyboard.follow("Sign out")
    expect(page.get_by_role("status")).to_contain_text("You are signed out")


def test_the_first_stop_skips_to_the_content(keyboard: Keyboard, page: Page, feed: Feed) -> None:
    sign_in(keyboard, feed, "/account")
    page.keyboard.press("Tab")
    stop = keyboard.stop()
    assert stop is not None
    assert (stop.name, stop.outlined, stop.shown) == ("Skip to content", True, True)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
