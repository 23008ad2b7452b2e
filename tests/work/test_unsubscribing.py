"""The link in a reminder switches the reminders of one person off, and nothing else."""

from dataclasses import replace

import pytest

from ninety.rules.audit import Wanted
from ninety.rules.errors import LinkDead
from ninety.store.audit import AuditFile
from ninety.work.auditing import Trail
from ninety.work.unsubscribing import Unsubscribing
from parts.hand_clock import START

FEED = "https://feed.example"


@pytest.fixture
def trail(tmp_path) -> Trail:
    return Trail(AuditFile(tmp_path))


@pytest.fixture
def unsubscribing(accounts, trail) -> Unsubscribing:
    return Unsubscribing(accounts, trail, b"a secret of this installation", lambda: FEED)


def token_of(link: str) -> str:
    return link.removeprefix(f"{FEED}/unsubscribe?token=")


def test_a_link_switches_off_the_reminders_of_its_person_alone(unsubscribing, people, alice, bob):
    token = token_of(unsubscribing.link(alice))
    assert unsubscribing.person(token) == alice
    assert not unsubscribing.switch_off(token, START).wants_reminders
    assert not people.get(alice.id).wants_reminders
    assert people.get(bob.id) == bob


def test_nothing_but_the_choice_changes(unsubscribing, people, alice):
    unsubscribing.switch_off(token_of(unsubscribing.link(alice)), START)
    assert people.get(alice.id) == replace(alice, wants_reminders=False)


def test_a_second_click_is_answered_alike_and_writes_nothing(unsubscribing, alice, tmp_path):
    token = token_of(unsubscribing.link(alice))
    unsubscribing.switch_off(token, START)
    kept = (tmp_path / "users.json").stat()
    assert not unsubscribing.switch_off(token, START).wants_reminders
    assert (tmp_path / "users.json").stat().st_ino == kept.st_ino


def test_every_mail_carries_the_same_link_and_nothing_of_it_is_kept(unsubscribing, alice, tmp_path):
    assert unsubscribing.link(alice) == unsubscribing.link(alice)
    proof = token_of(unsubscribing.link(alice)).split(".")[1].encode()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in files if proof in path.read_bytes()] == []


def test_switching_reminders_on_again_ends_the_links_of_the_mails_before(
    unsubscribing, people, alice
):
    old = token_of(unsubscribing.link(alice))
    unsubscribing.switch_off(old, START)
    unsubscribing.choose(alice.id, wanted=True, now=START)
    with pytest.raises(LinkDead):
        unsubscribing.switch_off(old, START)
    assert people.get(alice.id).wants_reminders
    unsubscribing.switch_off(token_of(unsubscribing.link(people.get(alice.id))), START)
    assert not people.get(alice.id).wants_reminders


def test_choosing_what_is_chosen_already_ends_no_link(unsubscribing, people, alice):
    link = unsubscribing.link(alice)
    unsubscribing.choose(alice.id, wanted=True, now=START)
    assert unsubscribing.link(people.get(alice.id)) == link


def test_a_token_that_is_not_whole_switches_nothing_off(unsubscribing, people, alice, bob):
    token = token_of(unsubscribing.link(alice))
    proof = token.partition(".")[2]
    for wrong in (
        "",
        ".",
        alice.id,
        f"{alice.id}.",
        token[:-1],
        f"{token}A",
        f"{bob.id}.{proof}",
        f"nobody.{proof}",
        f"first-admin.{proof}",
        "\ud800",
        f"{alice.id}.é",
    ):
        with pytest.raises(LinkDead):
            unsubscribing.switch_off(wrong, START)
    assert people.get(alice.id).wants_reminders
    assert people.get(bob.id).wants_reminders


def test_a_link_of_another_installation_fits_nobody(unsubscribing, accounts, trail, alice):
    elsewhere = Unsubscribing(accounts, trail, b"another secret", lambda: FEED)
    with pytest.raises(LinkDead):
        unsubscribing.switch_off(token_of(elsewhere.link(alice)), START)


def test_the_link_of_a_removed_person_is_dead(unsubscribing, people, alice, clock):
    link = unsubscribing.link(alice)
    people.remove(alice.id, clock())
    with pytest.raises(LinkDead):
        unsubscribing.person(token_of(link))


def test_the_link_stands_in_mail_to_the_person_it_is_about_and_in_no_other(
    unsubscribing, lifecycle, alice, bob
):
    key = lifecycle.make(alice, "ci", 90, START).key
    assert unsubscribing.link_for(key, alice.email) == unsubscribing.link(alice)
    assert unsubscribing.link_for(key, bob.email) == unsubscribing.link(bob)
    assert unsubscribing.link_for(key, "stranger@example.org") == ""
    by_contact = replace(key, contact=bob.email)
    assert unsubscribing.link_for(by_contact, bob.email) == ""


def test_the_trail_tells_of_every_change_once(unsubscribing, trail, alice):
    token = token_of(unsubscribing.link(alice))
    unsubscribing.switch_off(token, START)
    unsubscribing.switch_off(token, START)
    unsubscribing.choose(alice.id, wanted=True, now=START)
    assert [(event.what, event.who.email) for event in trail.newest(Wanted(what="reminders"))] == [
        ("reminders switched on", alice.email),
        ("reminders switched off", alice.email),
    ]
    assert token not in str(list(trail.newest(Wanted())))
