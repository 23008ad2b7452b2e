"""A key is made, renewed and ended; each of its secrets is handed over once."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from ninety.rules.errors import (
    FieldRefused,
    FormUsed,
    KeyRevoked,
    NotAllowed,
    NotFound,
    TooManyKeys,
)
from ninety.rules.policy import USUAL, Policy
from ninety.store.keyring import Keyring
from ninety.work.lifecycle import Lifecycle
from parts.hand_clock import START

DAY = timedelta(days=1)


def test_a_key_ends_exactly_its_days_after_it_was_made(lifecycle, alice):
    key = lifecycle.make(alice, "ci", 90, START.replace(microsecond=999_999)).key
    assert (key.issued_at, key.expires_at) == (START, START + 90 * DAY)


def test_a_key_is_never_longer_than_the_maximum(lifecycle, alice):
    with pytest.raises(FieldRefused):
        lifecycle.make(alice, "ci", 91, START)


def test_one_person_has_one_key_of_a_name_and_another_may_have_the_same(lifecycle, alice, bob):
    lifecycle.make(alice, "ci", 90, START)
    with pytest.raises(FieldRefused) as refused:
        lifecycle.make(alice, "CI", 90, START)
    assert refused.value.field == "name"
    assert lifecycle.make(bob, "ci", 90, START).key.owner == bob.id


def test_a_revoked_keys_name_is_free_again(lifecycle, alice):
    first = lifecycle.make(alice, "ci", 90, START)
    lifecycle.revoke(first.key.id, alice, START)
    assert lifecycle.make(alice, "ci", 90, START).key.id != first.key.id


def test_regenerating_keeps_id_name_and_length_and_counts_from_now(lifecycle, alice):
    first = lifecycle.make(alice, "ci", 30, START)
    second = lifecycle.regenerate(first.key.id, alice, START + 20 * DAY)
    assert second.secret != first.secret
    assert (second.key.id, second.key.name) == (first.key.id, "ci")
    assert second.key.issued_at == START + 20 * DAY
    assert second.key.expires_at == START + 50 * DAY
    assert second.key.made_at == START


def test_an_ended_key_comes_back_and_a_revoked_one_does_not(lifecycle, alice):
    key = lifecycle.make(alice, "ci", 30, START).key
    renewed = lifecycle.regenerate(key.id, alice, START + 100 * DAY, days="60").key
    assert renewed.expires_at == START + 160 * DAY
    lifecycle.revoke(key.id, alice, START + 101 * DAY)
    with pytest.raises(KeyRevoked):
        lifecycle.regenerate(key.id, alice, START + 102 * DAY)


def test_a_length_over_a_lowered_maximum_shrinks_to_it(keyring, alice, trail):
    key = Lifecycle(keyring, lambda: USUAL, trail).make(alice, "ci", 90, START).key
    stricter = Lifecycle(keyring, lambda: Policy(key_days=30, key_max_days=30), trail)
    assert stricter.regenerate(key.id, alice, START).key.lifetime == 30 * DAY


def test_revoking_twice_keeps_the_first_date(lifecycle, alice):
    key = lifecycle.make(alice, "ci", 30, START).key
    lifecycle.revoke(key.id, alice, START + DAY)
    assert lifecycle.revoke(key.id, alice, START + 2 * DAY).revoked_at == START + DAY


def test_an_outsider_cannot_tell_that_a_key_exists(lifecycle, alice, bob):
    key = lifecycle.make(alice, "ci", 30, START).key
    for attempt in (
        lambda: lifecycle.key(key.id, bob),
        lambda: lifecycle.revoke(key.id, bob, START),
        lambda: lifecycle.regenerate(key.id, bob, START),
        lambda: lifecycle.key("nosuchkey1", bob),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_an_admin_may_end_anybodys_key_but_not_act_in_their_name(lifecycle, alice, admin):
    key = lifecycle.make(alice, "ci", 30, START).key
    with pytest.raises(NotAllowed):
        lifecycle.regenerate(key.id, admin, START)
    assert lifecycle.revoke(key.id, admin, START).revoked_at == START


def test_a_form_makes_one_key_however_often_it_is_sent(lifecycle, alice):
    made = lifecycle.make(alice, "ci", 90, START, form="nonce").key
    with pytest.raises(FormUsed) as refused:
        lifecycle.make(alice, "ci", 90, START, form="nonce")
    assert refused.value.key_id == made.id
    lifecycle.revoke(made.id, alice, START)
    with pytest.raises(FormUsed):
        lifecycle.make(alice, "ci", 90, START, form="nonce")
    assert len(lifecycle.keys_of(alice)) == 1


def test_a_form_regenerates_once_however_often_it_is_sent(lifecycle, alice):
    key = lifecycle.make(alice, "ci", 90, START).key
    renewed = lifecycle.regenerate(key.id, alice, START + DAY, form="nonce").key
    with pytest.raises(FormUsed):
        lifecycle.regenerate(key.id, alice, START + DAY, form="nonce")
    assert lifecycle.key(key.id, alice) == renewed


def test_eight_sendings_of_one_form_at_once_change_the_key_once(lifecycle, alice):
    key = lifecycle.make(alice, "ci", 90, START).key
    secrets, refusals, together = [], [], Barrier(8)

    def send() -> None:
        together.wait()
        try:
            secrets.append(lifecycle.regenerate(key.id, alice, START, form="nonce").secret)
        except FormUsed as refusal:
            refusals.append(refusal)

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(secrets), len(refusals)) == (1, 7)
    assert len(lifecycle.key(key.id, alice).past) == 1


def test_what_ends_first_is_listed_first_and_revoked_keys_last(lifecycle, alice):
    for name, days in (("long", 90), ("short", 10), ("gone", 5)):
        key = lifecycle.make(alice, name, days, START).key
    lifecycle.revoke(key.id, alice, START)
    assert [key.name for key in lifecycle.keys_of(alice)] == ["short", "long", "gone"]


def test_no_secret_is_kept_on_disk(tmp_path, lifecycle, alice):
    issued = lifecycle.make(alice, "ci", 90, START)
    renewed = lifecycle.regenerate(issued.key.id, alice, START)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (issued.secret, renewed.secret):
        assert secret.encode() not in kept
        assert secret.removeprefix(f"n90_{issued.key.id}_").encode() not in kept


def test_a_person_has_so_many_living_keys_and_no_more(keyring, alice, bob, trail):
    lifecycle = Lifecycle(keyring, lambda: Policy(keys_per_person=2), trail)
    first = lifecycle.make(alice, "first", 30, START).key
    lifecycle.make(alice, "second", 60, START)
    with pytest.raises(TooManyKeys, match="at most 2 living keys on this feed, and there are 2"):
        lifecycle.make(alice, "third", 30, START)
    assert {key.name for key in lifecycle.keys_of(alice)} == {"first", "second"}
    lifecycle.make(bob, "first", 30, START)
    lifecycle.revoke(first.id, alice, START)
    lifecycle.make(alice, "third", 30, START)


def test_a_key_that_ended_makes_room_and_can_still_come_back(keyring, alice, trail):
    lifecycle = Lifecycle(keyring, lambda: Policy(keys_per_person=1), trail)
    ended = lifecycle.make(alice, "ended", 1, START).key
    lifecycle.make(alice, "living", 30, START + DAY)
    lifecycle.regenerate(ended.id, alice, START + DAY)
    with pytest.raises(TooManyKeys):
        lifecycle.make(alice, "another", 30, START + DAY)


def test_of_many_keys_made_at_once_no_more_than_allowed_are_kept(tmp_path, alice, trail):
    begin, refused = Barrier(4), []

    def make(number: int) -> None:
        lifecycle = Lifecycle(Keyring(tmp_path), lambda: Policy(keys_per_person=3), trail)
        begin.wait()
        try:
            lifecycle.make(alice, f"key {number}", 30, START)
        except TooManyKeys as refusal:
            refused.append((refusal.living, refusal.most))

    threads = [Thread(target=make, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [(3, 3)]
    assert len(Keyring(tmp_path).of(alice.id)) == 3


def test_a_successor_counts_as_the_key_it_takes_the_place_of(keyring, alice, trail):
    lifecycle = Lifecycle(keyring, lambda: Policy(keys_per_person=2), trail)
    key = lifecycle.make(alice, "ci", 30, START).key
    lifecycle.make(alice, "nightly", 30, START)
    new = lifecycle.rotate(key.id, alice, START).key
    assert (new.predecessor, lifecycle.find(key.id).alive(START)) == (key.id, True)
    with pytest.raises(TooManyKeys, match="there are 2"):
        lifecycle.make(alice, "third", 30, START)


def test_a_new_key_may_do_only_what_the_policy_allows(keyring, alice, trail):
    lifecycle = Lifecycle(keyring, lambda: Policy(key_actions=("push-version", "read")), trail)
    assert lifecycle.make(alice, "ci", 30, START).key.actions == ("push-version", "read")
    with pytest.raises(FieldRefused, match="lets no key push new packages") as refused:
        lifecycle.make(alice, "all", 30, START, actions=["push", "read"])
    assert refused.value.field == "actions"


def test_a_key_keeps_what_the_policy_allows_no_more_until_its_owner_takes_it_away(
    keyring, alice, trail
):
    key = Lifecycle(keyring, lambda: USUAL, trail).make(alice, "ci", 30, START).key
    strict = Lifecycle(keyring, lambda: Policy(key_actions=("read", "unlist")), trail)
    kept = strict.rescope(key.id, alice, key.actions, ["Acme.*"], START, confirmed=False)
    assert (kept.actions, kept.packages) == (key.actions, ("Acme.*",))
    strict.rescope(key.id, alice, ["read"], ["Acme.*"], START, confirmed=False)
    with pytest.raises(FieldRefused, match="lets no key push new packages"):
        strict.rescope(key.id, alice, ["push", "read"], ["Acme.*"], START, confirmed=True)


def test_the_usual_overlap_gives_way_to_the_policy(keyring, alice, trail):
    brief = Lifecycle(keyring, lambda: Policy(overlap_max_hours=2), trail)
    key = brief.make(alice, "ci", 30, START).key
    brief.rotate(key.id, alice, START)
    assert brief.find(key.id).overlap == timedelta(hours=2)
    assert Lifecycle(keyring, lambda: USUAL, trail).usual_overlap == timedelta(hours=24)


def test_the_days_offered_are_days_that_such_a_key_may_live(keyring, trail):
    lifecycle = Lifecycle(keyring, lambda: Policy(read_key_max_days=30), trail)
    assert (lifecycle.default_days(), lifecycle.default_days(["read"])) == (90, 30)
