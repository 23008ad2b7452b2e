"""The pages of a person's keys: what they show, the one page with the secret, who may look."""

import re
from datetime import timedelta

import pytest

from ninety.rules import secrets
from ninety.rules.uses import Use
from ninety.work.access import Holder
from parts.visitor import forms, secret_on, words

MAKE = "/account/keys/make"
ENDS = "21 Feb 2027, 15:04 CET (14:04 UTC)"


def key_page(key_id):
    return f"/account/keys/{key_id}"


def test_a_newcomer_finds_the_form_for_a_first_key_on_the_keys_page(at_alice):
    at_alice.open("/account")
    assert at_alice.form(MAKE).fields["days"] == "90"
    assert "dotnet nuget push packages/*.nupkg --api-key n90_… --source ninety" in words(
        at_alice.page.text
    )
    page = at_alice.send(MAKE, name="ci")
    assert re.fullmatch(secrets.PATTERN, secret_on(page.text))


def test_the_secret_comes_with_its_end_and_lines_ready_to_paste(world, at_alice):
    at_alice.open(MAKE)
    page = at_alice.send(MAKE, name="ci", days="90")
    secret = secret_on(page.text)
    said = words(page.text)
    assert f"It ends {ENDS}, in 90 days." in said
    assert '<time datetime="2027-02-21T14:04:00Z">' in page.text
    assert f"nuget push Acme.Core.1.0.0.nupkg -ApiKey {secret} -Source ninety" in said
    assert f"dotnet nuget push Acme.Core.1.0.0.nupkg --api-key {secret} --source ninety" in said
    assert '<add key="ninety" value="http://localhost/v3/index.json"' in said
    assert 'allowInsecureConnections="true"' in said
    assert '<add key="ClearTextPassword" value="%FEED_KEY%" />' in said
    assert f"export FEED_KEY={secret}" in said
    assert f"curl -H 'X-NuGet-ApiKey: {secret}' http://localhost/api/v1/keys/self" in said
    for line in ("${{ secrets.FEED_KEY }}", 'nuget push "**/*.nupkg" --source "ninety"'):
        assert line in said
    assert world.access.authenticate(secret, world.clock()).key.name == "ci"


def test_a_feed_behind_https_is_pushed_to_by_its_address(world, at_alice):
    world.site.set_address("https://feed.example")
    at_alice.open(MAKE)
    said = words(at_alice.send(MAKE, name="ci").text)
    assert "-Source https://feed.example/v3/index.json" in said
    assert "allowInsecureConnections" not in said


def test_the_page_says_when_the_mail_goes_and_to_whom(make_app, at_alice):
    at_alice.client.application = make_app(mail_server="127.0.0.1")
    at_alice.open(MAKE)
    said = words(at_alice.send(MAKE, name="ci").text)
    assert "One mail goes to alice@example.org on 11 Feb 2027." in said


def test_the_page_says_that_nobody_is_told_while_there_is_no_mail_server(at_alice):
    at_alice.open(MAKE)
    assert "No mail server: nobody is being told" in words(at_alice.send(MAKE, name="ci").text)


def test_the_page_says_that_a_key_under_48_hours_gets_no_mail(at_alice):
    at_alice.open(MAKE)
    assert "a key that lives under 48 hours lives too briefly for a mail" in words(
        at_alice.send(MAKE, name="ci", days="1").text
    )


def test_the_secret_is_on_no_other_page(world, at_alice):
    at_alice.open(MAKE)
    shown = at_alice.send(MAKE, name="ci")
    secret = secret_on(shown.text)
    key_id = secret.split("_")[1]
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Location" not in shown.headers
    for path in ("/account", key_page(key_id), "/account/settings", "/", "/admin"):
        page = at_alice.open(path)
        assert page.status_code == 200
        assert secret not in page.text
        assert secret.split("_")[2] not in page.text
    with at_alice.client.session_transaction() as kept:
        assert secret not in str(dict(kept))


