"""Accounts: the first by a one-time link, the others by an admin; failures slow a guesser down."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from ninety.rules.errors import FieldRefused, LinkUsed, NotFound, TooManyAttempts, WrongPassword
from parts.hand_clock import START

PASSWORD = "correct horse battery"
FEED = "https://feed.example"


def first_admin(people, token, email="alice@example.org", base_url=FEED):
    return people.make_first_admin(token, email, PASSWORD, "Europe/Berlin", base_url, START)


def test_the_setup_link_makes_one_admin_and_is_used_up(people, site):
    token = people.new_setup_token()
    assert people.setup_link_fits(token)
    admin = first_admin(people, token)
    assert (admin.admin, admin.timezone) == (True, "Europe/Berlin")
    assert site.address() == FEED
    assert not people.setup_link_fits(token)
    with pytest.raises(LinkUsed):
        first_admin(people, token, "mallory@example.org")
    assert people.new_setup_token() is None


def test_a_newer_link_ends_the_one_before(people):
    older, newer = people.new_setup_token(), people.new_setup_token()
    assert [people.setup_link_fits(one) for one in (older, newer, "", "\ud800")] == [
        False,
        True,
        False,
        False,
    ]


def test_the_link_is_not_kept_in_clear(people, tmp_path):
    token = people.new_setup_token()
    assert token not in (tmp_path / "site.json").read_text()


def test_a_slip_in_the_form_does_not_spend_the_link(people):
    token = people.new_setup_token()
    with pytest.raises(FieldRefused):
        first_admin(people, token, base_url="nonsense")
    with pytest.raises(FieldRefused):
        first_admin(people, token, email="nonsense")
    assert first_admin(people, token).admin


def test_an_address_of_this_machine_alone_is_not_kept(people, site):
    first_admin(people, people.new_setup_token(), base_url="http://127.0.0.1:5090")
    assert site.address() == ""


def test_two_who_open_the_link_at_once_make_one_admin(people):
    token, together, made = people.new_setup_token(), Barrier(2), []

    def open_link(email: str) -> None:
        together.wait()
        try:
            made.append(first_admin(people, token, email))
        except LinkUsed:
            made.append(None)

    threads = [Thread(target=open_link, args=[f"{name}@example.org"]) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one is None for one in made) == [False, True]
    assert len(people.all()) == 1


def test_signing_in_takes_the_right_password_whatever_the_addresses_case(people, alice):
    assert people.sign_in("Alice@Example.org", PASSWORD, "10.0.3.7", START) == alice


def test_a_wrong_password_an_unknown_address_and_a_disabled_account_look_alike(people, alice, bob):
    people.disable(bob.id, START)
    sentences = set()
    for email, password in (
        (alice.email, "wrong password"),
        ("nobody@example.org", PASSWORD),
        (bob.email, PASSWORD),
    ):
        with pytest.raises(WrongPassword) as refused:
            people.sign_in(email, password, "10.0.3.7", START)
        sentences.add(str(refused.value))
    assert len(sentences) == 1


def test_ten_failures_and_the_eleventh_has_to_wait(people, alice):
    for _ in range(10):
        with pytest.raises(WrongPassword):
            people.sign_in(alice.email, "wrong password", "10.0.3.7", START)
    with pytest.raises(TooManyAttempts) as refused:
        people.sign_in(alice.email, PASSWORD, "10.0.3.7", START + timedelta(minutes=5))
    assert refused.value.retry_seconds == 600
    assert people.sign_in(alice.email, PASSWORD, "10.0.3.8", START) == alice
    assert people.sign_in(alice.email, PASSWORD, "10.0.3.7", START + timedelta(minutes=15))


def test_disabling_and_a_new_password_end_sessions(people, alice):
    assert people.disable(alice.id, START).sign_ins == alice.sign_ins + 1
    assert people.set_password(alice.id, "another good one", START).sign_ins == alice.sign_ins + 2


def test_an_address_belongs_to_one_person_and_is_free_when_they_are_removed(people, alice):
    with pytest.raises(FieldRefused) as refused:
        people.add("ALICE@example.org", PASSWORD, admin=False, timezone="UTC", now=START)
    assert refused.value.field == "email"
    people.remove(alice.id, START)
    again = people.add("alice@example.org", PASSWORD, admin=False, timezone="UTC", now=START)
    assert people.by_email("alice@example.org") == again
    with pytest.raises(NotFound):
        people.set_timezone(alice.id, "UTC")


def test_a_removed_only_admin_does_not_open_the_setup_link_again(people):
    admin = first_admin(people, people.new_setup_token())
    people.remove(admin.id, START)
    assert people.new_setup_token() is None
