"""Reported keys stop at once, in every process, and nothing else does."""

import json
from dataclasses import replace

import pytest

from ninety.rules import instants, secrets
from ninety.rules.audit import Wanted
from ninety.rules.errors import (
    DiskFull,
    KeyReported,
    KeyRevoked,
    KeyUnknown,
    TooManyReports,
)
from ninety.rules.leaks import Report
from ninety.store import snapshots
from ninety.store.keyring import Keyring
from ninety.wiring import Ninety, open_ninety
from parts.hand_clock import START

ADOPTED = "oy2mofleabcdefghijklmnop"


@pytest.fixture
def world(settings, clock) -> Ninety:
    return open_ninety(settings, clock=clock)


@pytest.fixture
def elsewhere(settings, clock) -> Ninety:
    """Another process of the same feed."""
    return open_ninety(settings, clock=clock)


def report(world: Ninety, *found: str, at: str = "https://example.org/1") -> list[str]:
    """Report the secrets; the names of the keys that stopped."""
    return [key.name for key in world.leaks.report(Report(found, at), world.clock())]


def alive(world: Ninety, secret: str) -> bool:
    """Whether `secret` opens the feed."""
    try:
        world.access.authenticate(secret, world.clock())
    except KeyRevoked:
        return False
    return True


def test_a_reported_key_is_dead_at_once_in_every_process(world, elsewhere, alice):
    issued = world.lifecycle.make(alice, "ci", 90, START)
    assert alive(elsewhere, issued.secret)
    assert report(world, issued.secret) == ["ci"]
    with pytest.raises(KeyReported, match="was reported as leaked and revoked"):
        elsewhere.access.authenticate(issued.secret, START)
    kept = elsewhere.lifecycle.find(issued.key.id)
    assert (kept.revoked_at, kept.reported_at) == (START, START)
    assert kept.found_at == "https://example.org/1"


def test_only_the_key_of_the_reported_secret_dies(world, alice, bob):
    first = world.lifecycle.make(alice, "ci", 90, START)
    others = [world.lifecycle.make(bob, name, 90, START).secret for name in ("ci", "nightly")]
    second = world.lifecycle.rotate(first.key.id, alice, START)
    assert report(world, second.secret) == ["ci"]
    assert alive(world, first.secret), "what it was rotated from goes on"
    assert all(alive(world, secret) for secret in others)
    third = world.lifecycle.rotate(first.key.id, alice, START)
    assert report(world, first.secret) == ["ci"]
    assert alive(world, third.secret), "what it was rotated into goes on"


def test_many_secrets_are_judged_in_one_report(world, alice, bob):
    one = world.lifecycle.make(alice, "ci", 90, START).secret
    two = world.lifecycle.make(bob, "ci", 90, START).secret
    stopped = report(world, one, "garbage", two, one, secrets.new_secret("aaaaaaaaaa"), "", "ü")
    assert sorted(stopped) == ["ci", "ci"]


def test_an_adopted_secret_can_be_reported(world, alice):
    world.arriving.adopt(alice, "old", ADOPTED, START)
    assert report(world, "oy2mofleabcdefghijklmnoq") == []
    assert report(world, f" {ADOPTED}\n") == ["old"]
    assert not alive(world, ADOPTED)


def test_a_past_secret_is_dead_already_and_harms_nothing(world, alice):
    first = world.lifecycle.make(alice, "ci", 90, START)
    second = world.lifecycle.regenerate(first.key.id, alice, START)
    assert report(world, first.secret) == []
    assert alive(world, second.secret)


def test_a_wrong_secret_of_a_known_key_stops_nothing(world, alice):
    issued = world.lifecycle.make(alice, "ci", 90, START)
    guess = secrets.new_secret(issued.key.id)
    assert report(world, guess, issued.secret[:-1], issued.key.prefix) == []
    assert alive(world, issued.secret)


