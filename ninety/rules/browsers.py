"""Browsers by name, as far as what they call themselves tells (RFC 9110 section 10.1.5).

They all claim to be each other, so the order of the marks decides: the rarer name
stands beside the names it borrows. It is shown to people and decides nothing.
"""

from functools import lru_cache

from ninety.rules.uses import client_name

_BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Unix"),
)


@lru_cache(maxsize=256)
def browser(user_agent: str) -> str:
    """`Firefox on Linux` from a whole User-Agent; a program of another kind by its own name."""
    name = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if name:
        return f"{name} on {system}" if system else name
    if user_agent.startswith("Mozilla/"):
        return f"A browser on {system}" if system else "A browser"
    return client_name(user_agent) if user_agent.strip() else "A browser that gives no name"