def test_a_reload_makes_no_second_key_and_shows_no_secret(world, at_alice, alice):
    at_alice.open(MAKE)
    sent = {**at_alice.form(MAKE).fields, "name": "ci", "days": "90"}
    secret = secret_on(at_alice.post(MAKE, sent).text)
    again = at_alice.post(MAKE, sent)
    assert again.status_code == 409
    assert "This form was sent already" in words(again.text)
    assert secret not in again.text
    assert secret_on(again.text) == ""
    [key] = world.lifecycle.keys_of(alice)
    assert f'href="{key_page(key.id)}"' in again.text


def test_back_offers_a_fresh_form(at_alice):
    at_alice.open(MAKE)
    first = at_alice.form(MAKE).fields["form"]
    at_alice.send(MAKE, name="ci")
    at_alice.open(MAKE)
    assert at_alice.form(MAKE).fields["form"] not in ("", first)


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"name": "", "days": "30"}, "name", "A key needs a name"),
        ({"name": "x" * 65, "days": "30"}, "name", "at most 64 characters"),
        ({"name": "ci", "days": "91"}, "days", "A key lives 1 to 90 days"),
        ({"name": "ci", "days": "0"}, "days", "A key lives 1 to 90 days"),
        ({"name": "ci", "days": "ten"}, "days", "A key lives 1 to 90 days"),
        ({"name": "ci", "days": "9" * 5000}, "days", "A key lives 1 to 90 days"),
    ],
)
def test_a_form_refused_keeps_what_was_typed(world, at_alice, alice, typed, field, said):
    at_alice.open(MAKE)
    page = at_alice.send(MAKE, **typed)
    assert page.status_code == 422
    assert said in words(page.text)
    assert f'id="{field}-problem"' in page.text
    kept = at_alice.form(MAKE).fields
    assert {name: kept[name] for name in typed} == typed
    assert world.lifecycle.keys_of(alice) == []


def test_two_keys_of_one_name_are_refused_beside_the_field(at_alice):
    at_alice.new_key("ci")
    at_alice.open(MAKE)
    page = at_alice.send(MAKE, name="CI")
    assert page.status_code == 422
    assert 'id="name-problem"' in page.text


def test_keys_are_sorted_by_what_ends_first_and_ended_ones_are_apart(world, at_alice, alice, clock):
    ended = world.lifecycle.make(alice, "ended", 1, clock.now - timedelta(days=2)).key
    for name, days in (("late", 60), ("soon", 5), ("middle", 30)):
        at_alice.new_key(name, str(days))
    revoked = at_alice.new_key("revoked", "1")
    world.lifecycle.revoke(revoked, alice, clock.now)
    page = at_alice.open("/account").text
    living, closed = page.split('<details class="closed"', 1)
    assert re.findall(r'<a href="/account/keys/\w+">(\w+)</a>', living) == [
        "soon",
        "middle",
        "late",
    ]
    assert set(re.findall(r'<a href="/account/keys/(\w+)">', closed)) == {ended.id, revoked}


def test_the_keys_page_shows_each_end_exactly_and_in_words(at_alice):
    at_alice.new_key("ci")
    page = at_alice.open("/account")
    assert f'<time datetime="2027-02-21T14:04:00Z">{ENDS}</time>' in page.text
    assert "Ends in 90 days" in words(page.text)


@pytest.mark.parametrize(
    ("days_later", "word"), [(0, "Living"), (81, "Ends soon"), (90, "Ended"), (200, "Ended")]
)
def test_the_state_is_a_word_on_both_pages(at_alice, clock, days_later, word):
    key_id = at_alice.new_key("ci")
    clock.move(days=days_later)
    at_alice.sign_in_again()
    for path in ("/account", key_page(key_id)):
        assert word in words(at_alice.open(path).text)


