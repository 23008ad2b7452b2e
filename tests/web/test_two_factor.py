"""Two-factor sign-in on pages: switched on, asked for after the password, undone by an admin."""

import re

import pytest

from ninety.rules import two_factor
from parts.visitor import Visitor, words

PASSWORD = "a horse of course"
PAGE = "/account/two-factor"
OFF = f"{PAGE}/off"
RENEW = f"{PAGE}/recovery-codes"
CODE = "/sign-in/code"


def code_at(secret, now):
    return two_factor.code(secret, two_factor.step_at(now))


def codes_on(page):
    return re.findall(r"\b[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}\b", page.text)


@pytest.fixture
def secret(at_bob, clock):
    """The secret of Bob, who switched it on half a minute ago."""
    at_bob.open(PAGE)
    shared = at_bob.form(PAGE).fields["secret"]
    page = at_bob.send(PAGE, code=code_at(shared, clock.now), password=PASSWORD)
    assert len(codes_on(page)) == 10
    clock.move(seconds=30)
    return shared


@pytest.fixture
def at_code(app, bob, secret):
    """Another browser, in which Bob gave his password and is asked for the code."""
    visitor = Visitor(app)
    visitor.open("/account/settings")
    page = visitor.send("/sign-in", email=bob.email, password=PASSWORD)
    assert page.request.path == CODE
    return visitor


def test_the_settings_say_whether_it_is_on(at_bob, request):
    assert "Two-factor sign-in is off." in words(at_bob.open("/account/settings").text)
    request.getfixturevalue("secret")
    assert "Two-factor sign-in is on." in words(at_bob.open("/account/settings").text)


def test_the_page_shows_the_secret_as_drawing_link_and_text(at_bob):
    page = at_bob.open(PAGE)
    shared = at_bob.form(PAGE).fields["secret"]
    assert '<svg viewBox="0 0' in page.text
    assert "style=" not in page.text
    assert (
        f"otpauth://totp/localhost:bob@example.org?secret={shared}&amp;issuer=localhost"
        in page.text
    )
    assert two_factor.in_fours(shared) in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_the_same_secret_stays_after_a_wrong_code(at_bob):
    at_bob.open(PAGE)
    shared = at_bob.form(PAGE).fields["secret"]
    page = at_bob.send(PAGE, code="000000", password=PASSWORD)
    assert page.status_code == 422
    assert 'id="code-problem"' in page.text
    assert at_bob.form(PAGE).fields["secret"] == shared
    assert PASSWORD not in page.text


def test_a_reload_of_the_recovery_codes_shows_none_and_changes_nothing(at_bob, clock):
    at_bob.open(PAGE)
    fields = at_bob.form(PAGE).fields
    fields |= {"code": code_at(fields["secret"], clock.now), "password": PASSWORD}
    assert codes_on(at_bob.post(PAGE, fields))
    again = at_bob.post(PAGE, fields)
    assert again.status_code == 422
    assert not codes_on(again)
    assert "On since" in words(again.text)


def test_the_password_alone_opens_nothing(at_code):
    assert at_code.open("/account").request.path == "/sign-in"


def test_the_code_leads_on_to_the_page_that_was_asked_for(at_code, secret, clock):
    page = at_code.send(CODE, code=code_at(secret, clock.now))
    assert page.request.path == "/account/settings"


def test_a_code_signs_in_once(at_code, app, bob, secret, clock):
    at_code.send(CODE, code=code_at(secret, clock.now))
    other = Visitor(app)
    other.sign_in(bob.email, PASSWORD)
    page = other.send(CODE, code=code_at(secret, clock.now))
    assert page.status_code == 403
    assert "used already" in words(page.text)
    assert other.open("/account").request.path == "/sign-in"


def test_a_recovery_code_signs_in(at_code, at_bob, secret, clock):
    at_bob.open(PAGE)
    page = at_bob.send(RENEW, code=code_at(secret, clock.now), password=PASSWORD)
    assert at_code.send(CODE, code=codes_on(page)[0].upper()).request.path == "/account/settings"
    assert "9 recovery codes are left" in words(at_bob.open(PAGE).text)


def test_the_password_waits_five_minutes(at_code, secret, clock):
    clock.move(minutes=5)
    page = at_code.send(CODE, code=code_at(secret, clock.now))
    assert page.request.path == "/sign-in"
    assert "Sign in once more." in words(page.text)


@pytest.mark.parametrize(
    "end",
    [
        lambda world, bob, now: world.people.disable(bob.id, now),
        lambda world, bob, now: world.people.set_password(bob.id, "another long one", now),
        lambda world, bob, now: world.people.remove(bob.id, now),
    ],
    ids=["disabled", "new password", "removed"],
)
def test_what_ends_sessions_ends_the_waiting_too(world, at_code, bob, secret, clock, end):
    end(world, bob, clock.now)
    assert at_code.send(CODE, code=code_at(secret, clock.now)).request.path == "/sign-in"


def test_nobody_is_asked_for_a_code_without_a_password(stranger, at_alice):
    assert stranger.open(CODE).request.path == "/sign-in"
    assert at_alice.open(CODE).request.path == "/account"


def test_wrong_codes_are_slowed_down(at_code, secret, clock):
    for _ in range(10):
        assert at_code.send(CODE, code="000000").status_code == 403
    page = at_code.send(CODE, code=code_at(secret, clock.now))
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0


def test_it_is_switched_off_with_password_and_code(at_bob, app, bob, secret, clock):
    at_bob.open(PAGE)
    fields = at_bob.form(RENEW).fields
    typed = {**fields, "code": code_at(secret, clock.now)}
    assert at_bob.post(OFF, {**typed, "password": "wrong"}).status_code == 422
    page = at_bob.post(OFF, {**typed, "password": PASSWORD})
    assert "your password alone signs you in" in words(page.text)
    assert Visitor(app).sign_in(bob.email, PASSWORD).request.path == "/account"


@pytest.mark.parametrize("path", [OFF, RENEW])
def test_the_address_of_a_form_that_was_sent_leads_back(at_bob, path):
    assert at_bob.open(path).request.path == PAGE


def test_an_admin_switches_it_off_with_their_own_password(at_alice, app, bob, secret):
    page, action = f"/admin/people/{bob.id}", f"/admin/people/{bob.id}/two-factor"
    at_alice.open(page)
    assert at_alice.send(action, own_password="wrong").status_code == 422
    assert 'id="own_password-problem"' in at_alice.page.text
    said = words(at_alice.send(action, own_password=PASSWORD).text)
    assert "bob@example.org signs in by the password alone now." in said
    assert Visitor(app).sign_in(bob.email, PASSWORD).request.path == "/account"
    assert at_alice.open(action).request.path == page


def test_nobody_else_switches_it_off(at_bob, alice, bob, secret):
    at_bob.open(PAGE)
    proof = at_bob.form(RENEW).fields["csrf_token"]
    action = f"/admin/people/{bob.id}/two-factor"
    assert at_bob.post(action, {"csrf_token": proof, "own_password": PASSWORD}).status_code == 403


def test_an_admin_does_not_switch_off_their_own_that_way(at_alice, alice):
    at_alice.open(f"/admin/people/{alice.id}")
    proof = at_alice.form(f"/admin/people/{alice.id}/role").fields["csrf_token"]
    action = f"/admin/people/{alice.id}/two-factor"
    answer = at_alice.post(action, {"csrf_token": proof, "own_password": PASSWORD})
    assert answer.status_code == 409
