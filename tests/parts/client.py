"""Something like a NuGet client, spoken to a Flask app: reads with Basic, writes with a key."""

import base64
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from ninety.rules import scopes
from ninety.rules.people import Person
from ninety.wiring import Ninety


class NuGetClient:
    """Asks an app for what NuGet clients ask; `secret` is the API key it has, or None.

    Every answer is read to its end.
    """

    def __init__(self, app: Flask, secret: str | None = None) -> None:
        self._app, self.secret = app, secret

    def get(self, path: str, *, method: str = "GET", **headers: str) -> TestResponse:
        """Read `path`; words of `headers` are joined by dashes."""
        if self.secret is not None:
            credentials = base64.b64encode(f"any:{self.secret}".encode()).decode()
            headers = {"Authorization": f"Basic {credentials}", **headers}
        return self._ask(method, path, headers)

    def documents(self, path: str) -> Any:
        """The JSON at `path`; AssertionError where there is none."""
        answer = self.get(path)
        assert answer.status_code == 200, (answer.status, answer.text)
        return answer.json

    def push(
        self, package: bytes, path: str = "/api/v2/package/", method: str = "PUT"
    ) -> TestResponse:
        """Push as nuget.exe does: one part, its name and file name without quotes."""
        body = (
            b"--b\r\nContent-Disposition: form-data; name=package; filename=package.nupkg\r\n"
            b"Content-Type: application/octet-stream\r\n\r\n" + package + b"\r\n--b--\r\n"
        )
        kind = {"Content-Type": 'multipart/form-data; boundary="b"'}
        return self.write(method, path, body, **kind)

    def write(self, method: str, path: str, body: bytes = b"", **headers: str) -> TestResponse:
        """Send `body` with the key in its header."""
        if self.secret is not None:
            headers = {"X-NuGet-ApiKey": self.secret, **headers}
        return self._ask(method, path, headers, data=body)

    def _ask(
        self, method: str, path: str, headers: dict[str, str], data: bytes = b""
    ) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._app.test_client().open(
            path, method=method, headers=named, data=data, buffered=True
        )


def client_of(world: Ninety, app: Flask, person: Person, days: int = 90) -> NuGetClient:
    """A client with a new key of `person`."""
    made = world.lifecycle.make(person, "ci", days, world.clock(), actions=scopes.ACTIONS)
    return NuGetClient(app, made.secret)
