"""An admin's page of one person: what breaks is read before it does."""

import pytest

from parts.client import client_of
from parts.packages import make_nupkg
from parts.visitor import Visitor, words


@pytest.fixture
def page(bob) -> str:
    return f"/admin/people/{bob.id}"


@pytest.fixture
def client(app, world, bob):
    """Bob's build, which pushed Acme.Core a moment ago."""
    client = client_of(world, app, bob)
    assert client.push(make_nupkg()).status_code == 201
    return client


def test_the_list_of_people_leads_to_each(at_alice, bob, page):
    assert f'href="{page}">{bob.email}' in at_alice.open("/admin/people").text


@pytest.mark.parametrize("what", ["", "/disable", "/hand-over", "/enable", "/remove", "/role"])
def test_only_admins_get_there(at_bob, alice, what):
    assert at_bob.open(f"/admin/people/{alice.id}{what}").status_code == 403


@pytest.mark.parametrize("what", ["disable", "hand-over", "enable", "remove", "role"])
def test_only_admins_send_its_forms(at_bob, alice, world, what):
    at_bob.open("/account")
    token = at_bob.form("/sign-out").fields["csrf_token"]
    answer = at_bob.post(f"/admin/people/{alice.id}/{what}", {"csrf_token": token})
    assert answer.status_code == 403
    assert world.people.get(alice.id) == alice


def test_nobody_is_found_under_an_unknown_id(at_alice):
    assert at_alice.open("/admin/people/nobody").status_code == 404


def test_the_page_says_beforehand_what_breaks_and_whom_to_tell(at_alice, alice, page, client):
    said = words(at_alice.open(page).text)
    assert "What stops with this account" in said
    assert "Last used just now by Werkzeug/" in said
    assert "from 127.0.0.1, for Acme.Core 1.0.0" in said
    assert f"Tell {alice.email}" in said
    assert "Owns 1 package: Acme.Core" in said


def test_where_keys_are_in_use_the_address_has_to_be_typed(at_alice, world, bob, page, client):
    at_alice.open(page)
    answer = at_alice.send(f"{page}/disable", confirm="bob")
    assert (answer.status_code, world.people.get(bob.id).disabled_at) == (422, None)
    assert f"Type {bob.email}, since keys are in use." in words(answer.text)
    said = words(at_alice.send(f"{page}/disable", confirm=f" {bob.email.upper()} ").text)
    assert f"{bob.email} is disabled; none of their keys works." in said
    assert "What stopped with this account" in said
    assert "Last used just now" in said
    refused = client.push(make_nupkg(version="2.0.0"))
    assert refused.status_code == 403
    assert "stopped with its owner's account" in refused.text


def test_where_nothing_is_in_use_nothing_has_to_be_typed(at_alice, world, bob, page):
    at_alice.open(page)
    assert "confirm" not in at_alice.form(f"{page}/disable").fields
    at_alice.send(f"{page}/disable")
    assert world.people.get(bob.id).disabled_at is not None


def test_the_session_of_who_is_disabled_ends(at_alice, at_bob, page):
    at_alice.open(page)
    at_alice.send(f"{page}/disable")
    assert "Sign in" in words(at_bob.open("/account").text)


def test_an_admin_does_not_disable_or_remove_themselves(at_alice, alice, world, bob, page):
    own = f"/admin/people/{alice.id}"
    at_alice.open(page)
    token = at_alice.form(f"{page}/disable").fields["csrf_token"]
    for what in ("disable", "remove"):
        assert at_alice.post(f"{own}/{what}", {"csrf_token": token}).status_code == 409
    assert "another admin can disable it" in words(at_alice.open(own).text)
    assert world.people.get(alice.id) == alice


def test_enabled_again_the_keys_work_again(at_alice, page, bob, client):
    at_alice.open(page)
    at_alice.send(f"{page}/disable", confirm=bob.email)
    at_alice.send(f"{page}/enable")
    assert client.push(make_nupkg(version="2.0.0")).status_code == 201


def test_somebody_is_removed_once_they_are_disabled(at_alice, page, bob, world):
    at_alice.open(page)
    token = at_alice.form(f"{page}/disable").fields["csrf_token"]
    assert at_alice.post(f"{page}/remove", {"csrf_token": token}).status_code == 409
    at_alice.send(f"{page}/disable")
    said = words(at_alice.send(f"{page}/remove").text)
    assert f"{bob.email} is removed" in said
    assert world.people.get(bob.id) is None


def test_packages_and_notes_are_handed_over_with_disabling(
    at_alice, alice, bob, page, client, world
):
    key_id = client.secret[4:14]
    world.lifecycle.annotate(key_id, bob, "Jenkins, job <release>", world.clock())
    at_alice.open(page)
    said = words(at_alice.send(f"{page}/disable", confirm=bob.email, hand_to=alice.email).text)
    assert f"{alice.email} took over 1 package and the notes of 1 key." in said
    assert world.packages.package("Acme.Core").owners == (alice.id,)
    said = words(at_alice.open("/account").text)
    assert f"ci of {bob.email} Make a key for Jenkins, job <release> Push" in said
    assert "Last used just now by Werkzeug/" in said
    made = at_alice.open(f"/account/keys/make?instead_of={key_id}")
    assert 'value="ci"' in made.text
    at_alice.open("/account")
    said = words(at_alice.send(f"/account/taken-over/{key_id}/dismiss").text)
    assert "Taken over" not in said


def test_handing_over_can_be_done_again_and_says_what_is_wrong(
    at_alice, alice, bob, page, client, world
):
    at_alice.open(page)
    at_alice.send(f"{page}/disable", confirm=bob.email)
    for wrong in ("", "nobody@example.org", bob.email):
        answer = at_alice.send(f"{page}/hand-over", hand_to=wrong)
        assert answer.status_code == 422
    assert world.packages.package("Acme.Core").owners == (bob.id,)
    for what in ("1 package", "0 packages"):
        said = words(at_alice.send(f"{page}/hand-over", hand_to=alice.email).text)
        assert f"took over {what} and" in said
    assert world.packages.package("Acme.Core").owners == (alice.id,)


def test_a_wrong_name_to_take_over_disables_nobody(at_alice, bob, page, world):
    at_alice.open(page)
    answer = at_alice.send(f"{page}/disable", hand_to="nobody@example.org")
    assert answer.status_code == 422
    assert world.people.get(bob.id) == bob


def test_the_notes_of_others_are_not_there_for_anybody_else(
    app, at_alice, at_bob, client, alice, bob, page
):
    at_alice.open(page)
    key_id = client.secret[4:14]
    assert at_bob.open(f"/account/keys/make?instead_of={key_id}").status_code == 404
    token = at_bob.open("/account") and at_bob.form("/sign-out").fields["csrf_token"]
    path = f"/account/taken-over/{key_id}/dismiss"
    assert at_bob.post(path, {"csrf_token": token}).status_code == 404
    assert Visitor(app).open(path).request.path == "/sign-in"
