"""The commands say one sentence where they refuse, and hand secrets over alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app import create_app
from ninety.rules import secrets, two_factor
from ninety.settings import Settings
from parts.hand_clock import START, HandClock

REPOSITORY = Path(__file__).parents[2]
PASSWORD = "a horse of course"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def app(tmp_path: Path, clock: HandClock) -> Flask:
    return create_app(Settings(data=tmp_path / "data"), clock=clock)


@pytest.fixture
def flask(app: Flask):
    """Runs `flask WORDS…`: `flask("user", "list")` gives the result."""
    runner: FlaskCliRunner = app.test_cli_runner()

    def run(*words: str, stdin: str = ""):
        return runner.invoke(args=words, input=stdin)

    return run


@pytest.fixture
def alice(flask) -> str:
    added = flask("user", "add", "alice@example.org", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert added.exit_code == 0, added.output
    return "alice@example.org"


@pytest.fixture
def key_id(flask, alice) -> str:
    made = flask("key", "create", alice, "--name", "ci", "--days", "30")
    assert made.exit_code == 0, made.output
    return made.stdout[4:14]


def test_people_are_added_listed_disabled_enabled_and_removed(flask, alice):
    def people():
        return json.loads(flask("user", "list", "--json").stdout)

    assert [(one["email"], one["admin"], one["disabled"]) for one in people()] == [
        (alice, False, "")
    ]
    assert flask("user", "disable", alice).exit_code == 0
    assert people()[0]["disabled"] == "2026-11-23 14:04 UTC"
    assert flask("user", "enable", alice).exit_code == 0
    assert people()[0]["disabled"] == ""
    assert flask("user", "remove", alice).exit_code == 0
    assert people() == []


def test_a_new_password_is_read_from_stdin(flask, app, alice):
    changed = flask("user", "password", alice, "--password-stdin", stdin="another good one\n")
    assert changed.exit_code == 0, changed.output
    people = app.extensions["ninety"].people
    assert people.sign_in(alice, "another good one", "10.0.3.7", START).email == alice
    assert "another good one" not in changed.output


@pytest.mark.parametrize(("options", "goes_on"), [([], True), (["--without-two-factor"], False)])
def test_a_new_password_ends_two_factor_sign_in_only_where_that_is_asked(
    flask, app, alice, options, goes_on
):
    ninety = app.extensions["ninety"]
    known, secret = ninety.people.by_email(alice), two_factor.new_secret()
    person = ninety.people.set_password(known.id, "one good password", START)
    code = two_factor.code(secret, two_factor.step_at(START))
    ninety.two_factor.switch_on(person, secret, "one good password", code, "", START)
    typed = ("user", "password", alice, "--password-stdin", *options)
    assert flask(*typed, stdin="another good one\n").exit_code == 0
    assert bool(ninety.people.get(person.id).two_factor) is goes_on


def test_a_new_password_that_is_easily_guessed_is_refused_with_the_reason(flask, alice):
    changed = flask("user", "password", alice, "--password-stdin", stdin="password1234\n")
    assert changed.exit_code == 1
    assert "add another word or two." in changed.stderr
    assert "password1234" not in changed.output


def test_an_invitation_goes_to_stdout_alone_and_makes_an_account(flask, app, alice):
    invited = flask("user", "invite", "eve@example.org", "--admin")
    assert invited.exit_code == 0, invited.output
    link, token = invited.stdout.strip().split("?token=")
    assert link == "http://127.0.0.1:5090/invitation"
    assert "until 2026-11-30 14:04 UTC" in invited.stderr
    inviting = app.extensions["ninety"].inviting
    eve = inviting.join(token, "Eve", "another horse entirely", "UTC", START)
    assert (eve.email, eve.admin) == ("eve@example.org", True)
    again = flask("user", "invite", alice)
    assert (again.exit_code, again.stdout) == (1, "")
    assert "There is an account with this address already." in again.stderr


def test_a_new_secret_goes_to_stdout_alone(flask, alice):
    made = flask("key", "create", alice, "--name", "ci")
    assert secrets.PATTERN.fullmatch(made.stdout.strip())
    assert "ends 2027-02-21 14:04 UTC" in made.stderr


def test_keys_are_listed_by_what_ends_first_with_their_state(flask, alice, key_id, clock):
    flask("key", "create", alice, "--name", "nightly", "--days", "7")
    clock.advance(days=8)
    listed = json.loads(flask("key", "list", alice, "--json").stdout)
    assert [(one["name"], one["state"], one["left"], one["expires"]) for one in listed] == [
        ("nightly", "ended", "", "2026-11-30T14:04:00Z"),
        ("ci", "alive", "22 days", "2026-12-23T14:04:00Z"),
    ]
    table = flask("key", "list").stdout.splitlines()
    assert table[0].split() == ["id", "name", "owner", "state", "may", "expires", "left"]
    assert "2026-12-23 14:04 UTC" in table[2]


def test_a_key_is_regenerated_and_revoked(flask, key_id):
    renewed = flask("key", "regenerate", key_id, "--days", "60")
    assert secrets.PATTERN.fullmatch(renewed.stdout.strip())
    assert "ends 2027-01-22 14:04 UTC" in renewed.stderr
    assert flask("key", "revoke", key_id).exit_code == 0
    again = flask("key", "regenerate", key_id)
    assert (again.exit_code, again.stdout) == (1, "")
    assert "was revoked" in again.stderr


def test_reminders_are_due_run_and_listed(flask, key_id, clock):
    clock.advance(days=21)
    (due,) = json.loads(flask("reminders", "due", "--dry-run", "--json").stdout)
    assert (due["key"], due["name"]) == (key_id, "ci")
    assert json.loads(flask("reminders", "list", "--json").stdout) == []
    assert flask("reminders", "run").exit_code == 0
    (row,) = json.loads(flask("reminders", "list", "--json").stdout)
    assert (row["state"], row["reason"]) == ("PENDING", "no mail server")
    refused = flask("reminders", "resend", row["id"])
    assert refused.exit_code == 1
    assert "PENDING already" in refused.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("user", "disable", "nobody@example.org"),
        ("user", "add", "nonsense", "--password-stdin"),
        ("key", "create", "nobody@example.org", "--name", "ci"),
        ("key", "revoke", "nosuchkey1"),
        ("reminders", "resend", "no-such-row"),
    ],
)
def test_a_refusal_is_one_sentence_and_a_status(flask, words):
    refused = flask(*words, stdin=f"{PASSWORD}\n")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: ")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "setting", [{"NINETY_PORT": "x"}, {"NINETY_DATA": "/dev/null/nowhere"}, {"NINETY_PROT": "1"}]
)
def test_a_nonsense_setting_is_one_sentence_too(setting):
    refused = subprocess.run(
        [sys.executable, "-m", "flask", "user", "list"],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], **setting},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode == 2
    assert refused.stderr.startswith(next(iter(setting)))
    assert refused.stderr.count("\n") == 1


def test_a_key_is_made_with_somebody_else_to_tell(flask, app, alice):
    made = flask("key", "create", alice, "--name", "ci", "--contact", "team@example.org")
    assert made.exit_code == 0, made.output
    key = app.extensions["ninety"].lifecycle.find(made.stdout[4:14])
    assert key.contact == "team@example.org"
    refused = flask("key", "create", alice, "--name", "other", "--contact", "nobody")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "This is not an e-mail address" in refused.stderr