def test_what_had_stopped_keeps_its_own_story(world, alice, clock):
    revoked = world.lifecycle.make(alice, "one", 90, START)
    world.lifecycle.revoke(revoked.key.id, alice, START)
    ended = world.lifecycle.make(alice, "two", 1, START)
    clock.advance(days=1)
    assert report(world, revoked.secret, ended.secret) == []
    assert world.lifecycle.find(revoked.key.id).reported_at is None
    again = world.lifecycle.make(alice, "three", 90, clock())
    assert report(world, again.secret) == ["three"]
    clock.advance(days=1)
    assert report(world, again.secret, at="elsewhere") == []
    assert world.lifecycle.find(again.key.id).reported_at == clock() - (clock() - START) / 2


def test_a_key_that_could_come_to_life_is_revoked_too(world, settings, people, alice, clock):
    asleep = world.lifecycle.make(alice, "asleep", 90, START)
    people.disable(alice.id, START)
    path = settings.data / "keys.json"
    waiting = world.lifecycle.make(alice, "waiting", 90, START)
    documents = json.loads(path.read_text())
    documents["keys"][waiting.key.id]["expires_at"] = None
    path.write_text(json.dumps(documents))
    fresh = open_ninety(settings, clock=clock)
    assert sorted(report(fresh, asleep.secret, waiting.secret)) == ["asleep", "waiting"]
    fresh.arriving.give_ends(START)
    people.enable(alice.id, START)
    assert not alive(fresh, asleep.secret)
    assert not alive(fresh, waiting.secret)


def test_its_name_is_free_for_the_new_key(world, alice):
    report(world, world.lifecycle.make(alice, "ci", 90, START).secret)
    assert world.lifecycle.make(alice, "CI", 90, START)


def test_a_reported_key_never_comes_back(world, alice):
    issued = world.lifecycle.make(alice, "ci", 90, START)
    report(world, issued.secret)
    with pytest.raises(KeyRevoked):
        world.lifecycle.regenerate(issued.key.id, alice, START)
    with pytest.raises(KeyRevoked):
        world.lifecycle.rotate(issued.key.id, alice, START)


def test_nothing_genuine_means_nothing_written(world, settings, alice):
    world.lifecycle.make(alice, "ci", 90, START)
    before = (settings.data / "keys.json").stat()
    assert report(world, secrets.new_secret("aaaaaaaaaa"), "garbage", ADOPTED) == []
    assert (settings.data / "keys.json").stat() == before


def test_a_full_disk_is_told_and_the_next_report_succeeds(world, alice, monkeypatch):
    secret = world.lifecycle.make(alice, "ci", 90, START).secret

    def full(*_: object) -> None:
        raise DiskFull

    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "replace_durably", full)
        with pytest.raises(DiskFull):
            report(world, secret)
    assert alive(world, secret)
    assert report(world, secret) == ["ci"]


def test_the_trail_tells_of_it_without_the_secret(world, settings, alice):
    secret = world.lifecycle.make(alice, "ci", 90, START).secret
    report(world, secret, at="a paste")
    (event,) = world.trail.newest(Wanted(what="key reported"))
    assert (event.who.email, event.key.name) == (alice.email, "ci")
    assert event.about == "Found at: a paste"
    assert secret[20:] not in (settings.data / "audit.jsonl").read_text()


def test_reports_of_one_network_take_turns(world):
    for number in range(30):
        world.leaks.admit(f"2001:db8:1:2::{number}", START)
    with pytest.raises(TooManyReports):
        world.leaks.admit("2001:db8:1:2:ffff::1", START)
    world.leaks.admit("2001:db8:1:3::1", START)
    world.leaks.admit("10.0.0.1", START)


def test_a_key_kept_before_there_were_reports_is_read_as_not_reported(world, settings, alice):
    issued = world.lifecycle.make(alice, "ci", 90, START)
    path = settings.data / "keys.json"
    documents = json.loads(path.read_text())
    for field in ("reported_at", "found_at"):
        del documents["keys"][issued.key.id][field]
    path.write_text(json.dumps(documents))
    keyring = Keyring(settings.data)
    assert keyring.get(issued.key.id) == replace(issued.key)
    assert keyring.reported_by(instants.parse("2099-01-01T00:00:00Z")) == []


def test_an_unknown_secret_is_still_unknown_to_the_feed(world):
    with pytest.raises(KeyUnknown):
        world.access.authenticate(secrets.new_secret("aaaaaaaaaa"), START)
