"""Reminders are switched off by a link without signing in, and on again in the settings."""

import pytest

from parts.visitor import Visitor, words

SETTINGS = "/account/settings"
CHOOSE = "/account/settings/reminders"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def link(world, bob) -> str:
    """The path and query of the link in Bob's mails."""
    return path_of(world, bob)


def path_of(world, person) -> str:
    return world.unsubscribing.link(person).removeprefix(world.base_url())


def wants(world, person) -> bool:
    return world.people.get(person.id).wants_reminders


def test_looking_at_the_link_changes_nothing(world, stranger, bob, link):
    for _ in range(3):
        assert stranger.client.get(link).status_code == 200
        assert stranger.client.head(link).status_code == 200
    assert wants(world, bob)


def test_the_form_behind_the_link_switches_off_and_says_how_to_switch_on(
    world, stranger, bob, link
):
    page = stranger.open(link)
    assert "one mail goes to bob@example.org" in words(page.text)
    page = stranger.send(link)
    assert page.status_code == 200
    assert "Reminders are off" in words(page.text)
    assert f'href="{SETTINGS}#reminders"' in page.text
    assert not wants(world, bob)


def test_one_click_of_a_mail_program_switches_off_without_cookie_or_redirect(world, app, bob, link):
    answer = app.test_client(use_cookies=False).post(link, data=ONE_CLICK)
    assert (answer.status_code, wants(world, bob)) == (200, False)
    assert "Set-Cookie" not in answer.headers


def test_one_click_may_come_as_multipart_too(world, stranger, bob, link):
    answer = stranger.client.post(link, data=ONE_CLICK, content_type="multipart/form-data")
    assert (answer.status_code, wants(world, bob)) == (200, False)


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "no"}, {"token": "x"}])
def test_a_post_that_says_nothing_of_unsubscribing_changes_nothing(
    world, stranger, bob, link, body
):
    page = stranger.client.post(link, data=body)
    assert (page.status_code, wants(world, bob)) == (400, True)
    assert "Switch reminders off" in words(page.text)


def test_a_second_click_says_the_same(stranger, link):
    first = stranger.client.post(link, data=ONE_CLICK)
    assert stranger.client.post(link, data=ONE_CLICK).text == first.text


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=%ED%A0%80.x"])
def test_a_wrong_token_is_told_so_and_switches_nothing_off(world, stranger, bob, query):
    for answer in (
        stranger.client.get(f"/unsubscribe{query}"),
        stranger.client.post(f"/unsubscribe{query}", data=ONE_CLICK),
    ):
        assert answer.status_code == 404
        assert "This link has no use any more" in words(answer.text)
    assert wants(world, bob)


def test_the_link_opens_no_other_door(stranger, link):
    token = link.partition("=")[2]
    assert stranger.client.get(f"/account?token={token}").status_code == 303
    assert stranger.client.get(f"/account/keys.ics?token={token}").status_code == 404
    pushed = stranger.client.put("/api/v2/package", headers={"X-NuGet-ApiKey": token})
    assert pushed.status_code == 403


def test_nobody_keeps_the_page_or_tells_its_address(stranger, link):
    for answer in (stranger.client.get(link), stranger.client.post(link, data=ONE_CLICK)):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_error_behind_the_link_logs_no_token(stranger, link, monkeypatch, caplog):
    monkeypatch.setattr("ninety.web.unsubscribing.render_template", lambda *_, **__: 1 // 0)
    assert stranger.client.get(link).status_code == 500
    assert "/unsubscribe" in caplog.text
    assert link.partition("=")[2] not in caplog.text


def test_a_person_switches_reminders_off_and_on_in_the_settings(world, at_bob, bob, link):
    at_bob.open(SETTINGS)
    page = at_bob.send(CHOOSE)
    assert not wants(world, bob)
    assert "You get no reminder mail, by your choice." in words(page.text)
    page = at_bob.send(CHOOSE)
    assert wants(world, bob)
    assert "Reminders go to bob@example.org again." in words(page.text)
    assert at_bob.client.get(link).status_code == 404
    assert at_bob.client.get(path_of(world, world.people.get(bob.id))).status_code == 200


def test_the_choice_in_the_settings_needs_a_form_of_ours(world, at_bob, bob):
    assert at_bob.post(CHOOSE, {"wanted": "no"}).status_code == 400
    assert wants(world, bob)


def test_whoever_opens_the_address_of_the_form_sees_the_settings(at_bob):
    assert at_bob.open(CHOOSE).request.path == SETTINGS


def test_a_link_works_in_every_process_and_after_a_restart(world, bob, link, make_app):
    elsewhere = Visitor(make_app())
    assert elsewhere.client.post(link, data=ONE_CLICK).status_code == 200
    assert not wants(world, bob)
