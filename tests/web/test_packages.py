"""The list of packages and the page of each: what they show, to whom, and that it stays small."""

import re

import pytest

from parts.client import client_of
from parts.images import png
from parts.packages import make_nupkg
from parts.visitor import words

PAGE = "/packages/Acme.Core"
LARGEST_PAGE = 60_000


@pytest.fixture
def push(world, app, alice):
    """Pushes a package as Alice."""
    client = client_of(world, app, alice)

    def push(id="Acme.Core", version="1.0.0", **about):
        assert client.push(make_nupkg(id, version, **about)).status_code == 201

    return push


@pytest.fixture
def public(make_app, push):
    """The browser of somebody without an account, where reading is public."""
    return make_app(read_access="public").test_client()


def found(page):
    """The ids in the list, in order."""
    return re.findall(r'<h2><a href="/packages/([^"]+)"', page.text)


def test_nothing_typed_shows_what_was_updated_last(at_alice, push, clock):
    for id in ("Acme.B", "Acme.A", "Acme.C"):
        push(id)
        clock.move(hours=1)
    assert found(at_alice.open("/")) == ["Acme.C", "Acme.A", "Acme.B"]
    assert found(at_alice.open("/?sort=name")) == ["Acme.A", "Acme.B", "Acme.C"]
    assert found(at_alice.open("/?q=acme&sort=updated")) == ["Acme.C", "Acme.A", "Acme.B"]
    assert found(at_alice.open("/?q=acme.b&sort=nonsense")) == ["Acme.B"]


def test_only_releases_leaves_prereleases_out(at_alice, push):
    push("Acme.A", "1.0.0")
    push("Acme.A", "2.0.0-rc.1")
    push("Acme.B", "1.0.0-beta")
    assert "Acme.A 2.0.0-rc.1" in words(at_alice.open("/").text)
    said = words(at_alice.open("/?releases=1").text)
    assert "Acme.A 1.0.0" in said
    assert "Acme.B" not in said


def test_other_pages_are_of_the_same_search(at_alice, push):
    for number in range(21):
        push(f"Acme.Part{number:02}", "1.0.0")
    page = at_alice.open("/?q=acme&sort=name&releases=1")
    assert 'href="/?q=acme&amp;sort=name&amp;releases=1&amp;page=2"' in page.text
    assert "1–20 of 21 packages for “acme”" in words(page.text)


def test_the_list_tells_owners_to_those_who_are_signed_in(at_alice, public, push):
    push()
    assert "alice@example.org" in words(at_alice.open("/").text.partition('<div id="found">')[2])
    strangers = public.get("/")
    assert found(strangers) == ["Acme.Core"]
    assert "alice@example.org" not in strangers.text


def test_an_empty_feed_leads_to_the_first_push(at_alice, public):
    said = at_alice.open("/")
    assert "No packages yet" in words(said.text)
    assert 'href="/account/keys/make"' in said.text
    assert "account/keys" not in public.get("/").text


def test_a_readme_is_shown_as_html_of_ours(at_alice, push):
    readme = b"\xef\xbb\xbf# Use\n\n<script>alert(1)</script>\n\n[notes](https://acme.example)"
    push(files={"README.md": readme}, readme="README.md")
    text = at_alice.open(PAGE).text
    assert '<h3 id="readme-use">Use</h3>' in text
    assert "alert" not in text
    assert 'href="https://acme.example" rel="nofollow noopener noreferrer"' in text
    assert "Shown in part" not in text


def test_a_long_readme_is_shown_in_part_and_leads_to_all_of_it(at_alice, push):
    push(files={"README.md": b"word " * 100 + b"\n\nword" * 90_000}, readme="README.md")
    page = at_alice.open(PAGE)
    assert "Shown in part." in words(page.text)
    assert len(page.data) < LARGEST_PAGE
    raw = at_alice.client.get(f"{PAGE}/1.0.0/readme", buffered=True)
    assert raw.mimetype == "text/plain"
    assert len(raw.data) > 500_000


def test_a_package_without_a_readme_says_so(at_alice, at_bob, push):
    push()
    assert "This version has no readme. PackageReadmeFile" in words(at_alice.open(PAGE).text)
    assert "PackageReadmeFile" not in at_bob.open(PAGE).text


def test_what_is_needed_is_a_link_where_the_feed_has_it(at_alice, push):
    push("Acme.Names")
    push(dependencies={"net8.0": [("acme.NAMES", "[1.0.0, )"), ("Other", "")], None: []})
    page = at_alice.open(PAGE)
    said = words(page.text)
    assert "net8.0 acme.NAMES 1.0.0 or higher Other any version Any framework Nothing else." in said
    assert 'href="/packages/acme.NAMES"' in page.text
    assert 'href="/packages/Other"' not in page.text


def test_who_needs_it_is_told_by_the_newest_versions(at_alice, push):
    push()
    for number in range(10):
        push(f"Acme.Part{number}", dependencies={"net8.0": [("acme.core", "1.0")]})
    push("Acme.Past", "1.0.0", dependencies=[("Acme.Core", "1.0")])
    push("Acme.Past", "2.0.0")
    page = at_alice.open(PAGE)
    assert "Used by Acme.Part0 1.0.0" in words(page.text)
    assert "All 10 packages on this feed" in words(page.text)
    everybody = found(at_alice.open("/?q=needs:Acme.Core&sort=name"))
    assert everybody == [f"Acme.Part{number}" for number in range(10)]


