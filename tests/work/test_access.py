"""Who holds a key is known by its secret; what became of a dead one is told to its holder."""

from datetime import timedelta

import pytest

from ninety.rules import secrets
from ninety.rules.errors import (
    KeyExpired,
    KeyMissing,
    KeyMistyped,
    KeyRegenerated,
    KeyRevoked,
    KeyUnknown,
    NotOwner,
    OwnerDisabled,
)
from ninety.rules.keys import ApiKey, PastSecret
from ninety.rules.policy import USUAL
from ninety.store.accounts import Accounts
from ninety.store.keyring import Keyring
from ninety.work.access import Access
from parts.hand_clock import START

PEPPER = b"p" * 32
DAY = timedelta(days=1)


@pytest.fixture
def access(keyring, accounts, trail) -> Access:
    return Access(keyring, accounts, PEPPER, lambda: USUAL, trail)


def test_the_present_secret_of_a_living_key_names_its_holder(access, lifecycle, alice):
    issued = lifecycle.make(alice, "ci", 90, START)
    holder = access.authenticate(issued.secret, START)
    assert (holder.key, holder.person) == (issued.key, alice)


def test_a_key_lives_until_its_expiry_instant_and_is_dead_at_it(access, lifecycle, alice):
    issued = lifecycle.make(alice, "ci", 90, START)
    end = START + 90 * DAY
    assert access.authenticate(issued.secret, end - timedelta(microseconds=1))
    with pytest.raises(KeyExpired) as refused:
        access.authenticate(issued.secret, end)
    assert (refused.value.since, refused.value.name) == (end, "ci")


@pytest.mark.parametrize("sent", [None, ""])
def test_no_key_is_told_from_a_wrong_one(access, sent):
    with pytest.raises(KeyMissing):
        access.authenticate(sent, START)


def test_a_cut_secret_is_told_from_an_unknown_one(access, lifecycle, alice):
    issued = lifecycle.make(alice, "ci", 90, START)
    with pytest.raises(KeyMistyped):
        access.authenticate(issued.secret[:-1], START)
    with pytest.raises(KeyUnknown):
        access.authenticate(secrets.new_secret("aaaaaaaaaa"), START)
    with pytest.raises(KeyUnknown):
        access.authenticate(secrets.new_secret(issued.key.id), START)
    with pytest.raises(KeyUnknown):
        access.authenticate("somebody-elses-key", START)
    with pytest.raises(KeyUnknown):
        access.authenticate("ключ", START)


def test_a_revoked_key_says_since_when(access, lifecycle, alice):
    issued = lifecycle.make(alice, "ci", 90, START)
    lifecycle.revoke(issued.key.id, alice, START + DAY)
    with pytest.raises(KeyRevoked) as refused:
        access.authenticate(issued.secret, START + 2 * DAY)
    assert refused.value.since == START + DAY


def test_an_old_secret_is_told_when_the_key_was_regenerated(access, lifecycle, alice):
    first = lifecycle.make(alice, "ci", 90, START)
    second = lifecycle.regenerate(first.key.id, alice, START + DAY)
    third = lifecycle.regenerate(first.key.id, alice, START + 2 * DAY)
    for issued, since in ((first, START + DAY), (second, START + 2 * DAY)):
        with pytest.raises(KeyRegenerated) as refused:
            access.authenticate(issued.secret, START + 3 * DAY)
        assert refused.value.since == since
    assert access.authenticate(third.secret, START + 3 * DAY).key.id == first.key.id


def test_an_old_secret_of_a_revoked_key_is_told_the_worse_of_both(access, lifecycle, alice):
    first = lifecycle.make(alice, "ci", 90, START)
    lifecycle.regenerate(first.key.id, alice, START + DAY)
    lifecycle.revoke(first.key.id, alice, START + 2 * DAY)
    with pytest.raises(KeyRevoked):
        access.authenticate(first.secret, START + 3 * DAY)


