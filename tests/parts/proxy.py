"""A reverse proxy before a feed: nginx, which ends TLS with a certificate of its own making."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from parts import commands
from parts.product import free_port
from parts.required import missing
from parts.waiting import wait_until

# Debian puts it where the PATH of most people does not look.
PLACES = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin"

FORWARDED = {
    "X-Forwarded-For": "$proxy_add_x_forwarded_for",
    "X-Forwarded-Proto": "$scheme",
    "X-Forwarded-Host": "$http_host",
}

CONFIGURATION = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxied;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        client_max_body_size 250m;
        location {prefix}/ {{
            proxy_pass http://127.0.0.1:{target}{pass_as};
            {headers}
        }}
    }}
}}
"""


class Proxy:
    """nginx that makes what listens on `target` reachable at `address`, `https://…{prefix}`.

    Below `prefix`, which it cuts off unless `passes_on`; `tells` are further
    headers, with nginx's own variables in their values.
    """

    def __init__(
        self,
        folder: Path,
        target: int,
        *,
        prefix: str = "",
        passes_on: bool = False,
        tells: Mapping[str, str] | None = None,
    ) -> None:
        self.certificate = folder / "certificate.pem"
        port = free_port()
        self.origin = f"https://127.0.0.1:{port}"
        self.address = f"{self.origin}{prefix}"
        self.index = f"{self.address}/v3/index.json"
        self._folder = folder
        headers = [f"proxy_set_header {name} {value};" for name, value in (tells or {}).items()]
        self._configuration = CONFIGURATION.format(
            port=port,
            prefix=prefix,
            target=target,
            pass_as="" if passes_on else "/",
            headers=" ".join(headers),
        )

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        """Run it for the block."""
        program = shutil.which("nginx", path=PLACES)
        if program is None:
            missing("nginx", "install nginx")
        _make_certificate(self._folder)
        configuration = self._folder / "nginx.conf"
        configuration.write_text(self._configuration, encoding="utf-8")
        with (self._folder / "said.txt").open("wb") as said:
            process = subprocess.Popen(
                [program, "-e", "stderr", "-p", self._folder, "-c", configuration],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        try:
            wait_until((self._folder / "nginx.pid").exists, 10, "nginx to start")
            yield self
            process.terminate()
            assert process.wait(10) == 0, (self._folder / "said.txt").read_text("utf-8")
        finally:
            process.kill()
            process.wait()

    def trusting(self) -> ssl.SSLContext:
        """What makes Python trust its certificate, and no other."""
        return ssl.create_default_context(cafile=self.certificate)


def _make_certificate(folder: Path) -> None:
    """A certificate for this machine's own address, signed by itself, with its key beside it."""
    words = "openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2"
    made = commands.run(
        [
            *words.split(),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", folder / "key.pem", "-out", folder / "certificate.pem"),
        ],
        environment={"PATH": os.environ["PATH"], "HOME": str(folder)},
        folder=folder,
    )
    assert made.code == 0, made.text


@pytest.fixture
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Proxy]]:
    """Starts proxies: `proxy(5090, prefix="/feeds/team")`; they end with the test."""
    with ExitStack() as stack:

        def start(target: int, **options: object) -> Proxy:
            one = Proxy(tmp_path_factory.mktemp("proxy"), target, **options)
            return stack.enter_context(one.running())

        yield start
