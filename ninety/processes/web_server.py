"""The web server: Granian over the WSGI application that `app.create_serving_app` makes.

Its main process forks the serving ones, so that they share the code it has loaded.
"""

import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from wsgiref.types import WSGIApplication

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from ninety.processes import children, shared_code, start
from ninety.settings import Settings

MODULE, FACTORY = "app", "create_serving_app"

THREADS = 32
"""Requests handled at once per process. More than Python can use, because a thread also waits
while a slow client reads a package; not many more, because they all want the one lock of
the interpreter. Uploads take half of them at most; idle ones end after 30 seconds."""

CONNECTIONS = 1024
"""Open connections per process, most of them idle ones that clients keep for later."""

BACKLOG = 1024
"""Connections the kernel holds while none of those is free."""

RENEWAL_SECONDS = 1.0
"""How long a new process serves beside the one it replaces."""

FINISH_SECONDS = 3
"""How long a process that is to end may finish the requests it has."""


def main() -> int:
    """Serve until SIGTERM or SIGINT; a serving process that dies is replaced."""
    settings = Settings.from_environment(os.environ)
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")  # no longer the default from Python 3.14 on
    shared_code.load()
    server = granian(MODULE, settings.host, settings.port, settings.web_processes)
    server.serve(target_loader=_Loader(os.getpid()), wrap_loader=False)
    return 0


def granian(target: str, host: str, port: int, processes: int) -> MPServer:
    """Granian as we run it: why each number is what it is stands above."""
    return MPServer(
        target,
        address=start.numeric_address(host),
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=processes,
        blocking_threads=THREADS,
        backpressure=CONNECTIONS,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        respawn_interval=RENEWAL_SECONDS,
        workers_kill_timeout=FINISH_SECONDS,
        log_level=LogLevels.error,
        log_access=False,
    )


class _Loader:
    """Makes the application, in the process that will serve it."""

    def __init__(self, server: int) -> None:
        self._server = server

    def __call__(self) -> WSGIApplication:
        children.die_with(self._server)
        children.be_called("ninety-serving")
        # The handlers that came with the fork would let a stop during the load go unnoticed.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        factory: Callable[[], WSGIApplication] = getattr(importlib.import_module(MODULE), FACTORY)
        return factory()


if __name__ == "__main__":
    sys.exit(main())
