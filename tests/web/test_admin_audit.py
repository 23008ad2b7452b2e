"""The admin page of the audit trail: for admins only, filtered without script, page by page."""

import re
from datetime import timedelta

import pytest

from ninety.rules.audit import Did
from parts.visitor import words


def fill(world, number, **what):
    for minute in range(number):
        now = world.clock() + timedelta(minutes=minute)
        world.trail.note(Did.VERSION_PUSHED, now, package=f"Acme.P{minute}", **what)


def packages_on(text):
    return [int(found) for found in re.findall(r"Acme\.P(\d+)", text)]


def test_the_admin_page_leads_there(at_alice):
    assert 'href="/admin/audit"' in at_alice.open("/admin").text


def test_only_admins_read_it(at_bob, stranger):
    assert at_bob.open("/admin/audit").status_code == 403
    assert "Sign in" in stranger.open("/admin/audit").text
    assert "Sign in" not in at_bob.open("/admin/audit?what=made").text


def test_an_event_says_who_did_it_where_and_how(at_alice, world, alice):
    made = world.lifecycle.make(alice, "ci <release>", 90, world.clock()).key
    said = words(at_alice.open("/admin/audit?what=key+made").text)
    assert f"key made ci <release> by {alice.email}" in said
    assert f'href="/account/keys/{made.id}"' in at_alice.page.text


def test_pages_lead_to_older_ones_and_back(at_alice, world):
    fill(world, 250)
    found = packages_on(at_alice.open("/admin/audit?what=version+pushed").text)
    assert found == list(reversed(range(150, 250)))
    while older := re.search(r'rel="next" href="([^"]+)"', at_alice.page.text):
        found += packages_on(at_alice.open(older[1].replace("&amp;", "&")).text)
    assert found == list(reversed(range(250)))
    assert "Newest" in at_alice.page.text


def test_what_is_asked_for_is_shown_and_nothing_else(at_alice, world, alice, bob):
    fill(world, 3, person=bob)
    fill(world, 5, person=alice)
    assert len(packages_on(at_alice.open(f"/admin/audit?person={bob.email.upper()}").text)) == 3
    assert packages_on(at_alice.open("/admin/audit?package=acme.p4").text) == [4]
    assert "Nothing like this" in at_alice.open("/admin/audit?person=nobody").text
    assert "Nothing like this" in at_alice.open("/admin/audit?since=2999-01-01").text


def test_an_odd_day_is_said_beside_its_field(at_alice):
    answer = at_alice.open("/admin/audit?since=last+week")
    assert (answer.status_code, "Write the day as 2027-02-21" in answer.text) == (422, True)


@pytest.mark.parametrize("older", ["zz", "-1", "0x10", "9" * 99, "ffffffffffff", "%00", "٣"])
def test_a_place_that_is_none_is_the_newest_page_or_an_empty_one(at_alice, older):
    assert at_alice.open(f"/admin/audit?older={older}").status_code == 200


def test_a_page_of_a_hundred_long_events_stays_light(at_alice, world, alice):
    about = "API key 'ci' may push only Acme.*; this package is Other.Core and that is that. " * 4
    for _event in range(110):
        world.trail.note(
            Did.KEY_REFUSED,
            world.clock(),
            person=alice,
            key=world.lifecycle.make(alice, "n" * 64, 90, world.clock()).key
            if not _event
            else None,
            package="P" * 100,
            version="1" * 60,
            about=about,
        )
    page = at_alice.open("/admin/audit")
    assert page.text.count("<li>") >= 100
    assert len(page.data) < 60_000, len(page.data)


def test_what_others_wrote_is_text_and_no_markup(at_alice, world):
    world.trail.note(Did.SIGNED_IN, world.clock(), about="<script>alert(1)</script>")
    assert "<script>alert" not in at_alice.open("/admin/audit").text
