"""What a program may ask about its own key, and do with it."""

import json

import pytest
from flask import Flask

from ninety.rules import instants, secrets
from ninety.rules.people import Person
from ninety.wiring import Ninety


class Program:
    """Something that holds a key and speaks to the key API of an app."""

    def __init__(self, app: Flask, secret: str) -> None:
        self._app, self.secret = app, secret

    def ask(self, method: str, path: str, body: object = None, **headers: str):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._app.test_client().open(
            f"/api/v1/keys{path}",
            method=method,
            headers=named or {"X-NuGet-ApiKey": self.secret},
            data=body if isinstance(body, bytes) else json.dumps(body) if body else None,
        )

    def rotate(self, **wanted: object):
        return self.ask("POST", "/self/rotate", wanted or None)


@pytest.fixture
def ci(world: Ninety, alice: Person, clock) -> str:
    return world.lifecycle.make(alice, "ci", 90, clock()).secret


@pytest.fixture
def program(app: Flask, ci: str) -> Program:
    return Program(app, ci)


def test_a_key_tells_of_itself_and_never_its_secret(program, ci, clock):
    answer = program.ask("GET", "/self")
    told = answer.json
    assert answer.status_code == 200
    assert (told["name"], told["owner"], told["state"]) == ("ci", "alice@example.org", "alive")
    assert told["expires_at"] == "2027-02-21T14:04:00Z"
    assert told["seconds_left"] == 90 * 24 * 3600
    assert (told["actions"], told["packages"]) == (["push", "push-version", "read"], ["*"])
    assert told["successor"] is None
    assert answer.headers["X-API-Key-Expires"] == told["expires_at"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert ci[15:] not in answer.text


def test_a_bearer_token_is_as_good_and_two_different_keys_are_refused(program, ci):
    assert program.ask("GET", "/self", Authorization=f"Bearer {ci}").status_code == 200
    both = {"X_NuGet_ApiKey": ci, "Authorization": f"bearer {ci}"}
    assert program.ask("GET", "/self", **both).status_code == 200
    both["Authorization"] = f"Bearer {secrets.new_secret('aaaaaaaaaa')}"
    assert program.ask("GET", "/self", **both).status_code == 400


def test_refusals_are_problems_in_json(program, clock):
    clock.move(days=90)
    refused = program.ask("GET", "/self")
    assert (refused.status_code, refused.mimetype) == (401, "application/problem+json")
    assert refused.json["status"] == 401
    assert "ended 2027-02-21 14:04 UTC" in refused.json["detail"]
    missing = program.ask("GET", "/self", User_Agent="curl")
    assert (missing.status_code, missing.mimetype) == (401, "application/problem+json")
    unknown = program.ask("GET", "/nothing")
    assert (unknown.status_code, unknown.mimetype) == (404, "application/problem+json")


def test_rotating_hands_over_the_new_secret_once(app, program, world, ci, clock):
    answer = program.rotate()
    assert answer.status_code == 201
    told = answer.json
    assert secrets.PATTERN.fullmatch(told["key"])
    assert told["expires_at"] == "2027-02-21T14:04:00Z"
    assert told["old"]["stops_at"] == "2026-11-30T14:04:00Z"
    assert answer.headers["Cache-Control"] == "no-store"
    new = Program(app, told["key"])
    assert new.ask("GET", "/self").json["state"] == "alive"
    old = program.ask("GET", "/self")
    assert old.json["successor"] == {"id": told["id"], "used": True}
    assert old.json["stops_at"] == "2026-11-24T14:04:00Z"
    assert old.headers["X-API-Key-Expires"] == "2026-11-24T14:04:00Z"
    assert (
        "was rotated; this secret stops at 2026-11-24 14:04 UTC" in (old.headers["X-NuGet-Warning"])
    )
    refused = program.rotate()
    assert refused.status_code == 409
    assert "rotate with the new one" in refused.json["detail"]
    clock.move(days=2)
    assert program.ask("GET", "/self").status_code == 401
    assert program.rotate().status_code == 409, "a retired key whose successor is used"


def test_the_lengths_can_be_chosen(program):
    told = program.rotate(lifetime_days=30, overlap_hours=1).json
    assert told["expires_at"] == "2026-12-23T14:04:00Z"


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"[]",
        b"[" * 20_000,
        b"1",
        {"lifetime_days": 91},
        {"lifetime_days": "soon"},
        {"lifetime_days": [90]},
        {"overlap_hours": 169},
        {"overlap_hours": True},
        {"overlap_hour": 24},
        b"x" * 20_000,
    ],
)
def test_nonsense_is_refused_and_changes_nothing(program, world, alice, body):
    answer = program.ask("POST", "/self/rotate", body)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert len(world.lifecycle.keys_of(alice)) == 1


def test_a_key_given_back_is_dead(program):
    assert program.ask("DELETE", "/self").status_code == 204
    assert program.ask("GET", "/self").status_code == 401


def test_a_session_does_not_count_here(at_alice):
    assert at_alice.open("/api/v1/keys/self").status_code == 401


def test_the_retiring_key_is_known_by_its_instant(world, alice, program, clock):
    program.rotate()
    (old,) = [key for key in world.lifecycle.keys_of(alice) if key.successor]
    assert instants.text(old.stops_at) == "2026-11-30T14:04:00Z"
