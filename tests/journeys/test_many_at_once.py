"""Many push at once, and the server dies in the middle of it: one winner, nothing half-kept."""

import base64
import http.client
import json
import re
import socket
from collections import Counter
from pathlib import Path
from random import Random
from threading import Barrier, Thread

import pytest

from ninety.settings import Settings
from ninety.wiring import open_ninety
from parts.packages import make_nupkg
from parts.visit import EMAIL, PASSWORD
from parts.waiting import wait_until

pytestmark = pytest.mark.journey


def ask(feed, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """One request on a connection of its own; status and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", feed.port, timeout=30)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def push(feed, key: str, content: bytes) -> int:
    """Push `content` as the raw body; the status of the answer."""
    return ask(feed, "PUT", "/api/v2/package/", content, X_NuGet_ApiKey=key)[0]


def all_at_once(tasks) -> list[int]:
    """What each task returns, all begun in the same moment."""
    together, answers = Barrier(len(tasks)), []

    def run(task) -> None:
        together.wait()
        answers.append(task())

    threads = [Thread(target=run, args=[task]) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def versions(feed, key: str, package_id: str) -> list[str]:
    """The versions the feed lists of an id."""
    basic = base64.b64encode(f"any:{key}".encode()).decode()
    path = f"/v3/package/{package_id}/index.json"
    status, body = ask(feed, "GET", path, Authorization=f"Basic {basic}")
    assert status == 200
    return json.loads(body)["versions"]


def test_of_eight_pushers_of_one_version_one_wins(product, account):
    feed = product()
    key = account(feed)
    packages = [make_nupkg(description=f"pusher {number}") for number in range(8)]
    answers = all_at_once([lambda content=one: push(feed, key, content) for one in packages])
    assert Counter(answers) == {201: 1, 409: 7}
    folder = feed.data / "packages" / "acme.core"
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["1.0.0"]
    assert (folder / "1.0.0" / "acme.core.1.0.0.nupkg").read_bytes() in packages
    assert list((feed.data / "incoming").iterdir()) == []
    assert versions(feed, key, "acme.core") == ["1.0.0"]


def test_whichever_process_answers_knows_what_was_acknowledged(product, account):
    feed = product(NINETY_WEB_PROCESSES="2")
    key = account(feed)
    acknowledged: list[str] = []

    def push_some(major: int) -> int:
        for minor in range(8):
            if push(feed, key, make_nupkg(version=f"{major}.{minor}.0")) != 201:
                return 1
            acknowledged.append(f"{major}.{minor}.0")
        return 0

    def read_on() -> int:
        """How often an answer lacked what was acknowledged before it was asked for."""
        missing = 0
        while len(acknowledged) < 16:
            known = set(acknowledged)
            if known:  # each on a connection of its own, which either process may get
                missing += not known <= set(versions(feed, key, "acme.core"))
        return missing

    pushers = [lambda major=major: push_some(major) for major in (1, 2)]
    assert all_at_once([*pushers, read_on, read_on]) == [0, 0, 0, 0]


def test_of_eight_people_with_a_new_id_one_owns_it(product, account):
    feed = product()
    account(feed, email=EMAIL)  # the admin, who may push everywhere, stays out of it
    ninety = open_ninety(Settings(data=feed.data))
    keys = []
    for number in range(8):
        person = ninety.people.add(
            f"person{number}@example.org", PASSWORD, admin=False, timezone="UTC", now=feed.now()
        )
        keys.append(ninety.lifecycle.make(person, "ci", 90, feed.now()).secret)
    answers = all_at_once(
        [
            lambda number=number, key=key: push(feed, key, make_nupkg(version=f"1.0.{number}"))
            for number, key in enumerate(keys)
        ]
    )
    assert Counter(answers) == {201: 1, 403: 7}
    record = json.loads((feed.data / "packages" / "acme.core" / "package.json").read_text())
    assert len(record["owners"]) == 1
    further = [push(feed, key, make_nupkg(version=f"2.0.{n}")) for n, key in enumerate(keys)]
    assert Counter(further) == {201: 1, 403: 7}, "the owner pushes on, the others do not"


def begun(incoming: Path) -> bool:
    """Whether some of an upload is in a file."""
    return any(path.stat().st_size for path in incoming.rglob("*") if path.is_file())


def test_a_server_killed_in_the_middle_of_a_push_leaves_nothing_and_takes_it_again(
    product, account
):
    feed = product()
    key = account(feed)
    content = make_nupkg(files={"noise.bin": Random(90).randbytes(8 * 1024 * 1024)})
    incoming = feed.data / "incoming"
    with socket.create_connection(("127.0.0.1", feed.port), timeout=30) as connection:
        head = f"PUT /api/v2/package/ HTTP/1.1\r\nHost: 127.0.0.1:{feed.port}\r\n"
        head += f"X-NuGet-ApiKey: {key}\r\nContent-Length: {len(content)}\r\n\r\n"
        connection.sendall(head.encode() + content[: len(content) // 2])
        wait_until(lambda: begun(incoming), 10, "an upload that has begun")
        feed.kill()
    assert list(incoming.iterdir()) != []

    feed.start()
    assert list(incoming.iterdir()) == []
    assert push(feed, key, content) == 201
    assert versions(feed, key, "acme.core") == ["1.0.0"]


def test_serving_processes_that_are_killed_come_back(product, account):
    feed = product()
    key = account(feed)
    serving = [one for one in feed.processes() if re.match("ninety-(web|serving)", one.name)]
    for one in serving:
        one.kill()

    def pushes() -> bool:
        try:
            return push(feed, key, make_nupkg()) in (201, 409)
        except OSError:
            return False

    wait_until(pushes, 30, "a server that takes pushes again")
    assert versions(feed, key, "acme.core") == ["1.0.0"]
