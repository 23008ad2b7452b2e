"""What owners do to a package in the browser, and what the stock client makes of it."""

import urllib.request

import pytest
from playwright.sync_api import expect

from parts.visit import PASSWORD, Visit

pytestmark = pytest.mark.journey

BOB = "bob@example.org"


@pytest.fixture(params=["page", "page_without_script"])
def any_page(request):
    """A browser's page, once with JavaScript and once without."""
    return request.getfixturevalue(request.param)


def push(feed, key: str, content: bytes) -> None:
    """Push `content` as the raw body; HTTPError where it is refused."""
    request = urllib.request.Request(
        f"{feed.address}/api/v2/package", content, {"X-NuGet-ApiKey": key}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 201


def test_what_the_client_deleted_is_relisted_on_the_page_and_found_again(
    client, page, product, package, account
):
    feed = product()
    secret = account(feed)
    client.configure({"feed": feed.index}, passwords={"feed": secret})
    assert client.push(package(), secret, "feed").code == 0
    assert client.delete("Acme.Core", "1.0.0", secret, "feed").code == 0
    assert "Acme.Core" not in client.search("acme", "feed").text

    again = client.push(package(), secret, "feed")
    assert again.code == 1
    assert again.warnings == ["Acme.Core 1.0.0 exists already; it is unlisted; relist it instead."]

    Visit(page, feed).open("/packages/Acme.Core")
    assert "This version is unlisted" in page.inner_text("main")
    page.get_by_role("button", name="Relist version").click()
    expect(page.get_by_role("status")).to_have_text("Acme.Core 1.0.0 is listed again.")
    assert "Acme.Core" in client.search("acme", "feed").text


def test_an_owner_unlists_deprecates_and_shares_a_package(any_page, product, package, account):
    feed, page = product(), any_page
    secret = account(feed)
    added = feed.flask("user", "add", BOB, "--password-stdin", stdin=f"{PASSWORD}\n")
    assert added.code == 0, added.text
    for version in ("1.0.0", "1.1.0"):
        push(feed, secret, package(version=version).read_bytes())
    visit = Visit(page, feed)

    visit.open("/packages/Acme.Core/1.0.0")
    page.get_by_role("button", name="Unlist version").click()
    expect(page.get_by_role("status")).to_have_text("Acme.Core 1.0.0 is unlisted now.")
    page.reload()
    assert page.get_by_role("status").count() == 0
    assert "This version is unlisted" in page.inner_text("main")

    page.get_by_role("link", name="Deprecate version").click()
    expect(page.get_by_label("1.0.0")).to_be_checked()
    page.get_by_label("Message").fill("It forgets.")
    page.get_by_label("Use instead", exact=True).fill("Acme Next")
    page.get_by_role("button", name="Deprecate versions").click()
    assert "Choose at least one of the reasons" in page.inner_text("main")
    page.get_by_label("It has critical bugs").check()
    page.get_by_role("button", name="Deprecate versions").click()
    assert "'Acme Next' is not a package id" in page.inner_text("main")
    page.get_by_label("Use instead", exact=True).fill("Acme.Next")
    page.get_by_role("button", name="Deprecate versions").click()
    told = page.inner_text("main")
    assert "It has critical bugs." in told
    assert "It forgets." in told
    assert "Use Acme.Next instead." in told

    page.get_by_role("link", name="Change deprecation").click()
    page.get_by_role("button", name="Remove deprecation").click()
    expect(page.get_by_role("status")).to_have_text("Acme.Core 1.0.0 is not deprecated any more.")

    page.get_by_role("link", name="Add or remove owners").click()
    page.get_by_label("Add an owner").fill(BOB)
    page.get_by_role("button", name="Add owner").click()
    expect(page.get_by_role("status")).to_have_text(f"{BOB} is an owner of Acme.Core.")
    page.get_by_role("button", name=f"Remove owner {BOB}").click()
    expect(page.get_by_role("status")).to_have_text(f"{BOB} does not own Acme.Core any more.")
    assert "The only owner" in page.inner_text("main")
