"""Whether the mail about a key is wanted, and who gets it: the same one whenever it is asked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ninety.rules import reminders
from ninety.rules.policy import USUAL
from ninety.store.packages import Packages
from ninety.work.access import Access
from ninety.work.colleagues import Colleagues
from ninety.work.wanted import Wanted
from parts.hand_clock import START

PASSWORD = "correct horse battery"
DAY = timedelta(days=1)
LATER = START + 82 * DAY


@pytest.fixture
def packages(tmp_path) -> Packages:
    return Packages(tmp_path)


@pytest.fixture
def wanted(keyring, accounts, packages) -> Wanted:
    return Wanted(keyring, accounts, Colleagues(packages, accounts))


@pytest.fixture
def person(people):
    def add(email, *, admin=False):
        return people.add(email, PASSWORD, admin=admin, timezone="UTC", now=START)

    return add


@pytest.fixture
def machine(person):
    """An account that no mail reaches."""
    return person("builds@team.invalid")


@pytest.fixture
def key(lifecycle, machine):
    return lifecycle.make(machine, "ci", 90, START, packages=["Acme.*"]).key


def share(packages, package_id, *people):
    packages.claim(package_id, people[0].id, START)
    packages.change_package(
        package_id, lambda found: replace(found, owners=tuple(one.id for one in people))
    )


def test_the_owner_gets_it(wanted, lifecycle, alice, admin):
    assert wanted.recipient(lifecycle.make(alice, "ci", 90, START).key) == alice.email


def test_a_contact_gets_it_instead(wanted, keyring, key):
    changed = keyring.change(key.id, lambda one: replace(one, contact="team@example.org"))
    assert wanted.recipient(changed) == "team@example.org"


def test_a_co_owner_of_what_the_key_may_push_gets_it_where_no_mail_reaches_the_owner(
    wanted, packages, accounts, person, machine, key, admin, alice, bob
):
    share(packages, "Other.Core", machine, alice)
    assert wanted.recipient(key) == admin.email
    share(packages, "Acme.Core", bob, machine)
    assert wanted.recipient(key) == bob.email
    share(packages, "Acme.Zebra", machine, person("anna@example.org"))
    assert wanted.recipient(key) == "anna@example.org", "the first by address"


def test_who_cannot_get_it_or_wants_none_is_passed_over(
    wanted, packages, accounts, people, person, machine, key, admin, alice, bob
):
    share(packages, "Acme.Core", machine, alice, bob, person("another@team.invalid"))
    accounts.change(alice.id, lambda one: replace(one, wants_reminders=False))
    assert wanted.recipient(key) == bob.email
    people.disable(bob.id, START)
    assert wanted.recipient(key) == admin.email, "co-owners are there, but none can be told"


def test_with_nobody_to_tell_it_is_the_owners_address_that_fails(wanted, machine, key):
    assert wanted.recipient(key) == machine.email


@pytest.fixture
def access(keyring, accounts, trail) -> Access:
    return Access(keyring, accounts, b"p" * 32, lambda: USUAL, trail)


@pytest.fixture
def why_not(wanted):
    def asked(key) -> str:
        return wanted.why_not(reminders.planned(key.id, key.expires_at, LATER, LATER))

    return asked


@pytest.fixture
def ci(lifecycle, alice):
    return lifecycle.make(alice, "ci", 90, START).key


def test_a_replacement_nobody_used_leaves_the_mail_wanted(why_not, lifecycle, alice, ci):
    lifecycle.rotate(ci.id, alice, LATER)
    assert why_not(ci) == ""


def test_a_replacement_in_use_makes_the_mail_unwanted(why_not, lifecycle, access, alice, ci):
    new = lifecycle.rotate(ci.id, alice, LATER)
    access.authenticate(new.secret, LATER)
    assert why_not(ci) == "the key was rotated and its new secret is in use"


def test_so_does_the_replacement_of_a_replacement(why_not, lifecycle, access, alice, ci):
    unused = lifecycle.rotate(ci.id, alice, LATER)
    newest = lifecycle.rotate(unused.key.id, alice, LATER + DAY)
    assert why_not(ci) == ""
    access.authenticate(newest.secret, LATER + DAY)
    assert why_not(ci) == "the key was rotated and its new secret is in use"
