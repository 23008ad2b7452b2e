"""Rotation: both secrets work for a while, a lost answer is safe, and no third secret lives."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from ninety.rules import rotation
from ninety.rules.errors import (
    FieldRefused,
    FormUsed,
    KeyExpired,
    KeyRetired,
    KeyRevoked,
    NotAllowed,
    RotatedAlready,
)
from ninety.rules.policy import USUAL
from ninety.work.access import Access
from parts.hand_clock import START

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def access(keyring, accounts, trail) -> Access:
    return Access(keyring, accounts, b"p" * 32, lambda: USUAL, trail)


@pytest.fixture
def first(lifecycle, alice):
    return lifecycle.make(alice, "ci", 90, START)


def test_a_successor_has_the_name_rights_and_length_of_the_key(lifecycle, alice, first):
    now = START + 80 * DAY
    second = lifecycle.rotate(first.key.id, alice, now)
    assert second.key.id != first.key.id
    assert (second.key.name, second.key.actions, second.key.packages, second.key.lifetime) == (
        "ci",
        first.key.actions,
        first.key.packages,
        90 * DAY,
    )
    assert (second.key.issued_at, second.key.predecessor) == (now, first.key.id)


def test_both_secrets_work_until_the_overlap_after_the_first_use_is_over(
    lifecycle, access, alice, first
):
    rotated_at, used_at = START + 60 * DAY, START + 62 * DAY
    second = lifecycle.rotate(first.key.id, alice, rotated_at)
    old = access.authenticate(first.secret, used_at).key
    assert old.stops_at == rotated_at + 7 * DAY
    assert access.authenticate(second.secret, used_at).key.first_used_at == used_at
    assert access.authenticate(first.secret, used_at + 24 * HOUR - timedelta(seconds=1))
    with pytest.raises(KeyRetired) as refused:
        access.authenticate(first.secret, used_at + 24 * HOUR)
    assert refused.value.since == used_at + 24 * HOUR
    assert access.authenticate(second.secret, used_at + 24 * HOUR)


def test_the_old_secret_stops_after_a_week_even_if_nobody_uses_the_new_one(
    lifecycle, access, alice, first
):
    lifecycle.rotate(first.key.id, alice, START)
    with pytest.raises(KeyRetired):
        access.authenticate(first.secret, START + 7 * DAY)


def test_the_old_secret_never_lives_longer_than_it_would_have(lifecycle, access, alice, first):
    second = lifecycle.rotate(first.key.id, alice, START + 89 * DAY, overlap_hours=168)
    access.authenticate(second.secret, START + 89 * DAY)
    old = lifecycle.find(first.key.id)
    assert (old.expires_at, old.stops_at) == (START + 90 * DAY, START + 90 * DAY)


def test_only_the_first_use_counts(lifecycle, access, alice, first):
    second = lifecycle.rotate(first.key.id, alice, START, overlap_hours=2)
    for hours in (1, 2, 3):
        access.authenticate(second.secret, START + hours * HOUR)
    assert lifecycle.find(first.key.id).stops_at == START + 3 * HOUR


def test_after_a_lost_answer_the_key_rotates_again_and_one_successor_lives(
    lifecycle, access, alice, first
):
    lost = lifecycle.rotate(first.key.id, alice, START)
    found = lifecycle.rotate(first.key.id, alice, START + HOUR)
    with pytest.raises(KeyRevoked):
        access.authenticate(lost.secret, START + 2 * HOUR)
    assert access.authenticate(found.secret, START + 2 * HOUR)
    assert access.authenticate(first.secret, START + 2 * HOUR)
    alive = [key.id for key in lifecycle.keys_of(alice) if key.alive(START + 2 * HOUR)]
    assert sorted(alive) == sorted([first.key.id, found.key.id])


def test_once_the_new_secret_is_in_use_the_old_one_cannot_rotate_and_nothing_dies(
    lifecycle, access, alice, first
):
    second = lifecycle.rotate(first.key.id, alice, START)
    access.authenticate(second.secret, START + HOUR)
    with pytest.raises(RotatedAlready):
        lifecycle.rotate(first.key.id, alice, START + 2 * HOUR)
    assert access.authenticate(first.secret, START + 2 * HOUR)
    assert access.authenticate(second.secret, START + 2 * HOUR)


def test_rotating_on_ends_the_oldest_so_that_no_third_secret_lives(lifecycle, access, alice, first):
    second = lifecycle.rotate(first.key.id, alice, START)
    access.authenticate(second.secret, START)
    third = lifecycle.rotate(second.key.id, alice, START + HOUR)
    with pytest.raises(KeyRetired):
        access.authenticate(first.secret, START + HOUR)
    assert access.authenticate(second.secret, START + HOUR)
    assert access.authenticate(third.secret, START + HOUR)


def test_a_dead_key_does_not_rotate(lifecycle, alice, first):
    with pytest.raises(KeyExpired):
        lifecycle.rotate(first.key.id, alice, START + 90 * DAY)
    lifecycle.revoke(first.key.id, alice, START)
    with pytest.raises(KeyRevoked):
        lifecycle.rotate(first.key.id, alice, START)


def test_a_rotated_key_is_not_regenerated(lifecycle, alice, first):
    lifecycle.rotate(first.key.id, alice, START)
    with pytest.raises(NotAllowed):
        lifecycle.regenerate(first.key.id, alice, START)


def test_only_its_owner_rotates_a_key(lifecycle, admin, first):
    with pytest.raises(NotAllowed):
        lifecycle.rotate(first.key.id, admin, START)


def test_the_name_belongs_to_the_latest(lifecycle, alice, first):
    second = lifecycle.rotate(first.key.id, alice, START)
    with pytest.raises(FieldRefused):
        lifecycle.make(alice, "ci", 90, START)
    lifecycle.revoke(first.key.id, alice, START)
    with pytest.raises(FieldRefused):
        lifecycle.make(alice, "ci", 90, START)
    lifecycle.revoke(second.key.id, alice, START)
    assert lifecycle.make(alice, "ci", 90, START)


def test_a_form_rotates_once(lifecycle, alice, first):
    lifecycle.rotate(first.key.id, alice, START, form="nonce")
    with pytest.raises(FormUsed):
        lifecycle.rotate(first.key.id, alice, START, form="nonce")


@pytest.mark.parametrize("hours", [-1, 169, "", "1.5", "soon", True, None, [1]])
def test_nonsense_overlaps_are_refused(hours):
    with pytest.raises(FieldRefused) as refused:
        rotation.check_overlap(hours, 168)
    assert refused.value.field == "overlap_hours"


def test_of_many_rotations_at_once_one_successor_is_alive(lifecycle, access, alice, first):
    together, issued = Barrier(8), []

    def rotate() -> None:
        together.wait()
        issued.append(lifecycle.rotate(first.key.id, alice, START))

    threads = [Thread(target=rotate) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(issued) == 8
    alive = [key for key in lifecycle.keys_of(alice) if key.alive(START)]
    assert len(alive) == 2


def test_many_first_uses_at_once_all_pass(lifecycle, access, alice, first):
    second = lifecycle.rotate(first.key.id, alice, START)
    together, holders = Barrier(8), []

    def use() -> None:
        together.wait()
        holders.append(access.authenticate(second.secret, START + HOUR))

    threads = [Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(holders) == 8
    assert lifecycle.find(first.key.id).stops_at == START + 25 * HOUR
