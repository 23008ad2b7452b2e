"""Secrets from elsewhere go on working for a while, and keys that need an end get one once."""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Barrier, Thread

import pytest

from ninety.rules import secrets
from ninety.rules.errors import (
    FieldRefused,
    KeyExpired,
    KeyRegenerated,
    KeyRevoked,
    KeyUnknown,
    KeyWithoutEnd,
)
from ninety.rules.keys import ApiKey
from ninety.rules.policy import USUAL, Policy
from ninety.store.keyring import Keyring
from ninety.work.access import Access
from ninety.work.arriving import Arriving
from ninety.work.auditing import Trail
from ninety.work.lifecycle import Lifecycle
from parts.hand_clock import START

PEPPER = b"p" * 32
DAY = timedelta(days=1)
SECRET = "oy2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
# With 20 equal bins chi-square has 19 degrees of freedom: evenly drawn ends stay under
# the first in 95 of 100 cases, and under the second in all but one of ten million.
LIKELY, ALWAYS = 30.14, 72.0


@pytest.fixture
def access(keyring, accounts, trail) -> Access:
    return Access(keyring, accounts, PEPPER, lambda: USUAL, trail)


def arriving(
    keyring: Keyring, trail: Trail, most: int = 90, **draw: Callable[[], float]
) -> Arriving:
    ruled = Policy(key_days=most, key_max_days=most)
    return Arriving(keyring, PEPPER, lambda: ruled, trail, **draw)


@pytest.fixture
def adopting(keyring, trail) -> Arriving:
    return arriving(keyring, trail)


def without_ends(folder: Path, many: int = 0) -> None:
    """Take the ends away from all keys in the file, and put `many` more without one into it."""
    path = folder / "keys.json"
    tables = json.loads(path.read_text())
    documents = tables["keys"]
    pattern = next(one for one in documents.values() if "digest" in one)
    for number in range(many):
        documents[f"brought{number:05}"] = pattern | {"name": f"brought {number}"}
    for number, document in enumerate(documents.values()):
        if "digest" in document and number % 2:
            document.pop("expires_at")
        elif "digest" in document:
            document["expires_at"] = None
    path.write_text(json.dumps(tables))


def chi_square(shares: Iterable[float], bins: int = 20) -> float:
    """How far `shares`, each from 0 up to 1, are from falling evenly into `bins`."""
    counts = [0] * bins
    for share in shares:
        counts[min(int(share * bins), bins - 1)] += 1
    expected = sum(counts) / bins
    return sum((count - expected) ** 2 / expected for count in counts)


def share(key: ApiKey) -> float:
    """Where between 90 and 110 days after START the key ends, from 0 to 1."""
    return (key.expires_at - START - 90 * DAY) / (20 * DAY)


def test_an_adopted_secret_works_as_it_is_until_its_end(adopting, access, alice):
    key = adopting.adopt(alice, "jenkins", SECRET, START, packages=["Acme.*"], actions=["push"])
    holder = access.authenticate(SECRET, START + 89 * DAY)
    assert (holder.key, holder.person) == (key, alice)
    assert (key.actions, key.packages, key.spread_at) == (("push",), ("Acme.*",), START)
    assert 90 * DAY <= key.lifetime <= 110 * DAY
    with pytest.raises(KeyExpired):
        access.authenticate(SECRET, key.expires_at)


def test_nothing_of_an_adopted_secret_is_kept(tmp_path, adopting, alice):
    key = adopting.adopt(alice, "jenkins", SECRET, START)
    assert key.prefix == ""
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert SECRET[:8].encode() not in kept
    assert secrets.digest(SECRET).encode() not in kept


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("", "16 to 512"),
        ("a" * 15, "16 to 512"),
        ("a" * 513, "16 to 512"),
        ("two words of a kind", "16 to 512"),
        ("one-line-of-many\nanother-line-of-it", "16 to 512"),
        ("ключ-от-старого-сервера", "16 to 512"),
        ("bell\aaaaaaaaaaaaaaaaaaaaa", "16 to 512"),
        (f"n90_k3v9w2xq7d_{'0' * 38}", "like a secret of this feed"),
        ("n90_but-mistyped-since", "like a secret of this feed"),
    ],
)
def test_what_cannot_be_adopted_is_refused_with_the_reason(adopting, keyring, alice, secret, why):
    with pytest.raises(FieldRefused, match=why) as refused:
        adopting.adopt(alice, "jenkins", secret, START)
    assert refused.value.field == "secret"
    assert not secret or secret not in str(refused.value)
    assert keyring.all() == []


def test_a_secret_is_adopted_once_whoever_has_it_and_whatever_became_of_it(
    adopting, lifecycle, access, alice, bob
):
    def refused(name: str) -> bool:
        with pytest.raises(FieldRefused) as refusal:
            adopting.adopt(bob, name, f" {SECRET}\n", START)
        return refusal.value.field == "secret"

    key = adopting.adopt(alice, "jenkins", SECRET, START)
    assert refused("alive")
    renewed = lifecycle.regenerate(key.id, alice, START + DAY)
    assert secrets.PATTERN.fullmatch(renewed.secret)
    assert refused("regenerated")
    lifecycle.revoke(key.id, alice, START + DAY)
    assert refused("revoked")
    with pytest.raises(KeyRevoked):
        access.authenticate(SECRET, START + DAY)


