"""From the one-time link to a package pushed and brought back, with the stock client."""

import re
from pathlib import Path

import pytest

from parts.visit import Visit

pytestmark = pytest.mark.journey


def test_from_the_setup_link_to_the_same_bytes_back(client, page, product, package, tmp_path):
    feed = product()
    visit = Visit(page, feed)
    visit.set_up()
    assert '"$argon2id$v=19$m=19456,t=2,p=1$' in (feed.data / "users.json").read_text()
    secret = visit.make_key("ci", 90)
    ends = page.locator("main time").first
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", ends.get_attribute("datetime"))
    assert re.fullmatch(
        r"\d{1,2} \w{3} \d{4}, \d\d:\d\d CES?T \(.*\d\d:\d\d UTC\)", ends.inner_text()
    )
    assert "in 90 days" in page.inner_text("main")

    pushed = package()
    client.configure({"feed": feed.index}, passwords={"feed": secret})
    outcome = client.push(pushed, secret, "feed")
    assert (outcome.code, outcome.warnings) == (0, []), outcome.text
    folder = feed.data / "packages" / "acme.core" / "1.0.0"
    assert (folder / "acme.core.1.0.0.nupkg").read_bytes() == pushed.read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == [
        "acme.core.1.0.0.nupkg",
        "acme.core.1.0.0.nupkg.sha512",
        "acme.core.nuspec",
        "record.json",
    ]
    assert list((feed.data / "incoming").iterdir()) == []

    outcome = client.install("Acme.Core", "1.0.0", "feed", tmp_path / "installed")
    assert outcome.code == 0, outcome.text
    brought = next((tmp_path / "installed").rglob("*.[nN]upkg"))
    assert brought.read_bytes() == pushed.read_bytes()


def test_search_restore_and_unlist_on_a_private_feed(client, product, package, account, tmp_path):
    feed = product()
    secret = account(feed)
    client.configure({"feed": feed.index}, passwords={"feed": secret})
    for version in ("1.0.0", "1.1.0"):
        assert client.push(package(version=version), secret, "feed").code == 0
    found = client.search("acme", "feed")
    assert (found.code, "Acme.Core" in found.text) == (0, True), found.text
    restored = client.restore_graph({"Acme.Core": "[1.0.0, )"}, "feed", tmp_path / "restored")
    assert restored.code == 0, restored.text
    assert (tmp_path / "restored" / "acme.core" / "1.0.0").is_dir()

    deleted = client.delete("Acme.Core", "1.1.0", secret, "feed")
    assert deleted.code == 0, deleted.text
    again = client.push(package(version="1.1.0"), secret, "feed")
    assert again.code == 1
    assert "1.1.0" not in client.search("acme", "feed").text
    exact = client.install("Acme.Core", "1.1.0", "feed", tmp_path / "exact")
    assert exact.code == 0, "an unlisted version can still be restored"


def test_a_private_feed_shows_nothing_without_a_key_and_a_public_one_does(
    client, product, package, account, tmp_path
):
    private, public = product(), product(NINETY_READ_ACCESS="public")
    for feed in (private, public):
        secret = account(feed)
        client.configure({"feed": feed.index}, passwords={"feed": secret})
        assert client.push(package(), secret, "feed").code == 0
        client.configure({"feed": feed.index})
        outcome = client.install("Acme.Core", "1.0.0", "feed", tmp_path / feed.folder.name)
        assert outcome.code == (0 if feed is public else 1), outcome.text


def test_a_secret_is_shown_once_and_reload_and_back_make_no_other(page, product):
    feed = product()
    visit = Visit(page, feed)
    visit.set_up()
    page.clock.install()
    secret = visit.make_key("ci", 90)
    page.get_by_role("button", name="Hide secret").click()
    assert page.locator("[data-secret]:not(.covered)").count() == 0
    page.get_by_role("button", name="Show again").click()
    page.clock.fast_forward("10:01")
    assert secret not in page.content()
    made = (feed.data / "keys.json").read_bytes()
    page.reload()
    assert secret not in page.content()
    page.go_back()
    assert secret not in page.content()
    for path in ("/account", "/admin", "/account/settings", "/"):
        assert secret not in visit.open(path).content()
    page.get_by_role("link", name="Keys").first.click()
    page.get_by_role("link", name="ci").first.click()
    assert secret not in page.content()
    assert (feed.data / "keys.json").read_bytes() == made

    hidden = secret[15:]
    kept = [path for path in feed.data.rglob("*") if path.is_file()]
    assert [path.name for path in kept if hidden.encode() in path.read_bytes()] == []
    assert hidden not in feed.output
    commands = [Path(f"/proc/{process.pid}/cmdline").read_bytes() for process in feed.processes()]
    assert commands
    assert not any(hidden.encode() in command for command in commands)
