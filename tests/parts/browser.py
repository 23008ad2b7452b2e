"""A real browser: headless Chromium, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright

from parts.required import missing

NAMES = ("chromium", "chromium-browser", "google-chrome")

# It runs as root in a container, and says nothing to anybody but the pages it is shown.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# As long as a busy machine may take; only a test that fails waits for it.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium with an empty profile for the tests of a module."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        missing("a browser", "install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture
def console_errors() -> list[str]:
    """What the browser complained of: a script that failed, a file that was missing, a refusal by
    the Content-Security-Policy. Must be empty when the test ends; one that provokes an error on
    purpose looks at it and clears the list.
    """
    return []


@pytest.fixture
def page(chromium: Browser, console_errors: list[str]) -> Iterator[Page]:
    """A page of somebody who has never been here, with JavaScript."""
    with _fresh_page(chromium, console_errors, scripts=True) as opened:
        yield opened


@pytest.fixture
def page_without_script(chromium: Browser, console_errors: list[str]) -> Iterator[Page]:
    """A page of somebody who has never been here and runs no JavaScript."""
    with _fresh_page(chromium, console_errors, scripts=False) as opened:
        yield opened


@contextmanager
def _fresh_page(browser: Browser, errors: list[str], *, scripts: bool) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=scripts, locale="en-GB", timezone_id="UTC")
    try:
        context.set_default_timeout(PATIENCE_MS)
        opened = context.new_page()
        _listen(opened, errors)
        yield opened
    finally:
        context.close()
    assert errors == []


def _listen(page: Page, errors: list[str]) -> None:
    """Collect the errors of `page`, but for a page itself that answers with an error status:
    what that page is, the test can see.
    """
    asked_for: set[str] = set()

    def heard(message: ConsoleMessage) -> None:
        shown = message.text.startswith("Failed to load resource")
        if message.type == "error" and not (shown and message.location["url"] in asked_for):
            errors.append(f"{message.text} ({message.location['url']})")

    def failed(error: Error) -> None:
        errors.append(str(error))

    page.on(
        "request",
        lambda request: asked_for.add(request.url) if request.is_navigation_request() else None,
    )
    page.on("console", heard)
    page.on("pageerror", failed)
