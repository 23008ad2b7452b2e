"""A key is made, renewed and ended; each of its secrets is handed over once."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from ninety.rules.errors import FieldRefused, FormUsed, KeyRevoked, NotAllowed, NotFound
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


def test_a_length_over_a_lowered_maximum_shrinks_to_it(keyring, settings, alice):
    from dataclasses import replace

    from ninety.work.lifecycle import Lifecycle

    key = Lifecycle(keyring, settings).make(alice, "ci", 90, START).key
    stricter = Lifecycle(keyring, replace(settings, key_days=30, key_max_days=30))
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
