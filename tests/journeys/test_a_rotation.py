"""A rotation in the middle of work: the old secret, both, and then the new one alone."""

import http.client
import json
import re
from datetime import timedelta
from threading import Barrier, Event, Thread

import pytest

from ninety.rules import instants
from parts.packages import make_nupkg
from parts.waiting import wait_until

pytestmark = pytest.mark.journey

PUSHERS = 8
VERSIONS_EACH = 12


def ask(feed, method: str, path: str, key: str, body: bytes = b"") -> tuple[int, bytes]:
    """One request with a key, on a connection of its own; status and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", feed.port, timeout=30)
    try:
        connection.request(method, path, body, {"X-NuGet-ApiKey": key})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def rotate(feed, key: str, **wanted: int) -> dict:
    """What the feed answers to a rotation."""
    status, body = ask(feed, "POST", "/api/v1/keys/self/rotate", key, json.dumps(wanted).encode())
    assert status == 201, body
    return json.loads(body)


def test_the_client_pushes_through_a_rotation_and_prints_when_the_old_secret_stops(
    client, product, package, account
):
    feed = product(clock=True)
    old = account(feed)
    client.configure({"feed": feed.index}, passwords={"feed": old})

    def push(version: str, key: str) -> tuple[int, list[str]]:
        outcome = client.push(package(version=version), key, "feed")
        return outcome.code, outcome.warnings

    def retiring(at) -> list[str]:
        link = f"{feed.address}/account/keys/{old[4:14]}"
        when = f"{at:%Y-%m-%d %H:%M} UTC"
        return [f"API key 'ci' was rotated; this secret stops at {when}. Use the new one: {link}"]

    assert push("1.0.0", old) == (0, [])

    answer = rotate(feed, old)
    new, in_a_week = answer["key"], instants.parse(answer["old"]["stops_at"])
    assert abs(in_a_week - feed.now() - timedelta(days=7)) < timedelta(minutes=1)
    assert push("1.0.1", old) == (0, retiring(in_a_week))

    assert push("1.0.2", new) == (0, [])
    status, body = ask(feed, "GET", "/api/v1/keys/self", old)
    assert status == 200
    tomorrow = instants.parse(json.loads(body)["stops_at"])
    assert abs(tomorrow - feed.now() - timedelta(hours=24)) < timedelta(minutes=1)
    assert push("1.0.3", old) == (0, retiring(tomorrow))

    feed.move_to(tomorrow)
    code, warnings = push("1.0.4", old)
    assert code == 1
    assert re.fullmatch(
        rf"API key 'ci' was rotated; this secret stopped {tomorrow:%Y-%m-%d %H:%M} UTC\. "
        rf"Use the new one: {feed.address}/account/keys/\w+",
        warnings[0],
    )
    assert push("1.0.4", new) == (0, [])


def test_eight_who_push_through_a_rotation_lose_no_push(product, account):
    feed = product()
    secrets = [account(feed)]
    together, rotated = Barrier(PUSHERS + 1), Event()
    answers: list[tuple[bool, int]] = []

    def push_on(pusher: int) -> None:
        together.wait()
        for number in range(VERSIONS_EACH):
            # Half of them are told the new secret, as builds are: some time after the rotation.
            if number == VERSIONS_EACH // 2:
                assert rotated.wait(30)
            key = secrets[-1] if pusher % 2 else secrets[0]
            content = make_nupkg(version=f"{pusher}.{number}.0")
            status, _body = ask(feed, "PUT", "/api/v2/package/", key, content)
            answers.append((key == secrets[0], status))

    threads = [Thread(target=push_on, args=[pusher]) for pusher in range(PUSHERS)]
    for thread in threads:
        thread.start()
    together.wait()
    wait_until(lambda: len(answers) >= PUSHERS, 30, "pushes under way")
    secrets.append(rotate(feed, secrets[0])["key"])
    rotated.set()
    for thread in threads:
        thread.join()

    assert [status for _old, status in answers] == [201] * PUSHERS * VERSIONS_EACH
    with_new = sum(not old for old, _status in answers)
    assert with_new >= PUSHERS // 2 * VERSIONS_EACH // 2
    assert [ask(feed, "GET", "/api/v1/keys/self", key)[0] for key in secrets] == [200, 200]
    folder = feed.data / "packages" / "acme.core"
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {
        f"{pusher}.{number}.0" for pusher in range(PUSHERS) for number in range(VERSIONS_EACH)
    }
