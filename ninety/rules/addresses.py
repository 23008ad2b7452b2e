"""The addresses of a feed: the public one, and which hosts a request may name."""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

from ninety.rules.errors import FieldRefused

LOOPBACK_NAME = "localhost"

# Plain segments only, none of them `.` or `..`, so that nobody has to decode or resolve one.
_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*/?")


def check(address: str) -> str:
    """A public address as kept: `https://host[:port][/prefix]`. Raises FieldRefused."""
    address = address.strip().rstrip("/")
    if not is_web_address(address):
        raise FieldRefused("base_url", "This is not an address such as https://feed.example")
    return address


def is_web_address(address: str) -> bool:
    """Whether `address` is http or https with a host, a plain path, and no query or user."""
    if not address.isascii() or not address.isprintable() or set(address) & set(" \"'<>\\"):
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and port != 0
        and parts.username is None
        and _PREFIX.fullmatch(parts.path) is not None
        and not parts.query
        and not parts.fragment
    )


def prefix_of(address: str) -> str:
    """The path of a web address, `/feeds/team`, without a slash at its end; empty for a host."""
    return urlsplit(address).path.rstrip("/")


def checked_prefix(told: str) -> str:
    """The prefix a proxy told, as `prefix_of` gives it; empty where it is none at all."""
    return told.rstrip("/") if _PREFIX.fullmatch(told) else ""


def host_of(address: str) -> str:
    """The host of a web address, lower case, without port or brackets."""
    return urlsplit(address).hostname or ""


def neighbourhood(address: str) -> str:
    """The network address of a client as far as it tells one client from another.

    Of IPv6 that is the first 64 bits; the others each client chooses (RFC 4291
    section 2.5.1). What is no address is itself.
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    return str(ipaddress.ip_network((int(known), 64), strict=False))


def listening(host: str, port: int) -> str:
    """The address of a server that listens on `host` and `port`, as seen from its own machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}"


def is_loopback(address: str) -> bool:
    """Whether a web address leads to nothing but the machine it is opened on."""
    return _is_loopback_host(host_of(address))


def _is_loopback_host(host: str) -> bool:
    if host == LOOPBACK_NAME or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=256)
def believed(host: str, bound: str, public: str) -> bool:
    """Whether a request may name `host` as the feed's address.

    `bound` is the address the server listens on, `public` the address it was
    told is its own, or empty. Loopback, the bound and the public address are
    believed; so is any plain IP address where the server listens on all of
    them. Other names are not: a page elsewhere could point a name of its own
    here and read the feed through its visitor's browser (DNS rebinding).
    """
    name = host_of(f"http://{host}") if is_web_address(f"http://{host}") else ""
    if not name:
        return False
    if _is_loopback_host(name) or name in (bound.lower(), host_of(public)):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return bound in ("0.0.0.0", "::")
