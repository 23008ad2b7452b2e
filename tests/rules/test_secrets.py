"""Secrets of our own form are told from typos and from strangers before any lookup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ninety.rules import secrets
from ninety.rules.errors import KeyMistyped

PEPPER = b"p" * 32
ID = "k3v5w2xq7d"


def test_a_fresh_secret_is_known_again_by_its_id_and_digest():
    secret = secrets.new_secret(ID)
    assert secrets.PATTERN.fullmatch(secret)
    assert secrets.read(secret, PEPPER) == secrets.Presented(ID, secrets.digest(secret))


def test_no_two_secrets_or_ids_are_alike():
    assert len({secrets.new_secret(ID) for _ in range(1000)}) == 1000
    assert len({secrets.new_id() for _ in range(1000)}) == 1000


def test_nothing_kept_of_a_secret_holds_any_of_it():
    secret = secrets.new_secret(ID)
    hidden = secret.removeprefix(f"n90_{ID}_")
    assert hidden not in secrets.digest(secret)
    assert secrets.display_prefix(ID) == f"n90_{ID}"


@given(st.integers(0, 51), st.sampled_from(secrets.BASE62))
def test_one_wrong_letter_is_a_typo(place, letter):
    secret = f"n90_{ID}_" + "A" * 32
    secret += secrets.checksum(secret)
    mistyped = secret[:place] + letter + secret[place + 1 :]
    if mistyped == secret or not secrets.OURS.match(mistyped):
        return
    with pytest.raises(KeyMistyped):
        secrets.read(mistyped, PEPPER)


@pytest.mark.parametrize("length", [4, 14, 15, 16, 40, 51, 52])
def test_a_cut_secret_is_a_typo(length):
    secret = secrets.new_secret(ID)
    with pytest.raises(KeyMistyped):
        secrets.read(secret[:length], PEPPER)


def test_the_checksum_is_the_published_one():
    """CRC-32 of the check string 123456789 is 0xCBF43926, here in base62."""
    assert secrets.checksum("123456789") == "3jZRME"
    assert len(secrets.checksum("n90_")) == 6


def test_white_space_around_a_pasted_secret_does_not_count():
    secret = secrets.new_secret(ID)
    assert secrets.read(f" {secret}\n", PEPPER) == secrets.read(secret, PEPPER)


@pytest.mark.parametrize(
    "sent", ["", "short", "fifteen-letters", "with a space inside it", "ключ" * 8]
)
def test_what_cannot_be_a_secret_is_not_looked_up(sent):
    assert secrets.read(sent, PEPPER) is None


def test_an_adopted_secret_is_known_by_its_digest_under_the_pepper():
    sent = "oy2abcdefghijklmnop"
    presented = secrets.read(sent, PEPPER)
    assert presented is not None
    assert presented.key_id is None
    assert presented.digest.startswith("hmac:")
    assert presented.digest != secrets.adopted_digest(sent, b"q" * 32)
    assert sent not in presented.digest
