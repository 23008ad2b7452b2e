"""The link to a person's calendar: made, shown once, replaced, revoked, and of no other use."""

import hashlib
import html
import re

import icalendar
import pytest

from ninety.store.documents import Collection
from parts.visitor import Visitor, words

SETTINGS = "/account/settings"
MAKE = "/account/settings/calendar"
REVOKE = "/account/settings/calendar/revoke"
LINK = re.compile(r"http://localhost(/account/keys\.ics\?token=([A-Za-z0-9_-]{43}))<")


def make_link(visitor: Visitor) -> str:
    """Make or replace the link on the settings page; its path and query."""
    visitor.open(SETTINGS)
    page = visitor.send(MAKE)
    assert page.status_code == 200, page.text
    return shown(page.text)


def shown(text: str) -> str:
    found = LINK.search(html.unescape(text))
    return found[1] if found else ""


def read(visitor: Visitor, link: str) -> dict[str, icalendar.Event]:
    """The events that the link leads to, by what they say."""
    answer = visitor.client.get(link)
    assert answer.status_code == 200, answer.text
    return {
        str(event["SUMMARY"]): event for event in icalendar.Calendar.from_ical(answer.data).events
    }


def test_a_calendar_program_reads_the_link_without_signing_in(world, at_alice, stranger):
    key_id = at_alice.new_key("ci")
    answer = stranger.client.get(make_link(at_alice))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    [event] = icalendar.Calendar.from_ical(answer.data).events
    assert event["SUMMARY"] == "API key 'ci' ends"
    assert event["UID"] == f"{key_id}@{world.site.install_id()}"
    assert event["URL"] == f"http://localhost/account/keys/{key_id}"
    assert event["DTSTART"].dt.isoformat() == "2027-02-21T14:04:00+00:00"


def test_the_event_moves_when_the_key_is_regenerated(at_alice, stranger, clock):
    key_id = at_alice.new_key("ci", "30")
    link = make_link(at_alice)
    before = read(stranger, link)["API key 'ci' ends"]
    clock.move(days=20)
    at_alice.open(f"/account/keys/{key_id}")
    at_alice.send(f"/account/keys/{key_id}/regenerate", days="30")
    [after] = read(stranger, link).values()
    assert after["UID"] == before["UID"]
    assert (after["DTSTART"].dt - before["DTSTART"].dt).days == 20
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_the_event_goes_when_the_key_is_revoked(at_alice, stranger):
    key_id = at_alice.new_key("ci")
    link = make_link(at_alice)
    assert len(read(stranger, link)) == 1
    at_alice.open(f"/account/keys/{key_id}")
    at_alice.send(f"/account/keys/{key_id}/revoke")
    assert read(stranger, link) == {}


def test_a_link_shows_the_keys_of_its_person_alone(at_alice, at_bob, stranger):
    at_alice.new_key("of alice")
    at_bob.new_key("of bob")
    assert list(read(stranger, make_link(at_alice))) == ["API key 'of alice' ends"]
    assert list(read(stranger, make_link(at_bob))) == ["API key 'of bob' ends"]


def test_a_key_rotated_on_the_page_has_two_events(at_alice, stranger):
    key_id = at_alice.new_key("ci")
    at_alice.open(f"/account/keys/{key_id}")
    at_alice.send(f"/account/keys/{key_id}/rotate")
    assert sorted(read(stranger, make_link(at_alice))) == [
        "API key 'ci' ends",
        "The old secret of API key 'ci' stops",
    ]


def test_nobody_keeps_the_calendar_or_tells_its_address(at_alice, stranger):
    for path in (make_link(at_alice), "/account/keys.ics?token=wrong"):
        headers = stranger.client.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in headers["Cache-Control"]
    assert stranger.client.get(make_link(at_alice)).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "query", ["", "?token=", "?token=wrong", "?token=%ED%A0%80", "?token=None"]
)
def test_a_wrong_token_opens_nothing(at_alice, at_bob, query):
    make_link(at_alice)
    assert at_alice.client.get(f"/account/keys.ics{query}").status_code == 404


def test_the_digest_that_is_kept_opens_nothing(world, at_alice, alice, stranger):
    token = make_link(at_alice).split("=")[1]
    kept = world.people.get(alice.id).calendar.digest
    assert kept == hashlib.sha256(token.encode()).hexdigest()
    assert stranger.client.get(f"/account/keys.ics?token={kept}").status_code == 404


def test_the_token_is_kept_nowhere_and_shown_once(world, at_alice):
    token = make_link(at_alice).split("=")[1]
    assert at_alice.page.headers["Cache-Control"] == "no-store"
    with at_alice.client.session_transaction() as kept:
        assert token not in str(dict(kept))
    files = [path for path in world.settings.data.rglob("*") if path.is_file()]
    assert [path.name for path in files if token.encode() in path.read_bytes()] == []
    said = at_alice.open(SETTINGS).text
    assert token not in said
    assert "There is a link, made 23 Nov 2026, 15:04 CET (14:04 UTC)." in words(said)


