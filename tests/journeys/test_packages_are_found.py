"""What a real browser makes of the pages of packages: as one types, by keyboard, without script."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app import create_app
from ninety.settings import Settings
from parts import hostile_readmes, showcase
from parts.feeds import NOW
from parts.packages import make_nupkg
from parts.quick import share_templates
from parts.served import served

HOSTILE = "\n\n".join(hostile_readmes.EVERY).encode()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A public feed as it looks after a while, and a package of somebody hostile in it."""
    folder = tmp_path_factory.mktemp("showcase")
    showcase.fill(folder, NOW)
    settings = Settings(data=folder, read_access="public")
    app: Flask = share_templates(create_app(settings, clock=lambda: NOW))
    ninety = app.extensions["ninety"]
    ninety.index.catch_up()
    content = make_nupkg("Evil", files={"README.md": HOSTILE}, readme="README.md")
    owner = ninety.people.by_email(showcase.BOB)
    ninety.publishing.take_in(owner, [content], NOW, NOW)
    ninety.index.refresh("Evil")
    with served(app) as at:
        yield at
    ninety.index.close()


def found(page: Page) -> list[str]:
    return page.locator("#found h2 a").all_inner_texts()


def test_a_hostile_readme_runs_nothing_and_loads_nothing(address: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a script said {dialog.message}"))
    page.goto(f"{address}/packages/Evil")
    assert page.locator(".readme").inner_text() != ""
    assert [url for url in asked if not url.startswith(f"{address}/")] == []
    assert {url.split("?")[0].rpartition(".")[2] for url in asked[1:]} <= {"css", "js", "svg"}
    assert page.locator("h1").count() == 1
    assert page.locator(".readme :is(script, style, img, form, iframe, svg, input)").count() == 0
    # Nothing of it lies over, or outside of, its place in the page.
    within, around = (
        page.locator(one).evaluate("one => one.getBoundingClientRect().toJSON()")
        for one in (".readme", ".story")
    )
    assert (within["left"], within["right"]) >= (around["left"], 0)
    assert within["right"] <= around["right"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_list_follows_what_is_typed(address: str, page: Page) -> None:
    page.goto(address)
    everything = found(page)
    page.get_by_label("Search packages").press_sequentially("names", delay=20)
    expect(page.locator("#count")).to_have_text(re.compile("2 packages for “names”"))
    assert found(page) == ["Acme.Names", "Acme.Core"]
    expect(page).to_have_url(f"{address}/?q=names")
    page.get_by_label("Sort by").select_option("Name")
    expect(page.locator("#found h2 a").first).to_have_text("Acme.Core")
    expect(page).to_have_url(f"{address}/?q=names&sort=name")
    page.reload()
    expect(page.get_by_label("Search packages")).to_have_value("names")
    assert found(page) == ["Acme.Core", "Acme.Names"]
    page.get_by_label("Search packages").fill("")
    page.get_by_label("Sort by").select_option("Best match")
    expect(page.locator("#count")).to_have_text(re.compile(f"{len(everything)} packages"))
    expect(page).to_have_url(f"{address}/")
    page.get_by_label("Search packages").fill("zebra")
    expect(page.locator("#found")).to_contain_text("Nothing here fits “zebra”.")


def test_the_list_is_searched_without_script(address: str, page_without_script: Page) -> None:
    page = page_without_script
    page.goto(address)
    page.get_by_label("Search packages").fill("names")
    page.get_by_label("Only releases").check()
    page.get_by_role("button", name="Search").click()
    assert found(page) == ["Acme.Names", "Acme.Core"]
    assert page.url == f"{address}/?q=names&sort=best&releases=1"
    expect(page.get_by_label("Only releases")).to_be_checked()


def test_a_way_to_install_is_chosen_without_script_by_keyboard(
    address: str, page_without_script: Page
) -> None:
    page = page_without_script
    page.goto(f"{address}/packages/Acme.Core")
    shown = page.locator(".way code >> visible=true")
    expect(shown).to_have_text("dotnet add package Acme.Core --version 1.2.0")
    page.get_by_role("radio", name="dotnet").focus()
    page.keyboard.press("ArrowRight")
    expect(shown).to_have_text('<PackageReference Include="Acme.Core" Version="1.2.0" />')
    page.get_by_text("nuget.exe", exact=True).click()
    expect(shown).to_have_text("nuget install Acme.Core -Version 1.2.0 -Source ninety")


def test_the_line_that_is_copied_is_the_line_that_is_shown(address: str, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{address}/packages/Acme.Core")
    page.get_by_text("Visual Studio").click()
    page.locator(".way >> visible=true").get_by_role("button", name="Copy line").click()
    expect(page.locator(".way >> visible=true").get_by_role("button")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "Install-Package Acme.Core -Version 1.2.0"


def test_a_package_is_saved_by_its_link(address: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{address}/packages/Acme.Core/1.2.0/files")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download the .nupkg").click()
    coming.value.save_as(tmp_path / "package")
    assert coming.value.suggested_filename == "acme.core.1.2.0.nupkg"
    assert (tmp_path / "package").read_bytes().startswith(b"PK")
