"""Where on its host the feed is mounted, such as below `/feeds/team`.

A proxy in front may cut the prefix off or pass it on, and may tell it in a
header or leave that to the settings; behind this layer it is always
SCRIPT_NAME, and PATH_INFO is the path below it (PEP 3333, "environ Variables").
"""

import re
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ninety.rules import addresses

SET_ADDRESS = "ninety.set_address"
"""Where in the environ the public address stands, as `set_address` gave it for this request."""

# Many a proxy is set up so that one slash becomes two. Flask would answer by a redirect,
# and a client that is redirected sends its package twice.
_SLASHES = re.compile("/{2,}")


class Mounted:
    """WSGI middleware that tells `application` the prefix it is mounted below.

    `set_address` gives the public address, whose path is then the prefix, or an
    empty text: then it is what a trusted proxy said. `known` is whether there
    is anything at a path. It decides where both readings of a path are possible,
    as in `/packages/Acme.Core` of a feed that is mounted below `/packages`.
    """

    def __init__(
        self,
        application: WSGIApplication,
        set_address: Callable[[], str],
        known: Callable[[str], bool],
    ) -> None:
        self._application, self._set_address, self._known = application, set_address, known

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, whatever its path was before the proxy."""
        address = environ[SET_ADDRESS] = self._set_address()
        if address:
            prefix = addresses.prefix_of(address)
        else:
            told = environ.get("SCRIPT_NAME", "")
            prefix = addresses.checked_prefix(told) if told else ""
        path = environ.get("PATH_INFO", "")
        if "//" in path:
            path = _SLASHES.sub("/", path)
        environ["SCRIPT_NAME"] = prefix
        environ["PATH_INFO"] = self._below(prefix, path)
        return self._application(environ, start_response)

    def _below(self, prefix: str, path: str) -> str:
        if not prefix or not f"{path}/".startswith(f"{prefix}/"):
            return path
        rest = path.removeprefix(prefix) or "/"
        return path if self._known(path) and not self._known(rest) else rest
