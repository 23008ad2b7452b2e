"""The overview: a mark and a sentence for every part, and the way to what needs a person."""

import tomllib
from pathlib import Path

from ninety.rules.leaks import Report
from ninety.rules.reminders import State
from parts.packages import make_nupkg
from parts.reminded import bring
from parts.visitor import words

REPOSITORY = Path(__file__).parents[2]
PAGE = "/admin"
PARTS = ("Web", "Queue", "E-mail worker", "Mail", "Address", "Disk", "Index", "Audit trail")


def test_every_part_is_told_of_while_redis_is_away(at_alice):
    said = words(at_alice.open(PAGE).text)
    assert [part for part in PARTS if f" {part} " not in said] == []
    assert "Queue (not working) Redis does not answer" in said
    assert "Nothing does." in said
    assert "1 person has an account; 0 keys live" in said


def test_it_says_which_ninety_this_is(at_alice):
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    assert f"Ninety {project['project']['version']} · Python 3." in words(at_alice.open(PAGE).text)


def test_what_needs_a_person_is_counted_and_led_to(at_alice, world, bob, clock):
    made = world.lifecycle.make(bob, "in doubt", 30, clock.now)
    nowhere = world.lifecycle.make(bob, "nowhere", 30, clock.now).key
    world.lifecycle.set_contact(nowhere.id, bob, "ci@builds.invalid", clock.now)
    leaked = world.lifecycle.make(bob, "leaked", 90, clock.now)
    clock.move(days=21)
    world.leaks.report(Report((leaked.secret,), ""), clock.now)
    bring(world, made.key.id, State.UNKNOWN, clock.now, to=bob.email)
    text = at_alice.open(PAGE).text
    said = words(text)
    assert "1 key ends soon, and nobody can be told of it." in said
    assert "1 reminder in doubt" in said
    assert "1 key reported as leaked" in said
    assert "2 living keys never used." in said
    assert "2 keys live, 2 of them in their last days." in said
    for way in ("keys?show=nobody+told", "reminders#doubt", "keys?show=leaked"):
        assert f'href="/admin/{way}"' in text
    clock.move(days=40)
    assert "reported as leaked" not in words(at_alice.open(PAGE).text)


def test_packages_nobody_looks_after_any_more_are_counted(at_alice, world, bob, clock):
    world.publishing.take_in(bob, [make_nupkg()], clock.now, clock.now)
    world.index.refresh("Acme.Core")
    assert "owns" not in words(at_alice.open(PAGE).text)
    world.people.disable(bob.id, clock.now)
    said = words(at_alice.open(PAGE).text)
    assert "1 package that nobody who can sign in owns." in said
    assert "Index 1 package and 1 version are in it." in said


def test_what_a_mail_server_said_is_text(make_app, at_alice, world, clock):
    at_alice.client.application = make_app(mail_server="smtp.example")
    world.site.note("mail-trouble", clock.now, "451 <b>later</b>")
    text = at_alice.open(PAGE).text
    assert "451 &lt;b&gt;later&lt;/b&gt;" in text
    assert "<b>later" not in text


def test_an_address_that_is_not_the_one_in_mails_is_said(at_alice, world):
    world.site.set_address("https://feed.example")
    said = words(at_alice.open(PAGE).text)
    assert "Links in mails lead to https://feed.example. You came by http://localhost" in said


def test_every_place_of_the_admins_part_is_led_to_and_only_admins_go(at_alice, at_bob):
    text = at_alice.open(PAGE).text
    for place in ("people", "keys", "policy", "reminders", "packages", "audit"):
        assert f'href="/admin/{place}"' in text
        assert at_alice.open(f"/admin/{place}").status_code == 200
        assert 'aria-current="page"' in at_alice.page.text
        assert at_bob.open(f"/admin/{place}").status_code == 403
