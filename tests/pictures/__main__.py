"""Takes a picture of every page and mail, at two widths, in light and dark: `make pictures`.

They are kept in the folder `pictures`, which is in no commit. Words after the
command choose those whose names hold one of them.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Page, sync_playwright

from parts import showcase
from parts.browser import FLAGS, NAMES
from parts.product import REPOSITORY, RunningProduct
from pictures.mails import mails
from pictures.pages import OPEN_PAGES, PAGES, follow

WIDTHS = (400, 1200)
SCHEMES = ("light", "dark")
Shown = TypeVar("Shown")
OUT = REPOSITORY / "pictures"


def main(wanted: list[str]) -> int:
    """Take the pictures whose names hold one of `wanted`, or all; returns the exit status."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        feed = RunningProduct(Path(folder) / "feed")
        showcase.fill(feed.data, feed.now())
        feed.start()
        try:
            taken = _take(feed, wanted)
        finally:
            feed.stop()
    print(f"{taken} pictures in {OUT}")
    return 0 if taken else 1


def _take(feed: RunningProduct, wanted: list[str]) -> int:
    executable = next(filter(None, map(shutil.which, NAMES)))
    letters = mails(feed)
    taken = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for scheme in SCHEMES:
            for width in WIDTHS:
                context = browser.new_context(
                    color_scheme=scheme, viewport={"width": width, "height": 800}
                )
                page = context.new_page()
                for name, steps in _chosen(OPEN_PAGES, wanted):
                    taken += _picture(page, feed, steps, f"{name}-{width}-{scheme}")
                follow(page, feed.address, ["/sign-in", "sign in"])
                for name, steps in _chosen(PAGES, wanted):
                    taken += _picture(page, feed, steps, f"{name}-{width}-{scheme}")
                page.goto("about:blank")  # where no policy of the feed's forbids a mail its styles
                for name, document in _chosen(letters, wanted):
                    page.set_content(document)
                    page.screenshot(path=OUT / f"{name}-{width}-{scheme}.png", full_page=True)
                    taken += 1
                context.close()
        browser.close()
    return taken


def _chosen(pages: dict[str, Shown], wanted: list[str]) -> list[tuple[str, Shown]]:
    return [
        (name, shown)
        for name, shown in pages.items()
        if not wanted or any(word in name for word in wanted)
    ]


def _picture(page: Page, feed: RunningProduct, steps: list[str], name: str) -> int:
    follow(page, feed.address, steps)
    page.screenshot(path=OUT / f"{name}.png", full_page=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
