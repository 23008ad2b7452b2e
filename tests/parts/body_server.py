"""Granian over a small application that reads, refuses or ignores request bodies.

`python body_server.py PORT` serves it in one process of eight threads, with a
pace quick enough for tests: a stalled body is given up after half a second.
"""

import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

REPOSITORY = Path(__file__).parents[2]
LIMIT_MIB = 32
AT_ONCE = 4


def answers(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """`/read` says how many bytes came, `/refuse` reads none, `/threads` counts the readers."""
    from ninety.rules.errors import PackageTooLarge, TooBusy, UploadIncomplete, UploadTooSlow

    status, said = "200 OK", "ok"
    try:
        match environ["PATH_INFO"]:
            case "/read":
                said = str(sum(map(len, environ["wsgi.input"].chunks())))
            case "/refuse":
                status, said = "403 Forbidden", "no"
            case "/threads":
                said = str(sum(one.name == "request-body" for one in threading.enumerate()))
    except UploadTooSlow:
        status, said = "408 Request Timeout", "too slow"
    except PackageTooLarge:
        status, said = "413 Content Too Large", "too large"
    except UploadIncomplete:
        status, said = "400 Bad Request", "incomplete"
    except TooBusy:
        status, said = "503 Service Unavailable", "busy"
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(said)))])
    return [said.encode()]


def application() -> object:
    """The application with its bodies paced."""
    from ninety.processes.renewal import renew
    from ninety.web.bodies import PacedBodies
    from ninety.web.body_pump import Pace

    pace = Pace(patience=0.5, bytes_per_second=64 * 1024, drain=5.0, at_once=AT_ONCE, turn=0.2)
    return PacedBodies(answers, LIMIT_MIB, pace=pace, renew=renew)


if __name__ == "__main__":
    sys.path.insert(0, str(REPOSITORY))
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import MPServer

    MPServer(
        "body_server:application",
        factory=True,
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        websockets=False,
        blocking_threads=8,
        backpressure=256,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        workers_kill_timeout=1,
        log_level=LogLevels.error,
    ).serve()
