"""Every page: made by our templates without anything inline, small, and true about packages."""

import re
from html.parser import HTMLParser
from io import BytesIO

import pytest

from ninety.rules import manifest
from ninety.rules.records import VersionRecord
from ninety.store.incoming import uploading
from parts.packages import make_nupkg
from parts.visitor import words

LARGEST_PAGE = 60_000


@pytest.fixture
def publish(world, alice, clock):
    """Puts a version into the feed as a push by Alice would."""

    def publish(id="Acme.Core", version="1.0.0", *, listed=True, **about):
        content = make_nupkg(id, version, **about)
        found = manifest.read(BytesIO(content))
        world.packages.claim(id, alice.id, clock.now)
        with uploading(world.packages.incoming) as upload:
            upload.receive([content])
            record = VersionRecord(
                manifest=found,
                size=upload.size,
                sha512=upload.sha512,
                published=clock.now,
                listed=listed,
            )
            world.packages.prepare(upload, record, found)
            world.packages.admit(upload, record)
        world.index.refresh(id)

    return publish


@pytest.fixture
def every_page(world, at_alice, publish, clock):
    """The text of one page of each kind, by its address."""
    publish(description="What everything stands on.", projectUrl="https://acme.example/core")
    key_id = at_alice.new_key("ci")
    secret_page = at_alice.page.text
    old = at_alice.new_key("old", "1")
    clock.move(days=2)
    revoked = at_alice.new_key("revoked")
    world.lifecycle.revoke(revoked, world.people.by_email("alice@example.org"), clock.now)
    paths = [
        "/",
        "/?q=acme",
        "/?q=nothing",
        "/packages/Acme.Core",
        "/packages/Acme.Core/versions",
        "/packages/Acme.Core/1.0.0/files",
        "/packages/Acme.Core/deprecate",
        "/packages/Acme.Core/owners",
        "/account",
        "/account/keys/make",
        f"/account/keys/{key_id}",
        f"/account/keys/{old}",
        f"/account/keys/{revoked}",
        "/account/settings",
        "/admin",
        "/admin/keys",
        "/admin/packages",
        "/admin/people",
        "/nothing",
        "/setup?token=x",
        "/forgotten",
        "/forgotten/asked",
        "/reset?token=x",
        "/invitation?token=x",
        "/admin/invitations",
    ]
    pages = {path: at_alice.open(path).text for path in paths}
    at_alice.open("/account")
    at_alice.send("/sign-out")
    return {**pages, "secret": secret_page, "/sign-in": at_alice.page.text}


def test_no_page_has_inline_style_or_script_or_comes_from_elsewhere(every_page):
    for path, text in every_page.items():
        looker = _Looker()
        looker.feed(text)
        assert looker.complaints == [], path


def test_every_page_is_small(every_page):
    sizes = {path: len(text.encode()) for path, text in every_page.items()}
    assert {path: size for path, size in sizes.items() if size > LARGEST_PAGE} == {}


def test_every_page_has_one_heading_a_title_and_a_language(every_page):
    for path, text in every_page.items():
        assert text.count("<h1") == 1, path
        assert '<html lang="en">' in text, path
        assert re.search(r"<title>[^<]+ · Ninety</title>", text), path


def test_every_field_has_a_label(every_page):
    for path, text in every_page.items():
        labelled = set(re.findall(r'<label for="([^"]+)"', text))
        fields = re.findall(r"<(?:input|select|textarea)\b[^>]*>", text)
        for one in fields:
            if 'type="hidden"' not in one and "aria-label" not in one:
                assert re.search(r'id="([^"]+)"', one)[1] in labelled, (path, one)


class _Looker(HTMLParser):
    """Complains of what the Content-Security-Policy would refuse."""

    def __init__(self):
        super().__init__()
        self.complaints = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "style" or (tag == "script" and not found.get("src")):
            self.complaints.append(tag)
        self.complaints += [name for name in found if name == "style" or name.startswith("on")]
        for name in ("src", "action", "href"):
            target = found.get(name, "/")
            if tag != "a" and not target.startswith(("/", "#")):
                self.complaints.append(target)


def test_the_list_shows_the_newest_version_of_each_package(at_alice, publish):
    for version in ("1.9.0", "1.10.0"):
        publish("FlashCap", version, description="Captures frames.")
    publish("Acme.Core")
    said = words(at_alice.open("/").text)
    assert "FlashCap 1.10.0 Captures frames." in said
    assert "Acme.Core 1.0.0" in said
    assert "1.9.0" not in said


