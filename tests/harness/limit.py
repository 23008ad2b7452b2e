"""What bounds the product on this machine.

nginx with files for reads, a bare loop for pushes, and for both the server that the
product is in with next to no application.
"""

import itertools
import os
import shutil
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

from harness import bare_loop, bare_server
from ninety.processes.children import FRUGAL
from parts.product import REPOSITORY, free_port
from parts.proxy import PLACES
from parts.waiting import wait_until

ROOTS = (REPOSITORY, REPOSITORY / "tests")

CONFIGURATION = """
daemon off;
{user}
worker_processes 2;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 10000000;
    client_body_temp_path body;
    proxy_temp_path proxied;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port};
        root files;
    }}
}}
"""


def nginx() -> str | None:
    """Where nginx is on this machine, if it is."""
    return shutil.which("nginx", path=PLACES)


class Limit:
    """A process that keeps what is pushed to `push_port` and, where nginx is to be had, nginx.

    That serves from `port` what was given to `serve`. The bare server does both, at
    `bare_port`. All end with `stop`.
    """

    def __init__(self, folder: Path) -> None:
        self._files = folder / "files"
        self._names = itertools.count()
        pushed = folder / "pushed"
        for made in (self._files, pushed):
            made.mkdir(parents=True)
        self.push_port = free_port()
        self._started = [
            subprocess.Popen([sys.executable, bare_loop.__file__, str(self.push_port), pushed])
        ]
        self.bare_port = free_port()
        self._started.append(
            subprocess.Popen(
                [sys.executable, "-m", bare_server.__name__, str(self.bare_port), folder],
                env={**os.environ, **FRUGAL, "PYTHONPATH": os.pathsep.join(map(str, ROOTS))},
            )
        )
        self.port = free_port()
        if program := nginx():
            # Started by root, it would give its work to somebody who cannot see this folder.
            user = "user root;" if os.geteuid() == 0 else ""
            configuration = folder / "nginx.conf"
            configuration.write_text(CONFIGURATION.format(port=self.port, user=user), "utf-8")
            self._started.append(subprocess.Popen([program, "-p", folder, "-c", configuration]))
        try:
            for port in (self.push_port, self.bare_port, self.port)[: len(self._started)]:
                wait_until(partial(_listened_on, port), 10, f"a server on port {port}")
        except BaseException:
            self.stop()
            raise

    def serve(self, content: bytes) -> str:
        """Have nginx and the bare server serve `content`; returns the path it is at."""
        name = str(next(self._names))
        (self._files / name).write_bytes(content)
        return f"/{name}"

    def stop(self) -> None:
        """End all of them, and wait until they are gone."""
        for process in self._started:
            process.terminate()
        for process in self._started:
            process.wait(10)


def _listened_on(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0