def test_a_key_is_ended_at_its_very_instant(at_alice, clock):
    key_id = at_alice.new_key("ci")
    clock.move(days=90, seconds=-1)
    at_alice.sign_in_again()
    assert "Ends soon" in words(at_alice.open(key_page(key_id)).text)
    clock.move(seconds=1)
    assert f"Ended {ENDS}" in words(at_alice.open(key_page(key_id)).text)


def test_regenerating_shows_a_new_secret_and_ends_the_old_one(world, at_alice, clock):
    at_alice.open(MAKE)
    old = secret_on(at_alice.send(MAKE, name="ci", days="30").text)
    key_id = old.split("_")[1]
    clock.move(days=29)
    at_alice.open(key_page(key_id))
    assert at_alice.form(f"{key_page(key_id)}/regenerate").fields["days"] == "30"
    page = at_alice.send(f"{key_page(key_id)}/regenerate", days="60")
    new = secret_on(page.text)
    assert new != old
    assert "in 60 days" in words(page.text)
    assert page.headers["Cache-Control"] == "no-store"
    assert world.access.authenticate(new, clock.now).key.id == key_id


def test_a_regenerate_form_sent_twice_changes_one_secret(world, at_alice):
    key_id = at_alice.new_key("ci")
    at_alice.open(key_page(key_id))
    action = f"{key_page(key_id)}/regenerate"
    sent = at_alice.form(action).fields
    secret = secret_on(at_alice.post(action, sent).text)
    again = at_alice.post(action, sent)
    assert again.status_code == 409
    assert secret_on(again.text) == ""
    assert world.access.authenticate(secret, world.clock()).key.id == key_id


def test_regenerating_with_too_many_days_keeps_them_in_the_field(at_alice):
    key_id = at_alice.new_key("ci")
    at_alice.open(key_page(key_id))
    action = f"{key_page(key_id)}/regenerate"
    page = at_alice.send(action, days="91")
    assert page.status_code == 422
    assert at_alice.form(action).fields["days"] == "91"


@pytest.fixture
def used_key(world, at_alice, alice, clock) -> str:
    """The id of a key of Alice's, `ci`, that pushed Acme.Core two hours ago."""
    key_id = at_alice.new_key("ci")
    clock.move(days=3)
    push = Use(clock.now - timedelta(hours=2), "10.0.3.7", "dotnet/10", "Acme.Core 1.0.0")
    world.using.note(Holder(world.lifecycle.find(key_id), alice), push)
    return key_id


@pytest.mark.parametrize("act", ["regenerate", "revoke"])
def test_what_would_break_something_used_lately_wants_the_name(world, at_alice, used_key, act):
    action, field = f"{key_page(used_key)}/{act}", f"name_to_{act}"
    before = world.lifecycle.find(used_key)
    said = words(at_alice.open(key_page(used_key)).text)
    assert "dotnet/10 pushed Acme.Core 1.0.0 with this key 2 hours ago, from 10.0.3.7" in said
    page = at_alice.send(action, **{field: "cd"})
    assert page.status_code == 422
    assert f'id="{field}-problem"' in page.text
    assert at_alice.form(action).fields[field] == "cd"
    assert world.lifecycle.find(used_key) == before
    assert at_alice.send(action, **{field: " CI "}).status_code == 200
    assert world.lifecycle.find(used_key) != before


def test_a_new_secret_that_nothing_used_needs_no_name(at_alice, used_key):
    action = f"{key_page(used_key)}/regenerate"
    at_alice.open(key_page(used_key))
    assert secret_on(at_alice.send(action, name_to_regenerate="ci").text)
    at_alice.open(key_page(used_key))
    assert "name_to_regenerate" not in at_alice.page.text
    assert secret_on(at_alice.send(action).text)


def test_an_ended_key_says_what_it_last_did(at_alice, used_key, clock):
    clock.move(days=90)
    at_alice.sign_in_again()
    assert "Last used 90 days ago by dotnet/10 from 10.0.3.7" in words(
        at_alice.open("/account").text
    )
    page = words(at_alice.open(key_page(used_key)).text)
    assert "dotnet/10 pushed Acme.Core 1.0.0 with this key 90 days ago" in page


