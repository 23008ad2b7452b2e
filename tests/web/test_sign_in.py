"""Getting in and out: the setup link, signing in, and the moments a session ends."""

import pytest

from ninety.web.sign_in import local_path
from parts.visitor import Visitor, forms, words

PASSWORD = "a horse of course"
TYPED = {
    "email": "alice@example.org",
    "password": PASSWORD,
    "timezone": "Europe/Berlin",
    "base_url": "https://feed.example",
}


@pytest.fixture
def link(world):
    return f"/setup?token={world.people.new_setup_token()}"


def test_the_setup_link_makes_an_admin_and_signs_them_in(world, stranger, link):
    stranger.open(link)
    page = stranger.send("/setup", **TYPED)
    assert page.request.path == "/account"
    alice = world.people.by_email("alice@example.org")
    assert alice.admin
    assert alice.timezone == "Europe/Berlin"
    assert world.site.address() == "https://feed.example"


def test_the_setup_form_is_filled_in_with_the_address_it_was_opened_at(stranger, link):
    stranger.open(link)
    assert stranger.form("/setup").fields["base_url"] == "http://localhost"


def test_the_setup_link_works_once(world, stranger, link):
    stranger.open(link)
    stale = stranger.form("/setup").fields
    stranger.send("/setup", **TYPED)
    assert stranger.open(link).status_code == 410
    again = stranger.post("/setup", {**stale, **TYPED, "email": "eve@example.org"})
    assert again.status_code in (400, 410)
    assert [person.email for person in world.people.all()] == ["alice@example.org"]


def test_a_wrong_setup_token_opens_nothing(world, stranger, link):
    page = stranger.open(link + "x")
    assert page.status_code == 410
    assert "/setup" not in [form.action for form in forms(page.text)]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("email", "alice", "not an e-mail address"),
        ("password", "short", "at least 10 characters"),
        ("password", "password1234", "add another word or two"),
        ("timezone", "Mars/Olympus", "Choose a time zone"),
        ("base_url", "feed", "not an address"),
    ],
)
def test_the_setup_form_keeps_what_was_typed_and_says_what_is_wrong_beside_the_field(
    world, stranger, link, field, typed, said
):
    stranger.open(link)
    page = stranger.send("/setup", **{**TYPED, field: typed})
    assert page.status_code == 422
    assert f'aria-describedby="{field}-problem' in page.text
    assert said in words(page.text)
    kept = stranger.form("/setup").fields
    for name in {"email", "base_url"} - {field}:
        assert kept[name] == TYPED[name]
    assert PASSWORD not in page.text
    assert world.people.nobody_yet()
    stranger.send("/setup", **TYPED)
    assert not world.people.nobody_yet()


def test_the_setup_page_sends_its_address_nowhere(stranger, link):
    assert stranger.open(link).headers["Referrer-Policy"] == "no-referrer"


def test_signing_in_goes_on_to_the_page_that_was_asked_for(stranger, alice):
    page = stranger.open("/account/settings")
    assert page.request.path == "/sign-in"
    page = stranger.send("/sign-in", email="Alice@example.org", password=PASSWORD)
    assert page.request.path == "/account/settings"


@pytest.mark.parametrize("password", ["", "not a horse", PASSWORD.upper()])
def test_a_wrong_password_signs_nobody_in_and_keeps_the_address(stranger, alice, password):
    page = stranger.sign_in("alice@example.org", password)
    assert page.status_code == 403
    assert "do not fit together" in words(page.text)
    assert stranger.form("/sign-in").fields["email"] == "alice@example.org"
    assert stranger.open("/account").request.path == "/sign-in"


def test_after_ten_wrong_passwords_the_right_one_has_to_wait(stranger, alice, clock):
    for _ in range(10):
        stranger.sign_in("alice@example.org", "not a horse")
    page = stranger.sign_in("alice@example.org", PASSWORD)
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0
    clock.move(minutes=20)
    assert stranger.sign_in("alice@example.org", PASSWORD).request.path == "/account"


def test_signing_out_ends_the_session(at_alice):
    at_alice.open("/account")
    page = at_alice.send("/sign-out")
    assert "You are signed out." in words(page.text)
    assert at_alice.open("/account").request.path == "/sign-in"


def test_a_link_cannot_sign_anybody_out(at_alice):
    assert at_alice.open("/sign-out").status_code == 405
    assert at_alice.open("/account").request.path == "/account"


@pytest.mark.parametrize(
    "end",
    [
        lambda world, alice, now: world.people.disable(alice.id, now),
        lambda world, alice, now: world.people.set_password(alice.id, "another long one", now),
        lambda world, alice, now: world.people.remove(alice.id, now),
    ],
    ids=["disabled", "new password", "removed"],
)
def test_a_session_ends_at_the_next_request(world, at_alice, alice, clock, end):
    assert at_alice.open("/account").request.path == "/account"
    end(world, alice, clock.now)
    assert at_alice.open("/account").request.path == "/sign-in"


def test_a_person_disabled_elsewhere_is_signed_out_in_every_process(make_app, at_alice, alice):
    other_process = make_app()
    visitor = Visitor(other_process)
    visitor.sign_in(alice.email, PASSWORD)
    assert visitor.open("/account").request.path == "/account"
    at_alice.client.application.extensions["ninety"].people.disable(alice.id, alice.made_at)
    assert visitor.open("/account").request.path == "/sign-in"


def test_a_session_ended_stays_ended_after_the_person_is_enabled_again(world, at_alice, alice):
    world.people.disable(alice.id, alice.made_at)
    world.people.enable(alice.id, alice.made_at)
    assert at_alice.open("/account").request.path == "/sign-in"


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "evil.example",
        "",
    ],
)
def test_signing_in_never_leads_elsewhere(app, path):
    with app.test_request_context():
        assert local_path(path) == "/account"


def test_a_local_path_is_kept_with_its_query(app):
    with app.test_request_context():
        assert local_path("/packages/Acme.Core?x=1") == "/packages/Acme.Core?x=1"


def test_the_session_of_before_is_gone_after_signing_in(world, stranger, alice, clock):
    stranger.open("/sign-in")
    with stranger.client.session_transaction() as planted:
        planted["planted"] = "yes"
    stranger.send("/sign-in", email=alice.email, password=PASSWORD)
    with stranger.client.session_transaction() as begun:
        assert "planted" not in begun
        assert world.sessions.opened(begun["_user_id"], clock.now)[1] == alice
