"""Somebody who uses a page by the keyboard alone, and looks where the focus is."""

from dataclasses import dataclass

from playwright.sync_api import Page

# More stops than any page has; past it one goes round in circles.
MOST_STOPS = 200

FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const label = one.labels && one.labels.length ? one.labels[0].innerText : "";
  const passed = globalThis.lastStop;
  globalThis.lastStop = one;
  return {
    name: (one.getAttribute("aria-label") || label || one.innerText || one.title || "").trim(),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    shown: box.width > 0 && box.right > 0 && box.bottom > 0 && box.left < innerWidth
      && box.top < innerHeight,
    backwards: Boolean(passed && passed.isConnected
      && one.compareDocumentPosition(passed) & Node.DOCUMENT_POSITION_FOLLOWING),
  };
}"""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the focus is: what the thing is called, and whether one sees that it is there."""

    name: str
    outlined: bool
    shown: bool
    backwards: bool


class Keyboard:
    """A person who presses keys. Each stop of the focus must be seen, and follow the one before."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def open(self, address: str) -> None:
        """Type an address."""
        self._page.goto(address)

    def to(self, name: str) -> None:
        """Press Tab until what is called `name` has the focus; it may have it already."""
        passed: list[str] = []
        stop = self.stop()
        for _ in range(MOST_STOPS):
            if stop is not None and stop.name == name:
                return
            self._page.keyboard.press("Tab")
            stop = self.stop()
            if stop is not None:
                assert stop.outlined, f"nobody sees the focus on {stop}"
                assert stop.shown, f"the focus is out of sight on {stop}"
                assert not stop.backwards, f"the focus goes back to {stop} after {passed[-1:]}"
                passed.append(stop.name)
        raise AssertionError(f"no way to {name!r} among {passed}")

    def stop(self) -> Stop | None:
        """What has the focus now; None where nothing has."""
        found = self._page.evaluate(FOCUSED)
        return Stop(**found) if found else None

    def write(self, name: str, text: str) -> None:
        """Go to the field called `name`, and write `text` in place of what is in it."""
        self.to(name)
        self._page.keyboard.press("Control+A")
        self._page.keyboard.type(text)

    def press(self, name: str, key: str = "Enter") -> None:
        """Go to what is called `name`, and press `key` on it."""
        self.to(name)
        self._page.keyboard.press(key)

    def follow(self, name: str) -> None:
        """Press the link or button called `name`, and wait for the page it leads to."""
        self.to(name)
        with self._page.expect_navigation():
            self._page.keyboard.press("Enter")