def test_all_keys_a_person_may_have_are_on_one_light_page(world, at_alice, alice, clock):
    for number in range(50):
        key = world.lifecycle.make(alice, f"pipeline {number:02}", 90 - number, clock.now).key
        push = Use(clock.now, "10.0.3.7", "NuGet Command Line/6.12", "Acme.Core 1.0.0")
        world.using.note(Holder(key, alice), push)
    page = at_alice.open("/account")
    links = re.findall(r'<a href="/account/keys/\w+">pipeline (\d\d)</a>', page.text)
    assert links == [f"{number:02}" for number in range(49, -1, -1)]
    assert len(page.data) < 60_000


def test_the_next_120_days_are_a_list_of_who_ends_when(at_alice, make_app):
    at_alice.client.application = make_app(mail_server="127.0.0.1")
    at_alice.new_key("ci")
    said = words(at_alice.open("/account").text)
    assert "ci ends in 90 days , on 21 Feb 2027; its reminder goes out on 11 Feb 2027" in said


def test_revoking_says_what_stops_and_leaves_nothing_to_do(world, at_alice, alice):
    key_id = at_alice.new_key("ci")
    at_alice.open(key_page(key_id))
    assert "Every push, restore and search that uses “ci” is refused" in words(at_alice.page.text)
    page = at_alice.send(f"{key_page(key_id)}/revoke")
    assert page.request.path == key_page(key_id)
    assert "Key “ci” is revoked." in words(page.text)
    assert [form.action for form in forms(page.text)] == ["/sign-out"]
    assert world.lifecycle.key(key_id, alice).revoked_at is not None


def test_a_key_revoked_meanwhile_is_not_regenerated(world, at_alice, alice, clock):
    key_id = at_alice.new_key("ci")
    at_alice.open(key_page(key_id))
    world.lifecycle.revoke(key_id, alice, clock.now)
    page = at_alice.send(f"{key_page(key_id)}/regenerate")
    assert page.status_code == 409
    assert secret_on(page.text) == ""
    assert "it stays ended" in words(page.text)


@pytest.mark.parametrize("act", ["regenerate", "revoke"])
def test_opening_the_address_of_a_sent_form_leads_to_the_key(at_alice, act):
    key_id = at_alice.new_key("ci")
    assert at_alice.open(f"{key_page(key_id)}/{act}").request.path == key_page(key_id)


def test_nobody_sees_or_changes_the_keys_of_others(world, at_alice, at_bob, alice):
    key_id = at_alice.new_key("ci")
    before = world.lifecycle.key(key_id, alice)
    assert at_bob.open(key_page(key_id)).status_code == 404
    at_bob.open(MAKE)
    token = at_bob.form(MAKE).fields["csrf_token"]
    for act in ("regenerate", "revoke"):
        answer = at_bob.post(f"{key_page(key_id)}/{act}", {"csrf_token": token, "form": "f"})
        assert answer.status_code == 404
    assert "ci" not in words(at_bob.open("/account").text).split()
    assert world.lifecycle.key(key_id, alice) == before


def test_an_admin_sees_whose_key_it_is(at_alice, at_bob):
    key_id = at_bob.new_key("build")
    assert "Owner bob@example.org" in words(at_alice.open(key_page(key_id)).text)


def test_a_key_that_is_not_there_is_a_404(at_alice):
    assert at_alice.open(key_page("aaaaaaaaaa")).status_code == 404


def test_a_name_of_a_key_is_text_and_never_markup(at_alice):
    at_alice.open(MAKE)
    page = at_alice.send(MAKE, name="<script>alert(1)</script>")
    assert "<script>alert" not in page.text
    assert "<script>alert" not in at_alice.open("/account").text
    assert "<script>alert(1)</script>" in words(at_alice.page.text)
