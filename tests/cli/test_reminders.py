"""The commands for reminder mail: what is due, sending from here, and a test."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app import create_app
from ninety.settings import Settings
from parts.feeds import NOW
from parts.smtp import Fault, MailServer


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def app(tmp_path, smtp):
    settings = Settings(data=tmp_path / "data", mail_server=smtp.host, mail_port=smtp.port)
    app = create_app(settings, clock=lambda: NOW)
    app.extensions["ninety"].index.catch_up()
    yield app
    app.extensions["ninety"].index.close()


@pytest.fixture
def ci(world, bob):
    """A key of Bob's that ends in nine days."""
    return world.lifecycle.make(bob, "ci", 30, NOW - timedelta(days=21)).key


def listed(flask, *words):
    return json.loads(flask("reminders", "list", "--json", *words).stdout)


def test_what_is_due_is_told_with_its_recipient_and_nothing_is_sent(flask, ci, smtp):
    [due] = json.loads(flask("reminders", "due", "--dry-run", "--json").stdout)
    assert (due["key"], due["recipient"], due["reminder"]) == (ci.id, "bob@example.org", "planned")
    assert (smtp.messages, listed(flask)) == ([], [])


def test_a_run_sends_and_tells_machines_what_became_of_each(flask, ci, smtp):
    done = flask("reminders", "run", "--json")
    assert done.exit_code == 0, done.output
    [row] = json.loads(done.stdout)
    assert (row["state"], row["recipient"]) == ("SENT", "bob@example.org")
    assert len(smtp.messages) == 1
    assert [one["id"] for one in listed(flask, "--state", "sent")] == [row["id"]]
    assert listed(flask, "--state", "failed") == []
    again = flask("reminders", "run", "--json")
    assert (again.exit_code, json.loads(again.stdout)) == (0, [])


@pytest.mark.parametrize(
    ("stage", "fault", "state"),
    [("rcpt", "550 no", "FAILED"), ("dot", Fault.DROP, "UNKNOWN")],
)
def test_a_run_that_leaves_something_to_look_at_fails_and_resend_brings_it_back(
    flask, ci, smtp, stage, fault, state
):
    smtp.fail(stage, fault, times=1)
    done = flask("reminders", "run")
    assert done.exit_code == 1
    assert "1 in doubt or not delivered" in done.stderr
    [row] = listed(flask)
    assert row["state"] == state
    assert flask("reminders", "resend", row["id"]).exit_code == 0
    assert flask("reminders", "resend", row["id"]).exit_code == 1
    assert flask("reminders", "run").exit_code == 0
    assert [one["state"] for one in listed(flask)] == ["SENT"]


def test_what_is_not_there_cannot_be_sent_again(flask):
    refused = flask("reminders", "resend", "no-such-row")
    assert (refused.exit_code, refused.stdout) == (1, "")


def test_a_test_mail_goes_to_the_first_admin(flask, alice, smtp):
    done = flask("mail", "test")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("To alice@example.org: delivered; the mail server said 250")
    assert [letter.envelope_to for letter in smtp.messages] == [("alice@example.org",)]


def test_a_test_mail_goes_to_whomever_it_is_to(flask, smtp):
    assert flask("mail", "test", "--to", "ops@example.org").exit_code == 0
    assert [letter.envelope_to for letter in smtp.messages] == [("ops@example.org",)]


def test_a_test_mail_that_is_refused_fails_with_the_words_of_the_server(flask, alice, smtp):
    smtp.fail("rcpt", "550 no such user")
    done = flask("mail", "test")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "550 no such user" in done.stderr


@pytest.mark.parametrize("words", [(), ("--to", "nobody")])
def test_a_test_mail_needs_somebody_to_go_to(flask, smtp, words):
    assert flask("mail", "test", *words).exit_code == 1
    assert smtp.messages == []


def test_without_a_mail_server_the_test_says_which_setting_is_missing(tmp_path, smtp):
    app = create_app(Settings(data=tmp_path / "data"), clock=lambda: NOW)
    done = app.test_cli_runner().invoke(args=["mail", "test", "--to", "ops@example.org"])
    assert done.exit_code == 1
    assert "MAIL_SERVER" in done.stderr
