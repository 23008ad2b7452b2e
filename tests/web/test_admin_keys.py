"""The admin page of all keys: what ends first on top, found by how it stands, whose, and name."""

import re

import pytest

from ninety.rules.leaks import Report
from ninety.rules.reminders import State
from ninety.rules.uses import Use
from ninety.work.access import Holder
from parts import grown
from parts.reminded import bring
from parts.visitor import Visitor, words

PAGE = "/admin/keys"


def names(page) -> list[str]:
    return re.findall(r'class="name"><a href="[^"]*">([^<]*)</a>', page.text)


def shown(at, kind: str) -> list[str]:
    return names(at.open(f"{PAGE}?show={kind.replace(' ', '+')}"))


def used(world, key, owner, now) -> None:
    world.using.note(Holder(key, owner), Use(now, "10.0.3.7", "dotnet/10.0.100", ""))


@pytest.fixture
def make(world, alice, bob, clock):
    """Makes keys of Bob's, or of whoever is named."""

    def make(name, days, owner=bob, **scope):
        return world.lifecycle.make(owner, name, days, clock.now, **scope)

    return make


def test_what_ends_first_comes_first_whoever_has_it(at_alice, make, alice):
    make("late", 90)
    make("soon", 5, alice)
    make("between", 30)
    assert names(at_alice.open(PAGE)) == ["soon", "between", "late"]


def test_a_row_says_whose_it_is_where_it_stands_and_leads_to_its_page(
    at_alice, make, world, bob, clock
):
    key = make("ci", 30).key
    used(world, key, bob, clock.now)
    text = at_alice.open(PAGE).text
    assert f'href="/account/keys/{key.id}">ci' in text
    assert f'href="/admin/people/{bob.id}">{bob.email}' in text
    said = words(text)
    assert "Living Ends in 30 days" in said
    assert "Used just now by dotnet/10.0.100" in said
    assert "1 key: living." in said


def test_each_kind_shows_its_own(at_alice, make, world, bob, clock):
    make("fresh", 90)
    make("ending", 3)
    make("used", 90)
    make("ended", 1)
    gone, leaked = make("gone", 90), make("leaked", 90)
    used(world, next(k for k in world.lifecycle.keys_of(bob) if k.name == "used"), bob, clock.now)
    clock.move(days=2)
    world.lifecycle.revoke(gone.key.id, bob, clock.now)
    clock.move(hours=1)
    world.leaks.report(Report((leaked.secret,), ""), clock.now)
    assert shown(at_alice, "living") == ["ending", "fresh", "used"]
    assert shown(at_alice, "ending soon") == ["ending"]
    assert shown(at_alice, "never used") == ["ending", "fresh"]
    assert shown(at_alice, "leaked") == ["leaked"]
    assert shown(at_alice, "revoked") == ["leaked", "gone"], "the last to stop first"
    assert shown(at_alice, "ended") == ["ended"]
    assert shown(at_alice, "no such kind") == ["ending", "fresh", "used"]


def test_keys_whose_end_nobody_can_be_told_of(at_alice, make, world, bob, clock):
    make("by choice", 40)
    make("by another address", 40)
    key = next(k for k in world.lifecycle.keys_of(bob) if k.name == "by another address")
    world.lifecycle.set_contact(key.id, bob, "team@example.org", clock.now)
    make("too short for a mail", 1)
    make("no such host", 50)
    nowhere = next(k for k in world.lifecycle.keys_of(bob) if k.name == "no such host")
    world.lifecycle.set_contact(nowhere.id, bob, "team@builds.invalid", clock.now)
    assert shown(at_alice, "nobody told") == ["no such host"]
    assert "Nobody can be told: no mail reaches team@builds.invalid." in words(at_alice.page.text)
    world.unsubscribing.choose(bob.id, False, clock.now)
    assert shown(at_alice, "nobody told") == ["by choice", "no such host"]
    assert "Nobody can be told: its owner wants no reminder mail." in words(at_alice.page.text)


def test_a_refused_mail_told_nobody_either(at_alice, make, world, bob, clock):
    key = make("ci", 30).key
    clock.move(days=21)
    bring(world, key.id, State.FAILED, clock.now, to=bob.email, said="550 <i>no such user</i>")
    assert shown(at_alice, "nobody told") == ["ci"]
    assert "(550 &lt;i&gt;no such user&lt;/i&gt;)" in at_alice.page.text


def test_the_account_of_a_machine_is_told_of_by_somebody_else(at_alice, world, clock):
    machine = world.people.add(
        "builds@team.invalid", "a horse of course", admin=False, timezone="UTC", now=clock.now
    )
    world.lifecycle.make(machine, "ci", 90, clock.now)
    assert shown(at_alice, "nobody told") == [], "an admin is"


def test_keys_of_the_disabled_do_not_live(at_alice, make, world, bob, clock):
    make("ci", 90)
    world.people.disable(bob.id, clock.now)
    assert shown(at_alice, "living") == []


def test_found_by_whose_and_by_name_id_or_prefix(at_alice, make, alice):
    ci = make("CI on Jenkins", 90).key
    make("desk", 90, alice)
    assert names(at_alice.open(f"{PAGE}?person=BOB@")) == ["CI on Jenkins"]
    assert names(at_alice.open(f"{PAGE}?text=jenk")) == ["CI on Jenkins"]
    assert names(at_alice.open(f"{PAGE}?text={ci.id}")) == ["CI on Jenkins"]
    assert names(at_alice.open(f"{PAGE}?text={ci.prefix}")) == ["CI on Jenkins"]
    assert names(at_alice.open(f"{PAGE}?person=bob&text=desk")) == []


def test_only_admins_see_it(at_bob, stranger):
    assert at_bob.open(PAGE).status_code == 403
    assert stranger.open(PAGE).request.path == "/sign-in"


def test_names_are_text_and_no_markup(at_alice, make):
    make("<script>alert(1)</script>", 90)
    assert "<script>alert" not in at_alice.open(f"{PAGE}?text=<script>&person=").text


@pytest.mark.large
def test_a_page_of_ten_thousand_keys_stays_light(tmp_path, make_app, clock):
    grown.grow(tmp_path / "data", 10_000, clock.now)
    visitor = Visitor(make_app())
    visitor.sign_in(grown.EMAIL, grown.PASSWORD)
    page = visitor.open(PAGE)
    assert "10,000 keys: living. " in words(page.text)
    assert "Page 1 of 250" in words(page.text)
    assert len(names(page)) == 40
    assert len(page.data) < 60_000, len(page.data)
    last = names(visitor.open(f"{PAGE}?page=250"))
    assert len(last) == 40
    assert set(last).isdisjoint(names(page))


def test_a_page_of_the_longest_there_can_be_stays_light(make_app, at_alice, world, clock):
    email = f"{'é' * 60}@{'team' * 40}.example.org"
    owner = world.people.add(
        email, "a horse of course", admin=False, timezone="Pacific/Chatham", now=clock.now
    )
    for number in range(41):
        key = world.lifecycle.make(owner, f"{'&' * 61}{number:03d}", 30, clock.now).key
        used(world, key, owner, clock.now)
    clock.move(days=21)
    world.reminding.scan(clock.now)
    page = at_alice.open(PAGE)
    assert len(names(page)) == 40
    assert len(page.data) < 60_000, len(page.data)
