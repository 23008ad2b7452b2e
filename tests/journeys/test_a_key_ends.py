"""The end of a key: the warning, the one mail, the refusal, and the way back."""

import os
import re
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from ninety.processes.embedded_redis import redis_url
from ninety.settings import Settings
from parts.visit import Visit

pytestmark = pytest.mark.journey


def mail_settings(smtp) -> dict[str, str]:
    return {"MAIL_SERVER": smtp.host, "MAIL_PORT": str(smtp.port)}


def expiry_of(feed) -> datetime:
    (shown,) = re.findall(r'"expires": "([^"]+)"', feed.flask("key", "list", "--json").stdout)
    return datetime.strptime(shown, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def test_nine_days_before_the_end_a_push_warns_and_one_mail_comes(
    client, page, product, mail_server, package, account
):
    smtp = mail_server()
    feed = product(clock=True, **mail_settings(smtp))
    secret = account(feed)
    ends = expiry_of(feed)
    feed.move_to(ends - timedelta(days=9))

    client.configure({"feed": feed.index}, passwords={"feed": secret})
    outcome = client.push(package(), secret, "feed")
    (key_id,) = re.findall(r"n90_([a-z2-7]{10})_", secret)
    link = f"{feed.address}/account/keys/{key_id}"
    assert outcome.code == 0, outcome.text
    assert outcome.warnings == [
        f"API key 'ci' ends in 9 days ({ends:%Y-%m-%d %H:%M} UTC). Renew it: {link}"
    ]

    feed.restart()
    (letter,) = smtp.wait_for(1)
    assert "ci" in letter.message["Subject"]
    body = " ".join(letter.body("plain").split())
    assert f"{ends.day} {ends:%b %Y, %H:%M} UTC" in body
    assert link in body
    page.goto(re.findall(r"http://\S+/account/keys/\w+", letter.body("plain"))[0])
    visit = Visit(page, feed)
    visit.sign_in()
    assert page.get_by_role("heading", name="ci", exact=True).is_visible()

    for _scan in range(3):
        assert feed.flask("reminders", "run").code == 0
    with Redis.from_url(redis_url(Settings(data=feed.data))) as redis:
        redis.flushall()
    feed.restart()
    assert feed.flask("reminders", "run").code == 0
    assert len(smtp.messages) == 1
    assert '"state": "SENT"' in feed.flask("reminders", "list", "--json").stdout


def test_at_its_end_a_key_is_refused_and_regenerating_brings_it_back(
    client, page, product, package, account
):
    feed = product(clock=True)
    secret = account(feed)
    feed.move_to(expiry_of(feed))
    client.configure({"feed": feed.index}, passwords={"feed": secret})
    outcome = client.push(package(), secret, "feed")
    assert outcome.code == 1
    assert "403" in outcome.stderr
    (said,) = outcome.warnings
    assert re.match(r"API key 'ci' ended \d{4}-\d\d-\d\d \d\d:\d\d UTC. Regenerate it: http", said)
    assert not (feed.data / "packages" / "acme.core").exists()

    visit = Visit(page, feed)
    visit.open(said.split("Regenerate it: " + feed.address)[1])
    page.get_by_role("button", name="Regenerate key").click()
    renewed = visit.secret()
    assert renewed != secret
    assert client.push(package(), renewed, "feed").code == 0
    (said,) = client.push(package(version="1.0.1"), secret, "feed").warnings
    assert "API key 'ci' was regenerated" in said


@pytest.mark.parametrize("client", ["nuget.exe"], indirect=True)
def test_dead_keys_are_told_apart_however_large_the_package(client, product, package, account):
    feed = product()
    (expired, revoked, alive) = (
        account(feed, name="expired", days=1, ago=timedelta(days=2)),
        account(feed, name="revoked"),
        account(feed, name="alive"),
    )
    client.configure({"feed": feed.index}, passwords={"feed": alive})
    assert feed.flask("key", "revoke", revoked[4:14]).code == 0
    small, large = package(), package(version="30.0.0", files={"noise.bin": noise(30)})
    told = {
        name: client.push(large if name == "expired" else small, key, "feed")
        for name, key in {
            "expired": expired,
            "revoked": revoked,
            "cut": alive[:-3],
            "unknown": "n90_" + "a" * 10 + "_" + "b" * 32 + checksum("n90_aaaaaaaaaa_" + "b" * 32),
        }.items()
    }
    missing = client.push(small, None, "feed")
    assert {name: outcome.code for name, outcome in told.items()} == dict.fromkeys(told, 1)
    for outcome in told.values():
        assert "403" in outcome.stderr, outcome.text
    assert [outcome.warnings[0][:32] for outcome in told.values()] == [
        "API key 'expired' ended 20" + told["expired"].warnings[0][26:32],
        "API key 'revoked' was revoked 20",
        "This is not a whole API key (mis",
        "This API key is not known here.",
    ]
    assert "401" in missing.stderr
    assert not (feed.data / "packages" / "acme.core").exists()
    assert list((feed.data / "incoming").iterdir()) == []


def noise(mib: int) -> bytes:
    """Bytes that do not compress, the same each time."""
    import random

    return random.Random(90).randbytes(mib * 1024 * 1024)


def checksum(body: str) -> str:
    from ninety.rules import secrets

    return secrets.checksum(body)


def test_pushes_and_pages_go_on_without_redis_or_mail_and_the_mail_comes_after(
    client, page, product, mail_server, package, account
):
    smtp = mail_server()
    smtp.fail("connect", "421 not today")
    feed = product(clock=True, **mail_settings(smtp))
    secret = account(feed)
    feed.move_to(expiry_of(feed) - timedelta(days=9))
    assert feed.flask("reminders", "run").code == 0
    (redis,) = [one for one in feed.processes() if "valkey-server" in one.command]
    os.kill(redis.pid, signal.SIGSTOP)
    try:
        client.configure({"feed": feed.index}, passwords={"feed": secret})
        assert client.push(package(), secret, "feed").code == 0
        shown = Visit(page, feed).open("/account").inner_text("body")
        assert "Redis is down since" in shown
        assert "The mail server is down since" in shown
        smtp.recover()
        feed.move(hours=1)
        assert feed.flask("reminders", "run").code == 0
        assert len(smtp.wait_for(1)) == 1
    finally:
        os.kill(redis.pid, signal.SIGCONT)
    wait_for_calm(page)
    assert len(smtp.messages) == 1


def wait_for_calm(page) -> None:
    """Until no page says any more that something is down."""
    deadline = time.monotonic() + 20
    while "is down since" in page.inner_text("body"):
        assert time.monotonic() < deadline, page.inner_text("body")
        page.wait_for_timeout(500)
        page.reload()
