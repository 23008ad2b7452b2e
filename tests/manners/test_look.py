"""Every part of the look, as those need it who see less, choose their own colours, or print."""

import pytest
from playwright.sync_api import Page

from manners.conftest import Feed
from parts import axe
from pictures import every_part
from pictures.pages import follow

# The colour that `property` of what `selector` finds has, and the one behind it.
COLOURS = """([selector, property]) => {
  const one = document.querySelector(selector);
  const seen = (name, of) => getComputedStyle(of)[name];
  return [seen(property, one), seen("backgroundColor", document.documentElement)];
}"""

SHAPES = (
    (".button.first", "borderTopColor"),
    (".ending .shape", "stroke"),
    (".life .left", "fill"),
    (".life .window", "fill"),
    (".ring .left", "stroke"),
    (".notice.breaks", "borderLeftColor"),
)


@pytest.mark.parametrize("contrast", ["no-preference", "more"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_can_be_read(feed: Feed, outside: Page, scheme: str, contrast: str) -> None:
    outside.emulate_media(color_scheme=scheme, contrast=contrast)
    every_part.show(outside, feed.address, feed.app)
    axe.bring(outside)
    assert axe.violations(outside) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_shapes_are_seen_in_the_colours_of_the_system(
    feed: Feed, outside: Page, scheme: str
) -> None:
    outside.emulate_media(color_scheme=scheme, contrast="no-preference", forced_colors="active")
    every_part.show(outside, feed.address, feed.app)
    for shape in SHAPES:
        colour, behind = outside.evaluate(COLOURS, list(shape))
        assert colour not in (behind, "none", "rgba(0, 0, 0, 0)"), shape
    outside.emulate_media(forced_colors="none")


def test_the_secret_on_paper_is_all_one_needs_and_no_more(feed: Feed, inside: Page) -> None:
    follow(inside, feed.address, ["/account", "> one day", "> Regenerate key"])
    secret = inside.locator("#secret").inner_text()
    inside.emulate_media(media="print", color_scheme="dark")
    printed = inside.inner_text("body")
    for told in (secret, "“one day”", "24 Nov 2026, 15:04 CET (14:04 UTC)", "/v3/index.json"):
        assert told in printed
    for left_out in ("Packages", "Sign out", "Copy secret", "Use it", "To the key"):
        assert left_out not in printed
    ink, paper = inside.evaluate(COLOURS, ["#secret", "color"])
    assert (ink, paper) == ("rgb(22, 32, 31)", "rgb(252, 252, 249)")
    inside.emulate_media(media="screen")
