"""Where a key is used is shown to its owner, and every answer says when the key stops."""

import re

import pytest

from parts.client import NuGetClient, client_of
from parts.packages import make_nupkg
from parts.visitor import words

EXPIRES = "X-API-Key-Expires"


@pytest.fixture
def client(app, world, alice) -> NuGetClient:
    return client_of(world, app, alice)


def test_the_page_says_who_used_a_key_from_where_and_for_what(at_alice, world, client, clock):
    key_id = client.secret[4:14]
    assert "Never used" in words(at_alice.open("/account").text)
    client.push(make_nupkg())
    clock.move(hours=2)
    page = words(at_alice.open("/account").text)
    assert re.search(r"Used 2 hours ago by Werkzeug/\S+ from 127.0.0.1", page)
    client.get("/v3/package/acme.core/index.json", User_Agent="dotnet/10 (Linux)")
    page = words(at_alice.open(f"/account/keys/{key_id}").text)
    assert "dotnet/10 asked for acme.core with this key just now, from 127.0.0.1." in page
    assert re.search(r"Werkzeug/\S+ pushed Acme.Core 1.0.0 with this key 2 hours ago", page)
    assert "dotnet/10 127.0.0.1 acme.core" in page


def test_every_answer_to_a_living_key_says_when_it_stops(client):
    stops = "2027-02-21T14:04:00Z"
    assert client.push(make_nupkg()).headers[EXPIRES] == stops
    assert client.push(make_nupkg()).headers[EXPIRES] == stops, "a refusal too"
    assert client.get("/v3/package/acme.core/index.json").headers[EXPIRES] == stops
    assert client.get("/v3/search").headers[EXPIRES] == stops
    assert client.get("/v3/package/nothing/index.json").headers[EXPIRES] == stops


def test_strangers_and_dead_keys_are_told_nothing_of_it(app, client, clock):
    assert EXPIRES not in NuGetClient(app).get("/v3/search").headers
    clock.move(days=90)
    assert EXPIRES not in client.get("/v3/search").headers


def test_hostile_names_of_programs_are_shown_as_text(at_alice, client):
    client.get("/v3/search", User_Agent="<script>alert(1)</script>")
    page = at_alice.open(f"/account/keys/{client.secret[4:14]}").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_push_does_not_touch_the_keys(world, client):
    keys = world.settings.data / "keys.json"
    before = keys.stat().st_mtime_ns
    client.push(make_nupkg())
    world.using.keep()
    assert keys.stat().st_mtime_ns == before
    assert (world.settings.data / "uses.json").exists()


def test_a_note_is_kept_and_shown(at_alice, client):
    path = f"/account/keys/{client.secret[4:14]}"
    at_alice.open(path)
    page = at_alice.send(f"{path}/note", note=" Jenkins, job <release> ")
    assert "Jenkins, job <release>" in words(page.text)
    assert "<release>" not in page.text
    at_alice.open(path)
    assert at_alice.form(f"{path}/note").fields["note"] == "Jenkins, job <release>"


@pytest.mark.parametrize("note", ["x" * 201, "two\nlines"])
def test_a_note_that_is_no_line_is_refused_beside_its_field(at_alice, client, note):
    path = f"/account/keys/{client.secret[4:14]}"
    at_alice.open(path)
    assert at_alice.send(f"{path}/note", note=note).status_code == 422
