"""The whole product as one process tree: Redis, the worker, and the web server above them."""

import importlib
import os
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ninety.processes import children, embedded_redis, shared_code, single_instance, start
from ninety.processes.children import Child
from ninety.processes.supervisor import Part, Supervisor
from ninety.settings import Settings

WEB_SECONDS = 5.0
WORKER_SECONDS = 3.0
REDIS_SECONDS = 2.0
"""How long each may take to end before it is killed."""

SENDING_SECONDS = 90.0
"""How long the worker may take while it waits for a mail server's word on one mail."""

HEAD_START = 1.0
"""Seconds by which the web server, which people wait for, starts before the worker."""

ANSWER_SECONDS = 1.0

WEB_SERVER, WORKER = "ninety.processes.web_server", "worker"
"""The modules whose `main` the two are: both are programs of their own as well."""


def run(
    settings: Settings,
    *,
    prepare: Callable[[], int],
    announce: Callable[[], int],
    sending: Callable[[], bool],
) -> int:
    """Run the product until SIGTERM, SIGINT or SIGHUP, and return the exit status.

    `prepare` is done before anything is started, by the one that holds the data
    folder; anything but 0 ends the start with that status. `announce` is done
    once the web server answers. Both run in short-lived processes of their own.
    `sending` says whether a mail is on its way to the mail server at this moment.
    Raises CannotStart, AlreadyRunning and RedisNotFound.
    """
    start.check_folder(settings.data)
    address = start.web_address(settings)
    single_instance.hold(settings.data, address)
    start.check_port(settings.host, settings.port)
    parts = [] if settings.redis_url else [_redis(settings.data)]
    if sys.platform == "linux":
        shared_code.load(WEB_SERVER)
    refused = os.waitstatus_to_exitcode(os.waitpid(children.aside(prepare), 0)[1])
    if refused:
        return refused

    def worker_may_take(seconds: float) -> bool:
        return seconds < WORKER_SECONDS or (seconds < SENDING_SECONDS and sending())

    parts.append(
        Part(
            "worker",
            partial(_start, WORKER, "ninety-worker"),
            worker_may_take,
            start_at=time.monotonic() + HEAD_START,
        )
    )
    parts.append(
        Part(
            "web server",
            partial(_start, WEB_SERVER, "ninety-web"),
            lambda seconds: seconds < WEB_SECONDS,
        )
    )

    def say_hello() -> int:
        print(f"Ninety is at {address} (Ctrl-C stops it)", flush=True)
        return announce()

    supervisor = Supervisor(parts)
    supervisor.run(lambda: _answers(settings), say_hello)
    supervisor.stop()
    if not settings.redis_url:
        embedded_redis.forget(settings.data)
    return 0


def _start(module: str, name: str) -> Child:
    """Start the program that `module` is, where that can be in a copy of this process.

    What is not loaded yet is loaded by the copy: if that fails, only it ends. Elsewhere
    than on Linux, libraries of the system may have threads already, which a copy lacks.
    """
    if sys.platform == "linux":
        return children.fork(name, lambda: int(importlib.import_module(module).main()))
    return children.start([sys.executable, "-m", module])


def _redis(data: Path) -> Part:
    program = embedded_redis.server_program()
    command = embedded_redis.command(program, data, embedded_redis.prepare(data))
    return Part(
        "embedded Redis",
        partial(children.start, command),
        lambda seconds: seconds < REDIS_SECONDS,
    )


def _answers(settings: Settings) -> bool:
    """Whether the web server answers; by hand, since an HTTP client costs megabytes."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    request = f"GET /healthz HTTP/1.0\r\nHost: {host}:{settings.port}\r\n\r\n"
    try:
        with socket.create_connection((host, settings.port), ANSWER_SECONDS) as connection:
            connection.sendall(request.encode("ascii"))
            return b" 200 " in connection.recv(32)
    except OSError:
        return False
