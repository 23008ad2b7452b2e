"""The numbers of downloads, across restarts of the running product and a death of it."""

import json
import urllib.request

import pytest

from parts.packages import make_nupkg

pytestmark = pytest.mark.journey

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(feed, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(feed.address + path, body, named, method=method)
    with OPENER.open(request, timeout=30) as answer:
        return answer.read()


def downloads(feed) -> int:
    (found,) = json.loads(ask(feed, "/v3/search?q=acme"))["data"]
    assert found["totalDownloads"] == found["versions"][0]["downloads"]
    return found["totalDownloads"]


def test_downloads_are_counted_across_processes_restarts_and_a_sudden_end(product, account):
    feed = product(NINETY_READ_ACCESS="public")
    package = make_nupkg()
    ask(feed, "/api/v2/package/", method="PUT", body=package, X_NuGet_ApiKey=account(feed))

    def download(times: int) -> None:
        for _each in range(times):
            assert ask(feed, "/v3/package/acme.core/1.0.0/acme.core.1.0.0.nupkg") == package

    download(40)
    feed.restart()
    assert downloads(feed) == 40, "what was gathered is kept at the end"
    download(5)
    feed.kill()
    feed.start()
    assert 40 <= downloads(feed) <= 45, "no more is lost than was gathered since"
