"""Addresses that strangers wrote: which are passed on to clients and linked on pages."""

from urllib.parse import urlsplit


def surely_good(url: str) -> bool:
    """Whether every URI parser takes `url`: http or https, a plain host, printable ASCII.

    An address a client cannot parse may cost it the whole document it stands in,
    and one of another scheme could run as a script on a page.
    """
    if not url.isascii() or not url.isprintable() or set(url) & set(' "<>\\^`{|}'):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    labels = host.removesuffix(".").split(".")
    plain = all(one.strip("-") == one and one.replace("-", "a").isalnum() for one in labels)
    return parts.scheme in ("http", "https") and (plain or host.count(":") > 1)
