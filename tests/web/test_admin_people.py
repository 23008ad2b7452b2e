"""The admin page of people, and who may be an admin: given and taken, and never nobody."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from ninety.rules.errors import LastAdmin
from ninety.store.accounts import Accounts
from parts.packages import make_nupkg
from parts.visitor import words

PAGE = "/admin/people"
PASSWORD = "a horse of course"


def role(person) -> str:
    return f"{PAGE}/{person.id}/role"


def turned(at, person, **typed):
    at.open(f"{PAGE}/{person.id}")
    return at.send(role(person), **typed)


def test_each_row_says_where_a_person_stands(at_alice, at_bob, world, bob, clock):
    at_bob.new_key("build")
    world.publishing.take_in(bob, [make_nupkg()], clock.now, clock.now)
    said = words(at_alice.open(PAGE).text)
    assert "alice@example.org Admin No living keys · no packages Signed in just now" in said
    assert "bob@example.org Person 1 living key · 1 package Signed in just now" in said
    world.people.disable(bob.id, clock.now)
    assert "bob@example.org Disabled" in words(at_alice.open(PAGE).text)


def test_only_admins_see_it(at_bob, stranger):
    assert at_bob.open(PAGE).status_code == 403
    assert stranger.open(PAGE).request.path == "/sign-in"


def test_the_way_to_it_is_marked_there_and_on_each_person(at_alice, bob):
    assert f'href="{PAGE}" aria-current="page">People' in at_alice.open(PAGE).text
    text = at_alice.open(f"{PAGE}/{bob.id}").text
    assert f'href="{PAGE}" aria-current="true">People' in text
    assert text.count("aria-current") == 2, "one place of the feed, one of the admin's part"


def test_hundreds_are_shown_by_page_and_found_by_address(at_alice, world, alice):
    accounts = Accounts(world.settings.data)
    for number in range(120):
        email = f"{number:03d}{'x' * 40}@{'team' * 10}.example.org"
        accounts.add(replace(alice, id=f"person{number}", email=email))
    page = at_alice.open(PAGE)
    assert "Page 1 of 3" in words(page.text)
    assert len(page.data) < 60_000, len(page.data)
    pages = [at_alice.open(f"{PAGE}?page={number}").text for number in (1, 2, 3, 9)]
    shown = [text.count('class="name"') for text in pages]
    assert shown == [50, 50, 21, 21]
    assert at_alice.open(f"{PAGE}?person=007X").text.count('class="name"') == 1
    assert "Nobody here has an address like this" in at_alice.open(f"{PAGE}?person=nobody").text


def test_an_admin_makes_another_one_with_their_own_password(at_alice, at_bob, world, bob):
    answer = turned(at_alice, bob, password=PASSWORD)
    assert "bob@example.org is an admin now." in words(answer.text)
    assert at_bob.open("/admin").status_code == 200
    assert "bob@example.org is no admin any more." in words(
        turned(at_alice, bob, password=PASSWORD).text
    )
    assert at_bob.open("/admin").status_code == 403


@pytest.mark.parametrize("password", ["", "not the password"])
def test_without_the_password_nobody_becomes_one(at_alice, world, bob, password):
    answer = turned(at_alice, bob, password=password)
    assert (answer.status_code, "This is not your password." in words(answer.text)) == (422, True)
    assert not world.people.get(bob.id).admin


def test_the_last_admin_who_can_sign_in_stays_one(at_alice, world, alice, bob, clock):
    world.people.set_admin(bob.id, True, clock.now)
    world.people.disable(bob.id, clock.now)
    answer = turned(at_alice, alice, password=PASSWORD)
    assert answer.status_code == 409
    assert "Nobody but alice@example.org is an admin who can sign in" in words(answer.text)
    assert world.people.get(alice.id).admin


def test_an_admin_may_step_down_where_there_is_another(at_alice, world, alice, bob, clock):
    world.people.set_admin(bob.id, True, clock.now)
    answer = turned(at_alice, alice, password=PASSWORD)
    assert (answer.status_code, answer.request.path) == (200, "/account")
    assert at_alice.open("/admin").status_code == 403


def test_two_admins_who_unmake_each_other_at_once_leave_one(world, alice, bob, clock):
    world.people.set_admin(bob.id, True, clock.now)

    def unmake(person) -> bool:
        try:
            Accounts(world.settings.data).set_admin(person.id, False)
        except LastAdmin:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(unmake, (alice, bob))) == [False, True]
    assert sum(one.admin for one in world.people.all()) == 1


def test_a_form_whose_session_is_over_says_so_and_changes_nothing(at_alice, world, bob):
    answer = at_alice.post(role(bob), {"admin": "yes", "password": PASSWORD})
    assert answer.status_code == 400
    assert "This form came from a session that is over" in words(answer.text)
    assert not world.people.get(bob.id).admin
