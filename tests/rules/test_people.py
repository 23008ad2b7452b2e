"""Addresses, passwords and zones that can be kept, and those that cannot."""

import pytest

from ninety.rules import people
from ninety.rules.errors import FieldRefused


@pytest.mark.parametrize("address", ["alice@example.org", "a+b@x", "jürgen@bücher.example"])
def test_an_address_is_kept_as_it_is(address):
    assert people.check_email(f" {address} ") == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "alice",
        "@x",
        "a@",
        "a b@x",
        "a@b\nBcc: c@d",
        "a@b@c",
        "<a@b>",
        "a,b@c",
        "a@b..c",
        "a@b.",
    ],
)
def test_what_would_break_an_envelope_is_refused(address):
    with pytest.raises(FieldRefused) as refused:
        people.check_email(address)
    assert refused.value.field == "email"


def test_letter_case_does_not_make_another_person():
    assert people.email_identity("Alice@Example.org") == people.email_identity("alice@example.ORG")


@pytest.mark.parametrize("password", ["", "short", "123456789", "x" * 1001])
def test_a_password_is_long_rather_than_odd(password):
    with pytest.raises(FieldRefused) as refused:
        people.check_password(password)
    assert refused.value.field == "password"


def test_a_time_zone_is_one_of_the_known():
    assert people.check_timezone("Europe/Berlin") == "Europe/Berlin"
    with pytest.raises(FieldRefused):
        people.check_timezone("Mars/Olympus")


@pytest.mark.parametrize("address", ["a@example.org", "a@x", "jürgen@bücher.example", "a@b.Valid"])
def test_mail_may_reach_an_ordinary_address(address):
    assert people.can_get_mail(people.check_email(address))


@pytest.mark.parametrize("address", ["builds@team.invalid", "a@INVALID", f"a@{'x' * 64}.example"])
def test_no_mail_ever_reaches_a_domain_that_cannot_exist(address):
    assert not people.can_get_mail(people.check_email(address))


@pytest.mark.parametrize("name", ["", "Alice", "Bjørn  Ødegård", "李小龍"])
def test_a_name_is_kept_on_one_line(name):
    assert people.check_name(f" {name} ") == " ".join(name.split())


@pytest.mark.parametrize("name", ["x" * 101, "a\u202eb", "a\x00b", "a\u200bb"])
def test_a_name_that_cannot_be_seen_whole_is_refused(name):
    with pytest.raises(FieldRefused) as refused:
        people.check_name(name)
    assert refused.value.field == "name"
