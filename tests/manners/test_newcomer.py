"""How far it is from the setup link to the push command on the clipboard."""

from playwright.sync_api import Locator, Page, expect

from manners.conftest import Feed
from parts.showcase import ALICE, PASSWORD
from parts.visitor import words

# Opening the link counts, each click counts, and typing into a field does not.
MOST_INTERACTIONS = 6


def test_six_interactions_lead_to_the_copied_push_command(page: Page, new_feed: Feed) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    interactions = ["open the setup link"]

    def click(what: Locator) -> None:
        interactions.append(f"click {what.inner_text()!r}")
        what.click()

    page.goto(new_feed.address + new_feed.links["setup"])
    page.get_by_label("E-mail address").fill(ALICE)
    page.get_by_label("Password").fill(PASSWORD)
    click(page.get_by_role("button", name="Make account"))
    page.get_by_label("Name", exact=True).fill("desk")
    click(page.get_by_role("button", name="Make key"))
    click(page.locator("#use ~ * button", has_text="Copy line").first)
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    secret = page.locator("#secret").text_content()
    assert words(copied).startswith("nuget push")
    assert secret in copied
    print(f"{len(interactions)} interactions:", *interactions, sep="\n  ")
    assert len(interactions) <= MOST_INTERACTIONS
