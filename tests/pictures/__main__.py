"""Takes a picture of every page and mail, at two widths, in light and dark: `make pictures`.

They are kept in the folder `pictures`, which is in no commit. Words after the
command choose those whose names hold one of them.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Page, sync_playwright

from app import create_app
from ninety.settings import Settings
from parts import showcase
from parts.browser import FLAGS, NAMES
from parts.product import REPOSITORY, RunningProduct
from pictures import every_part
from pictures.mails import mails
from pictures.pages import NEW_PAGES, OPEN_PAGES, PAGES, follow

WIDTHS = (400, 1200)
SCHEMES = ("light", "dark")
Shown = TypeVar("Shown")
OUT = REPOSITORY / "pictures"


def main(wanted: list[str]) -> int:
    """Take the pictures whose names hold one of `wanted`, or all; returns the exit status."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        feed, empty = (RunningProduct(Path(folder) / name) for name in ("feed", "empty"))
        links = showcase.fill(feed.data, feed.now())
        feed.start()
        try:
            taken = _take(feed, links, wanted)
            taken += _take_parts(feed, wanted)
            taken += _take_new(empty, wanted)
        finally:
            feed.stop()
    print(f"{taken} pictures in {OUT}")
    return 0 if taken else 1


def _take(feed: RunningProduct, links: dict[str, str], wanted: list[str]) -> int:
    letters = mails(feed)
    taken = 0
    for page, window in _windows():
        for name, steps in _chosen(OPEN_PAGES, wanted):
            follow(page, feed.address, steps, links)
            taken += _picture(page, f"{name}-{window}")
        follow(page, feed.address, ["/sign-in", "sign in"])
        for name, steps in _chosen(PAGES, wanted):
            follow(page, feed.address, steps, links)
            taken += _picture(page, f"{name}-{window}")
        page.goto("about:blank")  # where no policy of the feed's forbids a mail its styles
        for name, document in _chosen(letters, wanted):
            page.set_content(document)
            taken += _picture(page, f"{name}-{window}")
    return taken


def _take_parts(feed: RunningProduct, wanted: list[str]) -> int:
    taken = 0
    app = create_app(Settings(data=feed.data))
    for name, show in _chosen({"every-part": every_part.show}, wanted):
        for page, window in _windows():
            show(page, feed.address, app)
            taken += _picture(page, f"{name}-{window}")
    return taken


def _take_new(feed: RunningProduct, wanted: list[str]) -> int:
    """Pictures of a feed that was never used; each window needs another one, since setting up
    works once.
    """
    taken = 0
    if not list(_chosen(NEW_PAGES, wanted)):
        return taken
    for page, window in _windows():
        feed.start()
        links = {"setup": feed.setup_link.removeprefix(feed.address)}
        for name, steps in NEW_PAGES.items():
            follow(page, feed.address, steps, links)
            taken += _picture(page, f"{name}-{window}")
        feed.stop()
        shutil.rmtree(feed.data)
    return taken


def _windows() -> Iterator[tuple[Page, str]]:
    """A window of each width and scheme, one after the other, with what to call it."""
    executable = next(filter(None, map(shutil.which, NAMES)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for scheme in SCHEMES:
            for width in WIDTHS:
                context = browser.new_context(
                    color_scheme=scheme, viewport={"width": width, "height": 800}
                )
                yield context.new_page(), f"{width}-{scheme}"
                context.close()
        browser.close()


def _chosen(pages: dict[str, Shown], wanted: list[str]) -> list[tuple[str, Shown]]:
    return [
        (name, shown)
        for name, shown in pages.items()
        if not wanted or any(word in name for word in wanted)
    ]


def _picture(page: Page, name: str) -> int:
    page.screenshot(path=OUT / f"{name}.png", full_page=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
