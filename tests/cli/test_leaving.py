"""`flask user disable` and `remove` print what breaks, before and after."""

import json
import re
from datetime import timedelta

import pytest

from ninety.rules.uses import Use
from ninety.work.access import Holder
from parts.feeds import NOW


@pytest.fixture
def key(world, bob):
    """A key of Bob's that pushed Acme.Core an hour ago, and one nobody used."""
    world.lifecycle.make(bob, "spare", 90, NOW)
    made = world.lifecycle.make(bob, "ci", 90, NOW).key
    world.lifecycle.annotate(made.id, bob, "Jenkins, job release", NOW)
    world.packages.claim("Acme.Core", bob.id, NOW)
    at = NOW - timedelta(hours=1)
    world.using.note(Holder(made, bob), Use(at, "10.0.3.7", "dotnet/10", "Acme.Core 1.0.0"))
    return made


def test_what_breaks_is_printed_and_the_person_disabled(flask, world, alice, bob, key):
    done = flask("user", "disable", bob.email)
    head, line = done.stdout.splitlines()
    assert head.split() == ["name", "begins", "last", "used", "by", "from", "for", "note", "tell"]
    assert re.split(" {2,}", line) == [
        "ci",
        key.prefix,
        "2026-11-23 13:04 UTC",
        "dotnet/10",
        "10.0.3.7",
        "Acme.Core",
        "Jenkins, job release",
        alice.email,
    ]
    assert done.stderr.splitlines() == [
        f"Tell: {alice.email}",
        "Not used lately: spare",
        "Owns: Acme.Core",
        f"{bob.email} is disabled; none of their keys works.",
    ]
    assert world.people.get(bob.id).disabled_at == NOW


@pytest.mark.parametrize("command", ["disable", "remove"])
def test_a_dry_run_says_the_same_and_changes_nothing(flask, world, alice, bob, key, command):
    dry = flask("user", command, bob.email, "--dry-run", "--hand-to", alice.email)
    assert world.people.get(bob.id) == bob
    assert world.packages.package("Acme.Core").owners == (bob.id,)
    real = flask("user", command, bob.email)
    assert dry.stdout == real.stdout != ""
    assert "would be" in dry.stderr


@pytest.mark.parametrize("command", ["disable", "remove"])
def test_machines_read_all_of_it_and_what_was_handed_over(flask, world, alice, bob, key, command):
    done = flask("user", command, bob.email, "--json", "--hand-to", alice.email)
    assert json.loads(done.stdout) == {
        "email": bob.email,
        "breaks": [
            {
                "id": key.id,
                "name": "ci",
                "begins": key.prefix,
                "may": "push, read · all packages",
                "note": "Jenkins, job release",
                "packages": ["Acme.Core"],
                "uses": [
                    {
                        "at": "2026-11-23T13:04:00Z",
                        "by": "dotnet/10",
                        "from": "10.0.3.7",
                        "for": "Acme.Core 1.0.0",
                    }
                ],
                "tell": [alice.email],
            }
        ],
        "unused": ["spare"],
        "owns": ["Acme.Core"],
        "tell": [alice.email],
        "handed_over": {"to": alice.email, "packages": ["Acme.Core"], "keys": 1},
    }
    assert world.packages.package("Acme.Core").owners == (alice.id,)
    assert [one.note for one in world.leaving.taken_over(alice)] == ["Jenkins, job release"]


def test_without_uses_it_says_so(flask, bob):
    done = flask("user", "disable", bob.email)
    assert done.stdout == ""
    assert "No living key of theirs was used in the last 30 days." in done.stderr


def test_disabled_before_it_can_be_handed_over_later(flask, world, alice, bob, key):
    flask("user", "disable", bob.email)
    done = flask("user", "disable", bob.email, "--hand-to", alice.email)
    assert f"{alice.email} took over 1 package and the notes of 1 key." in done.stderr


def test_a_wrong_name_to_take_over_changes_nothing(flask, world, bob, key):
    refused = flask("user", "remove", bob.email, "--hand-to", "nobody@example.org")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert world.people.get(bob.id) == bob