def test_a_search_shows_what_fits_and_keeps_what_was_typed(at_alice, publish):
    publish("FlashCap")
    publish("Acme.Core")
    page = at_alice.open("/?q=flash")
    assert "FlashCap" in page.text
    assert "Acme.Core" not in page.text
    assert at_alice.form("/").fields["q"] == "flash"
    assert "Nothing here fits “zebra”." in words(at_alice.open("/?q=zebra").text)


@pytest.mark.parametrize("q", ['"', "id:", "*", "' OR 1=1 --", "%00", "a" * 3000, "NEAR(", "é"])
def test_a_search_takes_any_text(at_alice, publish, q):
    publish()
    assert at_alice.client.get("/", query_string={"q": q}).status_code == 200


def test_the_list_has_pages(at_alice, publish):
    for number in range(21):
        publish(f"Acme.Part{number:02}")
    first = at_alice.open("/").text
    second = at_alice.open("/?page=2").text
    both = re.findall(r'href="/packages/(Acme\.Part\d\d)"', first + second)
    assert len(both) == len(set(both)) == 21
    assert 'rel="next"' in first
    assert 'rel="next"' not in second
    assert 'rel="prev"' in second


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 400, "²"])
def test_a_page_number_that_is_none_shows_a_page(at_alice, publish, page):
    publish()
    assert at_alice.client.get("/", query_string={"page": page}).status_code == 200


def test_a_package_opens_at_its_newest_release(at_alice, publish):
    for version in ("1.9.0", "1.10.0", "2.0.0-beta.1"):
        publish("FlashCap", version)
    publish("FlashCap", "1.11.0", listed=False)
    page = at_alice.open("/packages/flashcap")
    assert "FlashCap 1.10.0" in words(page.text)
    assert "dotnet add package FlashCap --version 1.10.0" in words(page.text)
    order = re.findall(r'href="/packages/FlashCap/(\d[^"/]*)"', page.text)
    assert order == ["2.0.0-beta.1", "1.11.0", "1.10.0", "1.9.0"]


def test_an_unlisted_version_opens_by_its_address_and_says_so(at_alice, publish):
    publish("FlashCap", "1.11.0", listed=False)
    said = words(at_alice.open("/packages/FlashCap/1.11").text)
    assert "This version is unlisted" in said


@pytest.mark.parametrize(
    "path",
    ["/packages/Nothing", "/packages/Acme.Core/9.9.9", "/packages/Acme.Core/x", "/packages/%20"],
)
def test_what_is_not_there_is_a_404(at_alice, publish, path):
    publish()
    page = at_alice.open(path)
    assert page.status_code == 404
    assert "Nothing here" in words(page.text)


def test_what_a_package_says_of_itself_is_text_and_never_markup(at_alice, publish):
    publish(description="<img src=x onerror=alert(1)>", authors="<b>me</b>", tags="<i>")
    for path in ("/", "/packages/Acme.Core"):
        text = at_alice.open(path).text
        assert "<img" not in text
        assert "<b>me" not in text
        assert "<img src=x onerror=alert(1)>" in words(text)


def test_owners_are_named_to_those_who_are_signed_in(make_app, at_alice, publish):
    publish()
    assert "Owned by alice@example.org" in words(at_alice.open("/packages/Acme.Core").text)
    stranger = make_app(read_access="public").test_client()
    assert "alice@example.org" not in stranger.get("/packages/Acme.Core").text


def test_what_is_down_stands_on_every_page_of_the_signed_in(world, at_alice, clock, stranger):
    world.site.note("mail-down", clock.now, "connection refused")
    for path in ("/", "/account", "/admin"):
        assert "The mail server is down since 23 Nov 2026, 15:04 CET" in words(
            at_alice.open(path).text
        )
    assert "mail server" not in stranger.open("/sign-in").text


def test_the_admin_page_says_when_links_work_only_here(world, at_alice):
    said = words(at_alice.open("/admin").text)
    assert "Links in mails work only on this machine" in said
    world.site.set_address("https://feed.example")
    said = words(at_alice.open("/admin").text)
    assert "Links in mails lead to https://feed.example." in said
    assert "only on this machine" not in said