def test_the_page_has_nothing_to_revoke_while_there_is_no_link(at_alice):
    page = at_alice.open(SETTINGS)
    assert "Make a link" in words(page.text)
    assert REVOKE not in page.text
    assert "There is a link" not in words(page.text)


def test_a_reload_of_the_answer_does_not_end_the_link_it_showed(at_alice, stranger):
    at_alice.open(SETTINGS)
    sent = at_alice.form(MAKE).fields
    link = shown(at_alice.post(MAKE, sent).text)
    again = at_alice.post(MAKE, sent)
    assert again.status_code == 409
    assert "This form was sent already" in words(again.text)
    assert shown(again.text) == ""
    assert stranger.client.get(link).status_code == 200


def test_a_reload_after_revoking_makes_no_link(world, at_alice, alice):
    at_alice.open(SETTINGS)
    sent = at_alice.form(MAKE).fields
    at_alice.post(MAKE, sent)
    at_alice.send(REVOKE)
    assert at_alice.post(MAKE, sent).status_code == 409
    assert world.people.get(alice.id).calendar.digest == ""


def test_the_page_with_the_link_leads_on_to_replacing_it(at_alice, stranger):
    first = make_link(at_alice)
    second = shown(at_alice.send(MAKE).text)
    assert stranger.client.get(first).status_code == 404
    assert stranger.client.get(second).status_code == 200


def test_a_revoked_link_stops_in_every_process(at_alice, stranger, make_app):
    link = make_link(at_alice)
    elsewhere = Visitor(make_app())
    assert elsewhere.client.get(link).status_code == 200
    page = at_alice.send(REVOKE)
    assert "The calendar's link is revoked." in words(page.text)
    assert "There is a link" not in words(page.text)
    assert stranger.client.get(link).status_code == 404
    assert elsewhere.client.get(link).status_code == 404


def test_the_link_of_a_disabled_person_opens_nothing(world, at_bob, bob, stranger, clock):
    link = make_link(at_bob)
    world.people.disable(bob.id, clock())
    assert stranger.client.get(link).status_code == 404
    world.people.enable(bob.id, clock())
    assert stranger.client.get(link).status_code == 200
    world.people.remove(bob.id, clock())
    assert stranger.client.get(link).status_code == 404


def test_the_token_opens_no_other_door(at_alice, stranger):
    token = make_link(at_alice).split("=")[1]
    assert stranger.client.get(f"/account?token={token}").status_code == 303
    pushed = stranger.client.put("/api/v2/package", headers={"X-NuGet-ApiKey": token})
    assert pushed.status_code == 403
    read_with_it = stranger.client.get("/v3/search", auth=("any", token))
    assert read_with_it.status_code == 401


def test_an_error_while_the_calendar_is_written_logs_no_token(
    at_alice, stranger, monkeypatch, caplog
):
    link = make_link(at_alice)
    monkeypatch.setattr("ninety.rules.calendar.document", lambda *_: 1 // 0)
    assert stranger.client.get(link).status_code == 500
    assert "/account/keys.ics" in caplog.text
    assert link.split("=")[1] not in caplog.text


@pytest.mark.parametrize("path", [MAKE, REVOKE])
def test_forms_that_are_not_ours_change_nothing(world, at_alice, alice, path):
    link = make_link(at_alice)
    assert at_alice.post(path, {"form": "1"}).status_code == 400
    assert at_alice.client.get(link).status_code == 200


@pytest.mark.parametrize("path", [MAKE, REVOKE])
def test_whoever_opens_the_address_of_a_form_sees_the_settings(at_alice, stranger, path):
    assert at_alice.open(path).request.path == SETTINGS
    assert stranger.open(path).request.path == "/sign-in"


def test_people_from_before_there_were_calendars_have_none_yet(world, at_alice, alice):
    def forget(found):
        document = found[alice.id]
        for field in ("calendar_digest", "calendar_made_at", "calendar_links"):
            del document[field]
        return {alice.id: document}

    Collection(world.settings.data / "users.json").change([alice.id], forget)
    assert "Make a link" in words(at_alice.open(SETTINGS).text)
    assert at_alice.client.get(make_link(at_alice)).status_code == 200


def test_the_end_of_one_key_is_the_same_event_for_its_owner_alone(at_alice, at_bob, stranger):
    key_id = at_bob.new_key("ci")
    path = f"/account/keys/{key_id}.ics"
    at_bob.open("/account")
    answer = at_bob.client.get(path)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{key_id}.ics"'
    [whole] = read(stranger, make_link(at_bob)).values()
    [alone] = icalendar.Calendar.from_ical(answer.data).events
    for name in ("UID", "SUMMARY", "DTSTART", "URL"):
        assert alone[name] == whole[name]
    assert at_alice.client.get(path).status_code == 200, "an admin sees every key"
    carols = at_alice.new_key("hers")
    assert at_bob.client.get(f"/account/keys/{carols}.ics").status_code == 404
    assert stranger.client.get(path).status_code == 303


def test_a_revoked_key_has_no_end_to_remember(world, at_alice, alice, clock):
    key_id = at_alice.new_key("ci")
    world.lifecycle.revoke(key_id, alice, clock.now)
    assert at_alice.client.get(f"/account/keys/{key_id}.ics").status_code == 404