def test_the_sixth_last_secret_is_a_stranger(access, lifecycle, alice):
    first = lifecycle.make(alice, "ci", 90, START)
    for day in range(1, 6):
        lifecycle.regenerate(first.key.id, alice, START + day * DAY)
    with pytest.raises(KeyRegenerated):
        access.authenticate(first.secret, START + 6 * DAY)
    lifecycle.regenerate(first.key.id, alice, START + 6 * DAY)
    with pytest.raises(KeyUnknown):
        access.authenticate(first.secret, START + 7 * DAY)


def test_keys_stop_with_their_owner_and_start_again_with_them(access, lifecycle, people, alice):
    issued = lifecycle.make(alice, "ci", 90, START)
    people.disable(alice.id, START + DAY)
    with pytest.raises(OwnerDisabled) as refused:
        access.authenticate(issued.secret, START + 2 * DAY)
    assert refused.value.since == START + DAY
    people.enable(alice.id, START)
    assert access.authenticate(issued.secret, START + 2 * DAY).person.email == alice.email


def test_keys_of_somebody_removed_are_revoked(access, lifecycle, people, alice):
    issued = lifecycle.make(alice, "ci", 90, START)
    people.remove(alice.id, START + DAY)
    with pytest.raises(KeyRevoked):
        access.authenticate(issued.secret, START + 2 * DAY)


def test_another_process_sees_a_revocation_at_its_next_look(tmp_path, lifecycle, alice, trail):
    elsewhere = Access(Keyring(tmp_path), Accounts(tmp_path), PEPPER, lambda: USUAL, trail)
    issued = lifecycle.make(alice, "ci", 90, START)
    assert elsewhere.authenticate(issued.secret, START)
    lifecycle.revoke(issued.key.id, alice, START)
    with pytest.raises(KeyRevoked):
        elsewhere.authenticate(issued.secret, START)


def adopted_key(owner: str, secret: str) -> ApiKey:
    return ApiKey(
        id="adoptedkey",
        owner=owner,
        name="jenkins",
        prefix="",
        digest=secrets.adopted_digest(secret, PEPPER),
        made_at=START,
        issued_at=START,
        expires_at=START + 90 * DAY,
    )


def test_an_adopted_secret_is_found_by_its_digest(access, keyring, alice):
    secret = "oy2-a-key-from-elsewhere"
    keyring.add(adopted_key(alice.id, secret))
    assert access.authenticate(secret, START).key.name == "jenkins"
    with pytest.raises(KeyExpired):
        access.authenticate(secret, START + 90 * DAY)


def test_an_adopted_secret_is_told_when_its_key_was_regenerated(access, keyring, lifecycle, alice):
    secret = "oy2-a-key-from-elsewhere"
    keyring.add(adopted_key(alice.id, secret))
    renewed = lifecycle.regenerate("adoptedkey", alice, START + DAY)
    assert secrets.PATTERN.fullmatch(renewed.secret)
    assert renewed.key.past == (PastSecret(secrets.adopted_digest(secret, PEPPER), START + DAY),)
    with pytest.raises(KeyRegenerated):
        access.authenticate(secret, START + 2 * DAY)


def test_owners_and_admins_may_act_on_an_id_and_anybody_on_a_new_one(
    access, lifecycle, alice, bob, admin
):
    def holder(person):
        return access.authenticate(lifecycle.make(person, "k", 90, START).secret, START)

    owners, bobs = (alice.id,), holder(bob)
    access.allow(holder(alice), "push-version", "Acme.Core", owners, START)
    access.allow(holder(admin), "push-version", "Acme.Core", owners, START)
    with pytest.raises(NotOwner) as refused:
        access.allow(bobs, "push-version", "Acme.Core", owners, START)
    assert refused.value.package_id == "Acme.Core"
    access.allow(bobs, "push", "New.Thing", None, START)
