"""As little HTTP as it takes to ask: a client that costs next to nothing beside its answers."""

import base64
import socket
from types import TracebackType

BOUNDARY = "ninety"


class Connection:
    """One kept connection to a port of this machine, which asks one thing after the other."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")

    def ask(self, request: bytes) -> bytes:
        """Send a whole request and return the body of its answer.

        Raises AssertionError for any answer but a 200 or 201 that tells its length.
        """
        self._socket.sendall(request)
        status = self._answers.readline()
        length = -1
        while line := self._answers.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = self._answers.read(max(length, 0))
        assert status.split()[1:2] in ([b"200"], [b"201"]), (status, body[:1000])
        assert length >= 0, "an answer without its length"
        assert len(body) == length, f"{len(body)} bytes of {length}"
        return body

    def close(self) -> None:
        """Let go of the connection."""
        self._answers.close()
        self._socket.close()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def authorization(secret: str) -> str:
    """The header by which NuGet clients show a key when they read."""
    return f"Authorization: Basic {base64.b64encode(f'any:{secret}'.encode()).decode()}"


def get(path: str, port: int, secret: str) -> bytes:
    """A request that reads `path`."""
    return _head("GET", path, port, authorization(secret))


def put(content: bytes, port: int, secret: str) -> bytes:
    """A request that pushes a package as NuGet clients do."""
    body = b"".join(
        (
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=package;"
            " filename=package.nupkg\r\nContent-Type: application/octet-stream\r\n\r\n".encode(),
            content,
            f"\r\n--{BOUNDARY}--\r\n".encode(),
        )
    )
    head = _head(
        "PUT",
        "/api/v2/package/",
        port,
        f"X-NuGet-ApiKey: {secret}",
        f'Content-Type: multipart/form-data; boundary="{BOUNDARY}"',
        f"Content-Length: {len(body)}",
    )
    return head + body


def _head(method: str, path: str, port: int, *headers: str) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers, "", "")
    return "\r\n".join(lines).encode("ascii")
