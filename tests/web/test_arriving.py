"""Of an adopted secret nothing is shown: on no page, in no header, in no mail."""

import json
from datetime import timedelta

import pytest

from ninety.rules import scopes
from parts.visitor import words

SECRET = "oy2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"


@pytest.fixture
def key(world, alice, clock):
    """An adopted key whose name has no letter that a header can carry."""
    return world.arriving.adopt(alice, "сборка", SECRET, clock(), actions=scopes.ACTIONS)


def ask(world_app, secret=SECRET):
    return world_app.test_client().get("/api/v1/keys/self", headers={"X-NuGet-ApiKey": secret})


def test_pages_say_that_a_secret_was_adopted(at_alice, key):
    listed = words(at_alice.open("/account").text)
    assert "сборка adopted secret" in listed
    page = words(at_alice.open(f"/account/keys/{key.id}").text)
    assert "Secret adopted 23 Nov 2026, 15:04 CET (14:04 UTC)" in page
    for said in (listed, page):
        assert "_…" not in said
        assert SECRET[:4] not in said
        assert "Begins with" not in said
    assert "End set" not in page


def test_what_took_its_place_names_it_without_a_prefix(world, at_alice, alice, key, clock):
    new = world.lifecycle.rotate(key.id, alice, clock()).key
    page = words(at_alice.open(f"/account/keys/{new.id}").text)
    assert "Took the place of сборка, whose secret stops" in page
    assert f"Begins with n90_{new.id}_…" in page


def test_warnings_name_the_key_by_its_id_where_its_name_cannot_be_written(app, key, clock):
    clock.now = key.expires_at - timedelta(days=5)
    (warning,) = ask(app).headers.getlist("X-NuGet-Warning")
    assert warning.startswith(f"API key '{key.id}' ends in 5 days")
    clock.now = key.expires_at
    (warning,) = ask(app).headers.getlist("X-NuGet-Warning")
    assert warning.startswith(f"API key '{key.id}' ended")


def test_a_key_without_an_end_is_told_what_is_missing(world, app, key):
    path = world.settings.data / "keys.json"
    tables = json.loads(path.read_text())
    tables["keys"][key.id]["expires_at"] = None
    path.write_text(json.dumps(tables))
    refused = ask(app)
    assert refused.status_code == 401
    assert refused.get_json()["detail"] == (
        f"API key 'сборка' ({key.id}) came without an end and works once it has one; "
        "an admin of this feed gives it one with flask key spread."
    )
    pushed = app.test_client().put("/api/v2/package", headers={"X-NuGet-ApiKey": SECRET})
    assert pushed.status_code == 403
    assert f"({key.id}) came without an end" in pushed.headers["X-NuGet-Warning"]


def test_the_page_says_when_an_end_was_set(world, at_alice, alice, make_app, clock):
    generous = make_app(key_max_days=365).extensions["ninety"]
    key = generous.lifecycle.make(alice, "ci", 365, clock()).key
    clock.move(days=7)
    world.arriving.spread(clock())
    page = words(at_alice.open(f"/account/keys/{key.id}").text)
    assert "End set 30 Nov 2026, 15:04 CET (14:04 UTC), because the key had none" in page