def test_versions_say_when_and_by_whom_they_were_pushed(at_alice, public, push, clock):
    for minor in range(1, 12):
        push(version=f"1.{minor}.0")
        clock.move(days=1)
    said = words(at_alice.open(PAGE).text)
    assert "1.11.0 3 Dec 2026 · alice@example.org 1.10.0 2 Dec 2026 · alice@example.org" in said
    assert "All 11 versions" in said
    assert "1.3.0" not in said
    for path in (PAGE, f"{PAGE}/versions"):
        assert "alice@example.org" not in public.get(path).text
    assert "1.3.0 25 Nov 2026" in words(public.get(f"{PAGE}/versions").text)


def test_many_versions_cost_a_page_no_more(world, at_alice, push, monkeypatch):
    monkeypatch.setattr("ninety.web.packages.VERSIONS_ON_A_PAGE", 4)
    for minor in range(10):
        push(version=f"1.{minor}.0")
    shown = [
        re.findall(
            rf'<td><a href="{PAGE}/([^"]+)"', at_alice.open(f"{PAGE}/versions?page={n}").text
        )
        for n in (1, 2, 3, 4)
    ]
    assert shown == [
        ["1.9.0", "1.8.0", "1.7.0", "1.6.0"],
        ["1.5.0", "1.4.0", "1.3.0", "1.2.0"],
        ["1.1.0", "1.0.0"],
        [],
    ]


def test_an_older_version_leads_to_the_newest(at_alice, push):
    push(version="1.0.0")
    push(version="1.1.0")
    push(version="2.0.0-beta")
    assert "There is a newer version: 1.1.0." in words(at_alice.open(f"{PAGE}/1.0.0").text)
    assert "newer version" not in at_alice.open(f"{PAGE}/2.0.0-beta").text


@pytest.mark.parametrize(
    ("kinds", "lines"),
    [
        (
            [],
            [
                "dotnet add package Acme.Core --version 1.0.0",
                '<PackageReference Include="Acme.Core" Version="1.0.0" />',
                "nuget install Acme.Core -Version 1.0.0 -Source ninety",
                "Install-Package Acme.Core -Version 1.0.0",
            ],
        ),
        (
            [("DotnetTool", None)],
            [
                "dotnet tool install --global Acme.Core --version 1.0.0",
                "dotnet tool install Acme.Core --version 1.0.0",
            ],
        ),
        ([("Template", None)], ["dotnet new install Acme.Core@1.0.0"]),
    ],
)
def test_the_lines_that_install_fit_the_package(at_alice, push, kinds, lines):
    push(package_types=kinds)
    page = at_alice.open(PAGE)
    shown = re.findall(r'<code id="line-[^"]+">(.*?)</code>', page.text)
    assert [words(line) for line in shown] == lines
    assert page.text.count('name="way"') == len(lines)


def test_where_a_package_comes_from_and_its_license_are_linked(at_alice, push):
    push(
        files={"LICENSE.txt": b"As you like. <b>"},
        license={"type": "file", "": "LICENSE.txt"},
        repository={"type": "git", "url": "https://acme.example/x", "commit": "0123456789abcdef"},
    )
    page = at_alice.open(PAGE)
    assert "Source https://acme.example/x at 0123456789 License LICENSE.txt" in words(page.text)
    license = at_alice.client.get(f"{PAGE}/1.0.0/license", buffered=True)
    assert (license.mimetype, license.text) == ("text/plain", "As you like. <b>")


def test_an_icon_is_shown_from_here(at_alice, push):
    image = png(16, (0, 0, 0), (255, 255, 255))
    push(files={"icon.png": image}, icon="icon.png")
    for path in ("/", PAGE):
        assert f'<img class="icon" src="{PAGE}/1.0.0/icon" alt=""' in at_alice.open(path).text
    icon = at_alice.client.get(f"{PAGE}/1.0.0/icon", buffered=True)
    assert (icon.mimetype, icon.data) == ("image/png", image)


def test_the_page_of_the_largest_nuspec_is_small(at_alice, push):
    push(
        "Acme." + "x" * 95,
        title="t" * 256,
        description="漢 " * 2000,
        summary="s" * 4000,
        release_notes="n " * 17_000,
        authors="a" * 4000,
        copyright="c" * 4000,
        tags=" ".join(f"tag{number:07}" for number in range(360)),
        files={"README.md": "漢字 ".encode() * 60_000},
        readme="README.md",
        dependencies={
            f"net{number}.0": [(f"Other.{number}.{part}" + "x" * 60, "1.0") for part in range(20)]
            for number in range(20)
        },
    )
    page = at_alice.open("/packages/Acme." + "x" * 95)
    assert len(page.data) < LARGEST_PAGE
    assert "And 340 more; the nuspec has them all." in words(page.text)
    assert len(at_alice.open("/").data) < LARGEST_PAGE
