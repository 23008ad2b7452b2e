"""The second factor of an account: each code once everywhere, and failures slowed down."""

from datetime import timedelta

import pytest

from ninety.rules import two_factor
from ninety.rules.audit import Did, Wanted
from ninety.rules.errors import FieldRefused, TooManyAttempts
from ninety.rules.two_factor import STEP
from ninety.store.accounts import Accounts
from ninety.work.two_factor import TwoFactorSignIn
from parts.hand_clock import START

PASSWORD = "correct horse battery"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
LATER = START + timedelta(seconds=STEP)


def code_at(now):
    return two_factor.code(SECRET, two_factor.step_at(now))


@pytest.fixture
def factors(accounts, people, trail):
    return TwoFactorSignIn(accounts, people, trail)


@pytest.fixture
def codes(factors, alice):
    """Alice's recovery codes, after she switched it on."""
    return factors.switch_on(alice, SECRET, PASSWORD, code_at(START), "", START)


def what(trail):
    return [event.what for event in trail.newest(Wanted())]


def test_it_is_switched_on_by_password_and_code_and_kept(codes, tmp_path, alice, trail):
    kept = Accounts(tmp_path).get(alice.id).two_factor
    assert (kept.secret, kept.since, len(kept.recovery)) == (SECRET, START, 10)
    assert not any(code in (tmp_path / "users.json").read_text() for code in codes)
    assert what(trail)[0] == Did.TWO_FACTOR_ON
    assert SECRET not in (tmp_path / "audit.jsonl").read_text()


@pytest.mark.parametrize(
    ("password", "code", "field"),
    [("wrong", code_at(START), "password"), (PASSWORD, "000000", "code"), (PASSWORD, "", "code")],
)
def test_without_either_it_stays_off(factors, accounts, alice, password, code, field):
    with pytest.raises(FieldRefused) as refused:
        factors.switch_on(alice, SECRET, password, code, "", START)
    assert refused.value.field == field
    assert accounts.get(alice.id).two_factor is None


def test_it_is_switched_on_once(factors, codes, accounts, alice):
    before = accounts.get(alice.id)
    other = two_factor.new_secret()
    code = two_factor.code(other, two_factor.step_at(LATER))
    with pytest.raises(FieldRefused, match="on already"):
        factors.switch_on(alice, other, PASSWORD, code, "", LATER)
    assert accounts.get(alice.id) == before


def test_the_password_alone_is_noted_as_no_sign_in(people, codes, factors, alice, trail):
    assert people.sign_in(alice.email, PASSWORD, "", START).two_factor
    assert Did.SIGNED_IN not in what(trail)
    factors.sign_in(alice, code_at(LATER), LATER)
    assert what(trail)[0] == Did.SIGNED_IN


def test_a_code_counts_once_in_all_processes(factors, codes, people, trail, tmp_path, alice):
    elsewhere = TwoFactorSignIn(Accounts(tmp_path), people, trail)
    factors.sign_in(alice, code_at(LATER), LATER)
    for one in (factors, elsewhere):
        with pytest.raises(FieldRefused, match="used already"):
            one.sign_in(alice, code_at(LATER), LATER)


def test_a_recovery_code_signs_in_once_and_leaves_a_line(factors, codes, accounts, alice, trail):
    factors.sign_in(alice, codes[0], START)
    with pytest.raises(FieldRefused, match="not right"):
        factors.sign_in(alice, codes[0], START)
    assert len(accounts.get(alice.id).two_factor.recovery) == 9
    used = next(e for e in trail.newest(Wanted()) if e.what == Did.RECOVERY_CODE_USED)
    assert used.about == "9 are left."


def test_ten_wrong_codes_and_the_right_one_waits_wherever_it_comes_from(factors, codes, alice):
    for _ in range(10):
        with pytest.raises(FieldRefused):
            factors.sign_in(alice, "000000", LATER)
    with pytest.raises(TooManyAttempts):
        factors.sign_in(alice, code_at(LATER), LATER)
    much_later = LATER + timedelta(minutes=15)
    assert factors.sign_in(alice, code_at(much_later), much_later)


def test_new_recovery_codes_end_those_before(factors, codes, alice):
    fresh = factors.new_recovery_codes(alice, PASSWORD, codes[0], "", START)
    with pytest.raises(FieldRefused):
        factors.sign_in(alice, codes[1], START)
    assert factors.sign_in(alice, fresh[1], START)


def test_it_is_switched_off_by_password_and_code(factors, codes, accounts, alice, trail):
    with pytest.raises(FieldRefused):
        factors.switch_off(alice, "wrong", code_at(LATER), "", LATER)
    with pytest.raises(FieldRefused):
        factors.switch_off(alice, PASSWORD, "000000", "", LATER)
    assert accounts.get(alice.id).two_factor
    factors.switch_off(alice, PASSWORD, code_at(LATER), "", LATER)
    assert accounts.get(alice.id).two_factor is None
    assert what(trail)[0] == Did.TWO_FACTOR_OFF
    with pytest.raises(FieldRefused, match="is not on"):
        factors.sign_in(alice, codes[0], LATER)


def test_a_new_password_leaves_it_on(people, codes, alice):
    assert people.set_password(alice.id, "another good one", START).two_factor


def test_an_admin_switches_it_off_once(factors, codes, accounts, alice, trail):
    factors.switch_off_for(alice.id, START)
    factors.switch_off_for(alice.id, START)
    assert accounts.get(alice.id).two_factor is None
    assert what(trail).count(Did.TWO_FACTOR_OFF) == 1
