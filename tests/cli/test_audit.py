"""`flask audit` tells what happened, the newest first, as far as it was asked for."""

import getpass
import json
from datetime import timedelta

import pytest

from ninety.rules.audit import Did
from parts.feeds import NOW


@pytest.fixture
def events(world, alice, bob):
    """A key and three pushes of Alice's on three days, after both accounts were made."""
    key = world.lifecycle.make(alice, "ci", 90, NOW).key
    for day in range(3):
        world.trail.note(
            Did.VERSION_PUSHED,
            NOW + timedelta(days=day),
            person=alice,
            key=key,
            package="Acme.Core",
            version=f"{day}.0.0",
        )


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ([], 6),
        (["--what", "pushed"], 3),
        (["--what", "key made"], 1),
        (["--person", "Alice@Example.org"], 5),
        (["--person", "bob@example.org"], 1),
        (["--key", "CI"], 4),
        (["--package", "acme.core"], 3),
        (["--since", "2026-11-24"], 2),
        (["--limit", "2"], 2),
        (["--package", "acme.core", "--since", "2026-11-25"], 1),
    ],
)
def test_what_was_asked_for_is_told(flask, events, asked, count):
    told = json.loads(flask("audit", *asked, "--json").stdout)
    assert len(told) == count
    assert [one["at"] for one in told] == sorted((one["at"] for one in told), reverse=True)


def test_people_read_a_table(flask, events):
    lines = flask("audit", "--limit", "1").stdout.splitlines()
    assert lines[0].split() == ["at", "what", "of", "by", "from", "about"]
    assert "version pushed  ci Acme.Core 2.0.0  alice@example.org" in lines[1]


def test_a_command_is_noted_with_the_account_of_the_machine(flask, world, alice):
    flask("user", "disable", alice.email)
    (told,) = json.loads(flask("audit", "--what", "disabled", "--json").stdout)
    assert (told["by"], told["client"]) == ("command", getpass.getuser())
    assert told["whom"]["email"] == alice.email


def test_nothing_to_tell_is_said(flask):
    assert "Nothing to list" in flask("audit").stderr


def test_an_odd_day_is_refused(flask):
    assert flask("audit", "--since", "yesterday").exit_code == 2
