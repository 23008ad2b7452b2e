"""What every answer carries, which doors are shut, and forms that are not ours."""

import pytest

from parts.visitor import Visitor, words

MAKE = "/account/keys/make"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PASSWORD = "a horse of course"


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/account", "/nothing", "/static/frame.css", "/setup", "/admin"]
)
def test_every_answer_carries_the_policies(at_alice, path):
    headers = at_alice.client.get(path, buffered=True).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", ["/", "/account", "/account/keys/make", "/admin", "/sign-in"])
def test_no_page_is_kept_by_a_cache(at_alice, path):
    assert at_alice.client.get(path).headers["Cache-Control"] == "no-store"


def test_https_is_insisted_on_where_the_address_is_https(world, stranger, alice):
    world.site.set_address("https://feed.example")
    stranger.open("/sign-in")
    answer = stranger.client.get("/sign-in")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "; Secure" in _cookie(answer)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(at_alice):
    answer = at_alice.client.get("/account")
    cookie = _cookie(answer)
    assert cookie.startswith("ninety_session=")
    assert "; HttpOnly" in cookie
    assert "; SameSite=Lax" in cookie
    assert "; Secure" not in cookie
    assert "; Expires=" in cookie


def _cookie(answer):
    [cookie] = answer.headers.getlist("Set-Cookie")
    return cookie


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/packages/Acme.Core",
        "/account",
        "/account/keys/make",
        "/account/keys/aaaaaaaaaa",
        "/account/settings",
        "/admin",
    ],
)
def test_a_private_feed_shows_nothing_to_strangers(stranger, alice, path):
    answer = stranger.client.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in?next=/")


@pytest.mark.parametrize(
    "path", [MAKE, "/account/keys/aaaaaaaaaa/regenerate", "/account/settings", "/sign-out"]
)
def test_a_form_sent_by_a_stranger_leads_to_the_sign_in_page(stranger, alice, path):
    answer = stranger.client.post(path, data={"name": "ci"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in"


def test_a_public_feed_shows_packages_and_no_more(make_app, alice):
    stranger = Visitor(make_app(read_access="public"))
    page = stranger.open("/")
    assert page.request.path == "/"
    assert "Sign in" in words(page.text)
    assert stranger.open("/packages/Nothing.Here").status_code == 404
    assert stranger.open("/account").request.path == "/sign-in"
    assert stranger.open("/admin").request.path == "/sign-in"


def test_a_route_that_nobody_listed_is_shut(app, at_alice, stranger):
    app.view_functions["nowhere"] = lambda: "something private"
    app.url_map.add(app.url_rule_class("/on-no-list", endpoint="nowhere"))
    assert at_alice.open("/on-no-list").status_code == 404
    assert "something private" not in stranger.open("/on-no-list").text


def test_the_admin_page_is_for_admins(at_alice, at_bob):
    assert at_alice.open("/admin").status_code == 200
    page = at_bob.open("/admin")
    assert page.status_code == 403
    assert "alice@example.org" not in page.text
    assert '"/admin"' not in at_bob.open("/account").text


@pytest.mark.parametrize("token", [None, "", "made-up"])
def test_a_form_that_is_not_ours_changes_nothing_and_keeps_what_was_typed(
    world, at_alice, alice, token
):
    at_alice.open(MAKE)
    fields = {**at_alice.form(MAKE).fields, "name": "ci", "days": "30"}
    if token is None:
        del fields["csrf_token"]
    else:
        fields["csrf_token"] = token
    page = at_alice.post(MAKE, fields)
    assert page.status_code == 400
    assert world.lifecycle.keys_of(alice) == []
    kept = at_alice.form(MAKE).fields
    assert (kept["name"], kept["days"]) == ("ci", "30")
    at_alice.send(MAKE)
    assert [key.name for key in world.lifecycle.keys_of(alice)] == ["ci"]


def test_a_regenerate_form_that_is_not_ours_shows_the_key_again(world, at_alice, alice):
    key_id = at_alice.new_key("ci")
    before = world.lifecycle.key(key_id, alice)
    page = at_alice.post(f"/account/keys/{key_id}/regenerate", {"days": "7"})
    assert page.status_code == 400
    assert at_alice.form(f"/account/keys/{key_id}/regenerate").fields["days"] == "7"
    assert world.lifecycle.key(key_id, alice) == before


def test_a_revoke_that_is_not_ours_revokes_nothing(world, at_alice, alice):
    key_id = at_alice.new_key("ci")
    page = at_alice.post(f"/account/keys/{key_id}/revoke", {})
    assert page.status_code == 400
    assert "send it once more" in words(page.text)
    assert world.lifecycle.key(key_id, alice).revoked_at is None


def test_a_stale_sign_in_form_keeps_the_address_and_works_the_second_time(stranger, alice):
    page = stranger.post("/sign-in", {"email": alice.email, "password": PASSWORD, "next": "/admin"})
    assert page.status_code == 400
    assert PASSWORD not in page.text
    assert stranger.form("/sign-in").fields["email"] == alice.email
    assert stranger.send("/sign-in", password=PASSWORD).request.path == "/admin"


def test_a_form_larger_than_any_of_ours_is_refused(at_alice):
    at_alice.open(MAKE)
    page = at_alice.send(MAKE, name="x" * 100_000)
    assert page.status_code == 413


def test_a_host_the_feed_was_not_told_of_is_refused(at_alice):
    answer = at_alice.client.get("/sign-in", headers={"Host": "evil.example"})
    assert answer.status_code == 421
