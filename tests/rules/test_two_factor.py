"""Codes of an app by the vectors of the RFCs, each counted once; recovery codes, each once too."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from ninety.rules import two_factor
from ninety.rules.errors import FieldRefused
from ninety.rules.two_factor import SLACK, STEP, USED, WRONG, TwoFactor

# RFC 4226 appendix D and RFC 6238 appendix B share this secret.
SECRET = base64.b32encode(b"12345678901234567890").decode()
IN_ORDER = (
    *("755224", "287082", "359152", "969429", "338314"),
    *("254676", "287922", "162583", "399871", "520489"),
)
NOW = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)
CODES = two_factor.new_recovery_codes()
ON = TwoFactor(
    secret=SECRET, since=NOW, recovery=tuple(two_factor.recovery_digest(one) for one in CODES)
)


def code_at(now):
    return two_factor.code(SECRET, two_factor.step_at(now))


@pytest.mark.parametrize(
    ("count", "code"),
    [*enumerate(IN_ORDER)],
)
def test_codes_are_those_of_rfc_4226(count, code):
    assert two_factor.code(SECRET, count) == code


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds, code):
    step = two_factor.step_at(datetime.fromtimestamp(seconds, UTC))
    assert two_factor.code(SECRET, step, digits=8) == code


@pytest.mark.parametrize("steps", range(-4, 5))
def test_a_phone_may_be_one_step_off_and_no_more(steps):
    typed = code_at(NOW + timedelta(seconds=STEP * steps))
    if abs(steps) <= SLACK:
        assert two_factor.taken(ON, typed, NOW).last_step == two_factor.step_at(NOW) + steps
    else:
        with pytest.raises(FieldRefused, match=WRONG):
            two_factor.taken(ON, typed, NOW)


def test_a_code_counts_once_and_so_do_those_before_it():
    used = two_factor.taken(ON, code_at(NOW), NOW)
    for typed in (code_at(NOW), code_at(NOW - timedelta(seconds=STEP))):
        with pytest.raises(FieldRefused, match="used already"):
            two_factor.taken(used, typed, NOW)
    later = NOW + timedelta(seconds=STEP)
    assert two_factor.taken(used, code_at(later), later)
    assert USED.startswith("This code was used already")


def test_a_code_may_be_typed_with_spaces():
    typed = code_at(NOW)
    assert two_factor.taken(ON, f" {typed[:3]} {typed[3:]} ", NOW)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "12345",
        "abcdef",
        "١٢٣٤٥٦",
        "\ud800",
        "0" * 10_000,
        "aaaa-bbbb-cccc",
        code_at(NOW) + "0",
    ],
    ids=repr,
)
def test_anything_else_is_no_code(typed):
    with pytest.raises(FieldRefused, match=WRONG):
        two_factor.taken(ON, typed, NOW)


@pytest.mark.parametrize("write", [str, str.upper, lambda one: one.replace("-", " ")])
def test_a_recovery_code_counts_once_however_it_is_typed(write):
    typed = write(CODES[3])
    used = two_factor.taken(ON, typed, NOW)
    assert len(used.recovery) == 9
    assert used.last_step == ON.last_step
    with pytest.raises(FieldRefused, match=WRONG):
        two_factor.taken(used, typed, NOW)
    assert two_factor.taken(used, CODES[4], NOW)


def test_recovery_codes_are_ten_and_random_and_kept_as_digests():
    assert len(set(CODES) | set(two_factor.new_recovery_codes())) == 20
    assert all(len(one.replace("-", "")) * 5 >= 50 for one in CODES)
    assert not any(one in str(ON.recovery) for one in CODES)


def test_a_recovery_code_does_not_prove_that_an_app_has_the_secret():
    with pytest.raises(FieldRefused, match=WRONG):
        two_factor.app_code_taken(ON, CODES[0], NOW)


def test_it_is_switched_on_by_a_code_that_then_is_used():
    on = two_factor.switched_on(SECRET, code_at(NOW), CODES, NOW)
    assert on == two_factor.taken(ON, code_at(NOW), NOW)
    with pytest.raises(FieldRefused, match=WRONG):
        two_factor.switched_on(SECRET, "000000", CODES, NOW)


@pytest.mark.parametrize("secret", ["", "A", "a" * 32, "A" * 33, "A" * 31 + "1", "A" * 32 + "\n"])
def test_only_a_whole_secret_is_taken(secret):
    with pytest.raises(FieldRefused, match="not sent whole"):
        two_factor.switched_on(secret, "000000", CODES, NOW)


def test_secrets_have_160_bits_and_are_told_in_fours():
    secret = two_factor.new_secret()
    assert len(base64.b32decode(secret)) == 20
    assert secret != two_factor.new_secret()
    assert two_factor.in_fours(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


def test_the_link_names_the_feed_and_the_account():
    assert two_factor.link(SECRET, "al+ice@example.org", "feed.example:5090") == (
        "otpauth://totp/feed.example%3A5090:al%2Bice@example.org"
        f"?secret={SECRET}&issuer=feed.example%3A5090"
    )


def test_secrets_do_not_stand_in_a_traceback():
    assert SECRET not in repr(ON)
    assert ON.recovery[0] not in repr(ON)
