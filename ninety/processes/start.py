"""What must be true before anything is started, each refusal one sentence."""

import errno
import os
import socket
import tempfile
from pathlib import Path

from ninety.settings import Settings

REFUSED = 2
"""The exit status of a start that was refused."""


class CannotStart(Exception):
    """Ninety will not start; the sentence says why and what to do."""


def check_folder(data: Path) -> None:
    """Make the data folder where it is missing, and prove it writable. Raises CannotStart."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        reason = os.strerror(error.errno or errno.EIO)
        raise CannotStart(
            f"The data folder {data.absolute()} cannot be written to ({reason}); "
            "make it writable, or choose another with NINETY_DATA"
        ) from None


def check_port(host: str, port: int) -> None:
    """Bind the port alone for a moment, since the web server would silently share it.

    The connections of a server that ended a moment ago may linger on the port
    (SO_REUSEADDR); a server that listens on it may not (no SO_REUSEPORT).
    Raises CannotStart.
    """
    try:
        address = numeric_address(host)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            probe.listen(1)
    except PermissionError:
        raise CannotStart(
            f"Port {port} is for the system's own services; choose one from 1024 up, "
            "such as NINETY_PORT=5090 make run"
        ) from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise CannotStart(
                f"NINETY_HOST {host} is not an address of this machine ({error.strerror})"
            ) from None
        other = port + 1 if port < 65535 else port - 1
        raise CannotStart(
            f"Port {port} is in use by another program; stop that, or choose another port: "
            f"NINETY_PORT={other} make run"
        ) from None


def numeric_address(host: str) -> str:
    """The first IP address of `host`. Raises OSError where it has none."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return str(found[0][4][0])


def web_address(settings: Settings) -> str:
    """Where a browser on this machine finds the feed, such as http://127.0.0.1:5090/."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}/" if ":" in host else f"http://{host}:{settings.port}/"