def test_a_taken_name_is_refused_and_the_secret_stays_free(adopting, access, lifecycle, alice):
    lifecycle.make(alice, "jenkins", 90, START)
    with pytest.raises(FieldRefused) as refused:
        adopting.adopt(alice, "Jenkins", SECRET, START)
    assert refused.value.field == "name"
    with pytest.raises(KeyUnknown):
        access.authenticate(SECRET, START)
    assert adopting.adopt(alice, "jenkins 2", SECRET, START).name == "jenkins 2"


def test_eight_who_adopt_one_secret_at_once_make_one_key(tmp_path, keyring, alice, trail):
    refusals, together = [], Barrier(8)

    def adopt(number: int) -> None:
        together.wait()
        try:
            arriving(Keyring(tmp_path), trail).adopt(alice, f"jenkins {number}", SECRET, START)
        except FieldRefused as refusal:
            refusals.append(refusal.field)

    threads = [Thread(target=adopt, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refusals == ["secret"] * 7
    assert len(keyring.all()) == 1


def test_an_adopted_key_can_be_narrowed_regenerated_and_rotated(adopting, lifecycle, access, alice):
    key = adopting.adopt(alice, "jenkins", SECRET, START)
    narrowed = lifecycle.rescope(key.id, alice, ["push"], ["Acme.*"], START, confirmed=False)
    assert narrowed.packages == ("Acme.*",)
    rotated = lifecycle.rotate(key.id, alice, START + DAY)
    assert (rotated.key.lifetime, rotated.key.spread_at) == (90 * DAY, None)
    assert rotated.key.prefix == f"n90_{rotated.key.id}"
    assert access.authenticate(SECRET, START + DAY).key.id == key.id
    assert access.authenticate(rotated.secret, START + DAY).key.id == rotated.key.id


def test_a_thousand_adopted_keys_end_evenly_between_90_and_110_days(
    tmp_path, alice, monkeypatch, trail
):
    # What the disk holds after a power cut is not the question here, and asking is slow.
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    # Ten feeds with a hundred each: every key is a write of the whole file it is in.
    adopted: list[ApiKey] = []
    for feed in range(10):
        keyring = Keyring(tmp_path / str(feed))
        (tmp_path / str(feed)).mkdir()
        adopting = arriving(keyring, trail)
        for number in range(100):
            adopting.adopt(alice, f"key {number}", f"secret-from-elsewhere-{number}", START)
        found = keyring.all()
        done = adopting.spread(START + 7 * DAY)
        assert (done.given, done.moved, done.kept) == (0, 0, 100)
        assert keyring.all() == found
        adopted += found
    assert len(adopted) == 1000
    assert all(90 * DAY <= key.lifetime <= 110 * DAY for key in adopted)
    assert chi_square(map(share, adopted)) < ALWAYS


def test_chi_square_sees_a_rush():
    assert chi_square([number / 1000 for number in range(1000)]) == 0
    assert chi_square([(number / 1000) ** 2 for number in range(1000)]) > ALWAYS
    assert chi_square([0.95 * number / 1000 for number in range(1000)]) > LIKELY


def test_a_key_without_an_end_is_refused_until_it_has_one(
    tmp_path, keyring, lifecycle, access, adopting, alice
):
    issued = lifecycle.make(alice, "ci", 90, START)
    adopting.adopt(alice, "jenkins", SECRET, START)
    without_ends(tmp_path)
    now = START + 1000 * DAY
    for secret, name in ((issued.secret, "ci"), (SECRET, "jenkins")):
        with pytest.raises(KeyWithoutEnd, match=f"'{name}'.* without an end.* flask key spread"):
            access.authenticate(secret, now)
    with pytest.raises(KeyUnknown):
        access.authenticate(secrets.new_secret(issued.key.id), now)
    assert (keyring.get(issued.key.id), keyring.all(), keyring.of(alice.id)) == (None, [], [])

    assert adopting.give_ends(now) == 2
    for secret in (issued.secret, SECRET):
        key = access.authenticate(secret, now).key
        assert now + 90 * DAY <= key.expires_at <= now + 110 * DAY
    assert adopting.give_ends(now) == 0


def test_a_revoked_key_without_an_end_stays_revoked(
    tmp_path, keyring, lifecycle, access, adopting, alice
):
    issued = lifecycle.make(alice, "ci", 90, START)
    lifecycle.revoke(issued.key.id, alice, START)
    without_ends(tmp_path)
    assert adopting.give_ends(START) == adopting.spread(START).given == 0
    with pytest.raises(KeyRevoked):
        access.authenticate(issued.secret, START)


def test_a_run_gives_ends_moves_what_is_too_long_and_leaves_the_rest(
    tmp_path, keyring, lifecycle, alice, trail
):
    generous = Lifecycle(keyring, lambda: Policy(key_days=365, key_max_days=365), trail)
    lifecycle.make(alice, "endless", 90, START)
    without_ends(tmp_path)
    (endless,) = keyring.endless()
    long = generous.make(alice, "long", 365, START).key
    reading = generous.make(alice, "reading", 365, START, actions=["read"]).key
    short = generous.make(alice, "short", 80, START).key
    gone = generous.make(alice, "gone", 365, START).key
    generous.revoke(gone.id, alice, START)

    now = START + DAY
    dry = arriving(keyring, trail).spread(now, dry_run=True)
    assert (dry.given, dry.moved, dry.kept) == (1, 1, 2)
    assert sum(week.keys for week in dry.weeks) == 4
    assert keyring.get(long.id) == long
    assert [key.id for key in keyring.endless()] == [endless.id]

    done = arriving(keyring, trail).spread(now)
    assert (done.given, done.moved, done.kept) == (1, 1, 2)
    assert sum(week.keys for week in done.weeks) == 4
    moved = keyring.get(long.id)
    assert now + 90 * DAY <= moved.expires_at <= now + 1.22 * 90 * DAY
    assert replace(moved, expires_at=long.expires_at, spread_at=None) == long
    assert now + 90 * DAY <= keyring.get(endless.id).expires_at <= now + 110 * DAY
    assert (keyring.get(reading.id), keyring.get(short.id)) == (reading, short)
    assert keyring.get(gone.id).expires_at == gone.expires_at


def test_a_second_run_writes_nothing(tmp_path, keyring, lifecycle, alice, trail):
    lifecycle.make(alice, "ci", 90, START)
    without_ends(tmp_path, many=20)
    assert arriving(keyring, trail, most=30).spread(START).given == 21
    written = (tmp_path / "keys.json").stat()
    again = arriving(keyring, trail, most=30).spread(START)
    assert (again.given, again.moved, again.kept) == (0, 0, 21)
    after = (tmp_path / "keys.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


def test_run_weekly_for_a_year_no_key_is_moved_twice_or_to_a_later_end(
    tmp_path, keyring, alice, trail
):
    lives = Random(7)
    generous = Lifecycle(keyring, lambda: Policy(key_days=365, key_max_days=365), trail)
    generous.make(alice, "first", 365, START)
    without_ends(tmp_path, many=30)
    for number in range(30):
        generous.make(alice, f"key {number}", lives.randrange(1, 366), START)
    moves: dict[str, int] = {}
    before = {key.id: key.expires_at for key in (*keyring.all(), *keyring.endless())}
    for week in range(53):
        most = 365 if week < 4 else 90 if week < 12 else 30
        arriving(keyring, trail, most, draw=Random(week).random).spread(START + week * 7 * DAY)
        after = {key.id: key.expires_at for key in (*keyring.all(), *keyring.endless())}
        for id, end in after.items():
            assert end <= before[id]
            moves[id] = moves.get(id, 0) + (end != before[id])
        before = after
    assert max(moves.values()) == 1
    assert sum(moves.values()) > 31
    assert keyring.endless() == []


def test_all_keys_of_a_run_are_changed_in_one_write(
    tmp_path, keyring, lifecycle, alice, monkeypatch, trail
):
    lifecycle.make(alice, "ci", 90, START)
    without_ends(tmp_path, many=2000)
    written = []
    change_many = Keyring.change_many

    def counted(self, ids, fn):
        written.append(len(ids))
        return change_many(self, ids, fn)

    monkeypatch.setattr(Keyring, "change_many", counted)
    done = arriving(keyring, trail, draw=Random(90).random).spread(START)
    assert (done.given, written) == (2001, [2001])
    assert chi_square(map(share, keyring.all())) < LIKELY


def test_a_reminder_of_an_end_that_was_moved_is_not_wanted(
    tmp_path, keyring, accounts, alice, trail
):
    from ninety.rules import reminders
    from ninety.store.packages import Packages
    from ninety.work.colleagues import Colleagues
    from ninety.work.wanted import Wanted

    wanted = Wanted(keyring, accounts, Colleagues(Packages(tmp_path), accounts))
    generous = Lifecycle(keyring, lambda: Policy(key_days=365, key_max_days=365), trail)
    key = generous.make(alice, "ci", 365, START).key
    row = reminders.planned(key.id, key.expires_at, key.expires_at - 10 * DAY, START)
    assert wanted.why_not(row) == ""
    arriving(keyring, trail).spread(START)
    assert wanted.why_not(row) == "its end was moved"
    generous.regenerate(key.id, alice, START + DAY)
    assert wanted.why_not(row) == "the key was regenerated"


def test_the_holder_of_an_adopted_secret_is_told_that_it_was_regenerated(
    adopting, access, lifecycle, alice
):
    key = adopting.adopt(alice, "jenkins", SECRET, START)
    lifecycle.regenerate(key.id, alice, START + DAY)
    with pytest.raises(KeyRegenerated):
        access.authenticate(SECRET, START + DAY)
