"""Somebody leaves: what breaks is read first, and from then on every process refuses their keys."""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ninety.settings import Settings
from ninety.wiring import open_ninety
from parts import processes
from parts.packages import make_nupkg
from parts.visit import EMAIL, PASSWORD, Visit

pytestmark = pytest.mark.journey

CONNECTIONS = 100
CAROL = "carol@example.org"
# The names of Bob's keys, what they may push and did, the notes he left, and whom it concerns:
# Carol owns Acme.Core too, and EMAIL is the admin's.
KEYS = {
    "jenkins": ("Acme.*", "Acme.Core", "Jenkins, job release", CAROL),
    "laptop": ("*", "Tools.Core", "", CAROL),
    "deploy": ("Other.*", "Other.Core", "GitLab, deploy", EMAIL),
}


@pytest.fixture
def feed(product):
    return product(NINETY_WEB_PROCESSES="2")


@pytest.fixture
def served(feed) -> Iterator[list[http.client.HTTPConnection]]:
    """An open connection to each process that serves the web."""
    with ExitStack() as stack:
        found = {}
        for _ in range(CONNECTIONS):
            connection = http.client.HTTPConnection("127.0.0.1", feed.port, timeout=30)
            stack.callback(connection.close)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            found[processes.at_other_end(connection.sock)] = connection
            if len(found) == 2:
                break
        assert len(found) == 2, f"{CONNECTIONS} connections reached only {list(found)}"
        yield list(found.values())


def push(connection, key: str, id: str, version: str) -> tuple[int, str]:
    """Push over a connection that stays open; status and sentence of the answer."""
    content = make_nupkg(id, version)
    connection.request("PUT", "/api/v2/package", content, {"X-NuGet-ApiKey": key})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def listed(page) -> list[str]:
    """What the page says of each key that breaks something."""
    return sorted(
        " ".join(one.split()) for one in page.locator("#breaks .keys > li").all_inner_texts()
    )


def test_three_used_keys_are_listed_and_refused_by_every_process(feed, served, page):
    visit = Visit(page, feed)
    visit.set_up()
    ninety = open_ninety(Settings(data=feed.data))
    bob, carol = (
        ninety.people.add(
            f"{name}@example.org", PASSWORD, admin=False, timezone="UTC", now=feed.now()
        )
        for name in ("bob", "carol")
    )
    secrets = {}
    for name, (globs, _, note, _) in KEYS.items():
        made = ninety.lifecycle.make(bob, name, 90, feed.now(), packages=[globs])
        ninety.lifecycle.annotate(made.key.id, bob, note, feed.now())
        secrets[name] = made.secret
    for number, connection in enumerate(served):
        for name, (_, id, _, _) in KEYS.items():
            assert push(connection, secrets[name], id, f"1.0.{number}")[0] == 201
    visit.open("/packages/Acme.Core/owners")
    page.get_by_label("Add an owner").fill(carol.email)
    page.get_by_role("button", name="Add owner").click()

    page.get_by_text(f"{CAROL} is an owner").wait_for()

    visit.open("/admin/people")
    page.get_by_role("link", name=bob.email).click()
    page.get_by_role("heading", name="What stops").wait_for()
    before = listed(page)
    for name, said in zip(sorted(KEYS), before, strict=True):
        _, id, note, concerned = KEYS[name]
        assert said.startswith(f"{name} n90_")
        assert note in said
        assert re.search(
            rf"Last used just now by an unnamed program from 127.0.0.1, for {id} 1.0", said
        )
        assert f"Used for {id}" in said
        assert f"Tell {concerned}" in said
    assert page.locator("#tell").inner_text() == f"{EMAIL}, {CAROL}"

    page.get_by_label("Hand over to").fill(carol.email)
    page.get_by_label(f"Type {bob.email}").fill(bob.email)
    page.get_by_role("button", name="Disable account").click()
    page.get_by_text(f"{bob.email} is disabled").wait_for()
    for connection in served:
        for name, (_, id, _, _) in KEYS.items():
            status, sentence = push(connection, secrets[name], id, "2.0.0")
            assert status == 403
            assert f"API key '{name}' stopped with its owner's account" in sentence
    assert f"{carol.email} took over 3 packages and the notes of 3 keys." in page.inner_text("main")
    assert [said.partition(" · ")[0] for said in listed(page)] == [
        said.partition(" · ")[0] for said in before
    ]
    for _, id, _, _ in KEYS.values():
        record = json.loads((feed.data / "packages" / id.lower() / "package.json").read_text())
        assert record["owners"] == [carol.id]
    assert [one.note for one in ninety.leaving.taken_over(carol)].count("Jenkins, job release") == 1
