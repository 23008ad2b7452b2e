"""Uploading in a real browser: dropped on the page, by keyboard, and without script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app import create_app
from ninety.settings import Settings
from parts import showcase
from parts.feeds import NOW
from parts.packages import make_nupkg
from parts.quick import share_templates
from parts.served import served

DROP = """([name, size]) => {
  const dropped = new DataTransfer();
  dropped.items.add(new File([new Uint8Array(size)], name));
  const about = { dataTransfer: dropped, bubbles: true, cancelable: true };
  for (const kind of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(kind, about));
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A feed that takes packages of one MiB from one person."""
    settings = Settings(data=tmp_path_factory.mktemp("feed"), max_package_mib=1)
    app: Flask = share_templates(create_app(settings, clock=lambda: NOW))
    ninety = app.extensions["ninety"]
    ninety.index.catch_up()
    ninety.people.add(showcase.ALICE, showcase.PASSWORD, admin=True, timezone="UTC", now=NOW)
    with served(app) as at:
        yield at
    ninety.index.close()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two packages, and something that is none."""
    contents = {
        "core.nupkg": make_nupkg("Acme.Core", "1.0.0"),
        "names.nupkg": make_nupkg("Acme.Names", "2.0.0"),
        "broken.nupkg": b"no zip",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in contents]


def open_upload(page: Page, address: str) -> None:
    page.goto(f"{address}/upload")
    page.get_by_label("E-mail address").fill(showcase.ALICE)
    page.get_by_label("Password").fill(showcase.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Upload packages")).to_be_visible()


def test_files_go_one_after_the_other_and_each_has_its_outcome(
    address: str, page: Page, files: list[Path], console_errors: list[str]
) -> None:
    open_upload(page, address)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_label("Packages", exact=True).set_input_files(files)
    page.evaluate(DROP, ["large.nupkg", 2 * 1024 * 1024])
    page.get_by_label("Packages", exact=True).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    lines = page.locator("#outcomes > li")
    expect(lines).to_have_count(4)
    expect(lines.nth(3).get_by_role("status")).to_contain_text("larger than the 1 MiB")
    expect(lines.nth(0).get_by_role("status")).to_have_text("Acme.Core 1.0.0 is here now.")
    expect(lines.nth(1).get_by_role("link")).to_have_attribute("href", "/packages/Acme.Names/2.0.0")
    expect(lines.nth(2).get_by_role("status")).to_contain_text("This is not a .nupkg")
    assert page.locator("progress").count() == 0
    assert sent.count("POST") == 3
    assert [error for error in console_errors if "400" not in error] == []
    console_errors.clear()
    lines.nth(0).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Acme.Core 1.0.0")).to_be_visible()


def test_one_form_does_it_all_without_script(
    address: str, page_without_script: Page, files: list[Path], tmp_path: Path
) -> None:
    other = tmp_path / "other.nupkg"
    other.write_bytes(make_nupkg("Acme.Other", "0.1.0"))
    page = page_without_script
    open_upload(page, address)
    page.get_by_label("Packages", exact=True).set_input_files([other, files[2]])
    page.get_by_role("button", name="Upload packages").click()
    lines = page.locator("#outcomes > li")
    expect(lines.nth(0)).to_contain_text("Acme.Other 0.1.0 is here now.")
    expect(lines.nth(1)).to_contain_text("broken.nupkg")
