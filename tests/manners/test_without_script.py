"""Everything a person needs, in a browser that runs no script."""

import re

from playwright.sync_api import Page, expect

from manners.conftest import Feed
from parts import showcase
from pictures.pages import follow


def test_a_key_is_made_and_regenerated(page_without_script: Page, feed: Feed) -> None:
    page = page_without_script
    follow(page, feed.address, ["/account/keys/make", "sign in", "= Name: by hand", "> Make key"])
    secret = page.locator("#secret").inner_text()
    assert secret.startswith("n90_")
    expect(page.get_by_role("button", name="Copy secret")).to_be_hidden()
    expect(page.locator("#nuget")).to_contain_text(secret)
    expect(page.locator("#dotnet")).to_be_hidden()
    page.get_by_text("dotnet", exact=True).click()
    expect(page.locator("#dotnet")).to_be_visible()
    follow(page, feed.address, ["/account", "> by hand", "> Regenerate key"])
    assert page.locator("#secret").inner_text() not in ("", secret)


def test_a_package_is_found_and_a_version_unlisted(page_without_script: Page, feed: Feed) -> None:
    page = page_without_script
    steps = ["/", "sign in", "= Search packages: tool", "> Search", "> Acme.Tool"]
    follow(page, feed.address, [*steps, "> Unlist version"])
    expect(page.get_by_role("status")).to_contain_text("unlisted")
    follow(page, feed.address, ["/?q=tool"])
    expect(page.get_by_role("link", name="Acme.Tool")).to_have_count(0)


def test_what_was_typed_stays_and_what_is_wrong_has_the_focus(
    page_without_script: Page, feed: Feed
) -> None:
    page = page_without_script
    follow(page, feed.address, ["/account/keys/make", "sign in", "= Name: nightly"])
    page.get_by_label("Lives for").fill("17")
    page.get_by_label("Read", exact=True).uncheck()
    page.get_by_role("button", name="Make key").click()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    expect(name).to_have_value("nightly")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description(
        re.compile("^You have a key named 'nightly' already. ")
    )
    expect(page.get_by_label("Lives for")).to_have_value("17")
    expect(page.get_by_label("Read", exact=True)).not_to_be_checked()


def test_actions_that_are_missing_are_asked_for_beside_them(
    page_without_script: Page, feed: Feed
) -> None:
    page = page_without_script
    follow(page, feed.address, ["/account/keys/make", "sign in", "= Name: nothing"])
    boxes = page.get_by_role("group", name="May").get_by_role("checkbox")
    for box in boxes.all():
        box.uncheck()
    page.get_by_role("button", name="Make key").click()
    expect(boxes.first).to_be_focused()
    expect(page.get_by_role("group", name="May")).to_have_accessible_description(
        "Choose at least one thing that the key may do."
    )


def test_a_page_that_was_left_does_not_send_its_form_again(
    page_without_script: Page, feed: Feed
) -> None:
    page = page_without_script
    follow(page, feed.address, ["/account", "sign in", "> ci"])
    page.get_by_label("Where it is kept").fill("in a drawer")
    page.get_by_role("button", name="Keep note").click()
    expect(page.get_by_text("The note is kept.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("The note is kept.")).to_have_count(0)
    page.go_back()
    page.go_forward()
    expect(page.get_by_text("in a drawer")).to_be_visible()
    assert showcase.ALICE in page.inner_text(".who")
