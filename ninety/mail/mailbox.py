"""Mail addresses as SMTP and message headers want them."""

import ipaddress
import re


def in_ascii(address: str) -> str:
    """`alice@bücher.example` as `alice@xn--bcher-kva.example`: the domain in ASCII (RFC 3490).

    The local part stays as it is; only its own server may know another form of it
    (RFC 6530 section 4.4). What cannot stand in an SMTP command is a ValueError.
    """
    local, _, domain = address.rpartition("@")
    try:
        name = domain.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not local or not name or not re.fullmatch(r"[^\s<>\x00-\x1f\x7f]+", local + name):
        raise ValueError(f"{address!r} is not an e-mail address")
    return f"{local}@{name}"


def domain_of(host: str) -> str:
    """A host as the part behind the at-sign; an IP address in brackets (RFC 5321 section 4.1.3)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"
