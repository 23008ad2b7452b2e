"""The feed's address as this request should see it, and the hosts a request may name."""

from flask import Flask, request

from ninety.rules import addresses
from ninety.rules.errors import HostUnknown
from ninety.web.context import world
from ninety.web.prefix import SET_ADDRESS

# Watchdogs ask by whatever address they reach; the answer says nothing.
ANY_HOST = frozenset({"healthz"})


def init_app(app: Flask) -> None:
    """Refuse requests that name a host this feed was not told is its own."""
    app.before_request(_check_host)


def _check_host() -> None:
    if request.endpoint in ANY_HOST:
        return
    if world().settings.proxies:
        # Which hosts there are is the proxy's business, but links are made of what it told.
        believed = addresses.is_web_address(asked_at())
    else:
        bound = world().settings.host
        believed = addresses.believed(request.host, bound, set_address())
    if not believed:
        raise HostUnknown(request.host)


def public_base() -> str:
    """What links and `@id`s start with: the address set for the feed, else this request's."""
    return set_address() or asked_at()


def set_address() -> str:
    """The address set for the feed, read once a request; empty while there is none."""
    told = request.environ.get(SET_ADDRESS)
    return world().set_address() if told is None else str(told)


def asked_at() -> str:
    """The feed's address as this request names it, letter by letter: no IDNA is undone."""
    return f"{request.scheme}://{request.host}{request.script_root}"


def key_page(key_id: str) -> str:
    """The whole address of a key's page."""
    return f"{public_base()}/account/keys/{key_id}"
