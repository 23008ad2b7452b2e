"""The admin page of invitations, and the page behind the link."""

import re

import pytest

from parts.visitor import Visitor, words

PASSWORD = "a horse of course"
CHOSEN = "another horse entirely"
PAGE = "/admin/invitations"
JOIN = "/invitation"
EVE = "eve@example.org"


def link_on(text):
    """The path of the link that a page shows."""
    (found,) = re.findall(r"http://[^<\s]+(/invitation\?token=[\w-]+)", text)
    return found


@pytest.fixture
def link(at_alice):
    at_alice.open(PAGE)
    return link_on(at_alice.send(PAGE, email=EVE).text)


def revoke_path(visitor):
    (found,) = set(re.findall(rf'action="({PAGE}/[^"/]+/revoke)"', visitor.page.text))
    return found


def test_only_an_admin_sees_and_makes_invitations(world, at_bob, stranger, clock):
    assert at_bob.open(PAGE).status_code == 403
    at_bob.open("/account/settings")
    token = at_bob.form("/account/settings").fields["csrf_token"]
    assert at_bob.post(PAGE, {"csrf_token": token, "email": EVE}).status_code == 403
    assert stranger.open(PAGE).request.path == "/sign-in"
    assert world.inviting.open(clock()) == []


def test_the_page_of_people_leads_there(at_alice, link):
    page = at_alice.open("/admin/people")
    assert f'href="{PAGE}"' in page.text
    assert "1 invitation is open" in words(page.text)


def test_the_link_is_shown_once(at_alice, link):
    assert at_alice.page.headers["Cache-Control"] == "no-store"
    assert "No mail went out." in words(at_alice.page.text)
    again = at_alice.open(PAGE).text
    assert "token=" not in again
    assert EVE in words(again)


def test_a_reload_makes_no_second_link_and_says_so(app, at_alice):
    at_alice.open(PAGE)
    sent = {**at_alice.form(PAGE).fields, "email": EVE}
    link = link_on(at_alice.post(PAGE, sent).text)
    page = at_alice.post(PAGE, sent)
    assert page.status_code == 409
    assert "This form was sent already" in words(page.text)
    assert Visitor(app).open(link).status_code == 200


def test_whoever_opens_it_makes_an_account_and_is_signed_in(world, stranger, link):
    page = stranger.open(link)
    assert page.status_code == 200
    assert f"You sign in with {EVE}" in words(page.text)
    assert "alice@example.org invited you" in words(page.text)
    assert "data-zone-preset" in page.text
    page = stranger.send(JOIN, name="Eve", password=CHOSEN, timezone="Europe/Paris")
    assert page.request.path == "/account"
    eve = world.people.by_email(EVE)
    assert (eve.name, eve.timezone, eve.admin) == ("Eve", "Europe/Paris", False)
    assert stranger.open("/admin").status_code == 403


def test_the_form_keeps_what_was_typed_and_says_what_is_wrong_beside_the_field(stranger, link):
    stranger.open(link)
    page = stranger.send(JOIN, name="Eve", password="password1234", timezone="Europe/Paris")
    assert page.status_code == 422
    assert 'id="password-problem"' in page.text
    assert "password1234" not in page.text
    kept = stranger.form(JOIN).fields
    assert (kept["name"], kept["timezone"]) == ("Eve", "Europe/Paris")
    assert stranger.send(JOIN, password=CHOSEN).request.path == "/account"


def test_the_address_and_the_role_are_not_the_invited_persons_to_choose(world, stranger, link):
    stranger.open(link)
    sent = {**stranger.form(JOIN).fields, "password": CHOSEN}
    stranger.post(JOIN, {**sent, "email": "other@example.org", "role": "admin", "admin": "yes"})
    assert world.people.by_email("other@example.org") is None
    assert not world.people.by_email(EVE).admin


def test_a_used_link_says_so(app, stranger, link):
    stranger.open(link)
    stranger.send(JOIN, password=CHOSEN)
    page = Visitor(app).open(link)
    assert page.status_code == 410
    assert "This invitation has no use any more" in words(page.text)


def test_the_page_behind_the_link_tells_its_address_to_nobody(stranger, link):
    assert stranger.open(link).headers["Referrer-Policy"] == "no-referrer"
    assert stranger.open(link + "x").headers["Referrer-Policy"] == "no-referrer"
    stranger.open(link)
    assert stranger.send(JOIN, password="short").headers["Referrer-Policy"] == "no-referrer"


def test_a_revoked_invitation_opens_nothing(app, at_alice, link):
    at_alice.open(PAGE)
    revoke = revoke_path(at_alice)
    page = at_alice.send(revoke)
    assert f"The invitation of {EVE} is revoked" in words(page.text)
    assert "Nobody is invited at the moment." in words(page.text)
    assert Visitor(app).open(link).status_code == 410
    assert at_alice.open(revoke).request.path == PAGE


@pytest.mark.parametrize("password", ["", "not a horse"])
def test_an_admin_is_invited_only_with_the_password(world, at_alice, clock, password):
    at_alice.open(PAGE)
    page = at_alice.send(PAGE, email=EVE, role=["admin"], password=password)
    assert page.status_code == 422
    assert 'id="password-problem"' in page.text
    assert at_alice.form(PAGE).fields["email"] == EVE
    assert at_alice.form(PAGE).fields["role"] == ["admin"]
    assert world.inviting.open(clock()) == []
    link = link_on(at_alice.send(PAGE, password=PASSWORD).text)
    assert "as an admin" in words(at_alice.open(link).text)


@pytest.mark.parametrize("email", ["", "nonsense", "BOB@example.org"])
def test_an_address_that_is_none_or_taken_is_refused_beside_the_field(at_alice, bob, email):
    at_alice.open(PAGE)
    page = at_alice.send(PAGE, email=email)
    assert page.status_code == 422
    assert 'id="email-problem"' in page.text
    assert at_alice.form(PAGE).fields["email"] == email


def test_the_page_says_what_became_of_the_mail(make_app, mail_server, alice):
    smtp = mail_server()
    visitor = Visitor(make_app(mail_server=smtp.host, mail_port=smtp.port))
    visitor.sign_in(alice.email, PASSWORD)
    visitor.open(PAGE)
    assert f"It was mailed to {EVE} as well." in words(visitor.send(PAGE, email=EVE).text)
    assert len(smtp.messages) == 1
    smtp.fail("rcpt", "550 no such user")
    page = visitor.send(PAGE, email="zoe@example.org")
    assert "not delivered" in words(page.text)
    assert "Pass the link on yourself." in words(page.text)
    assert link_on(page.text)
