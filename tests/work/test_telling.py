"""What a reminder tells of its key: as it is when the mail is written."""

from dataclasses import replace
from datetime import timedelta

import icalendar
import pytest

from ninety.rules import calendar, expiry, reminders, scopes
from ninety.rules.delivery import ReminderFacts
from ninety.rules.keys import ApiKey
from ninety.rules.policy import Policy
from ninety.rules.uses import Use
from ninety.work.telling import Telling
from parts.hand_clock import START

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WARN = 10 * DAY
FEED = "https://feed.example"
END = START + 90 * DAY


class Told:
    """Tells of keys over real stores; uses are what a test puts there."""

    def __init__(self, accounts, keyring, site) -> None:
        self.uses: list[Use] = []
        self.written: list[ReminderFacts] = []
        self.keyring = keyring
        self.telling = Telling(
            accounts=accounts,
            keyring=keyring,
            site=site,
            uses=lambda _key_id: self.uses,
            base_url=lambda: FEED,
            compose=self._compose,
            unsubscribe=lambda key, recipient: f"{FEED}/unsubscribe?{key.id}&{recipient}",
            policy=lambda: Policy(warn_days=WARN.days),
        )

    def _compose(self, facts: ReminderFacts) -> bytes:
        self.written.append(facts)
        return b""

    def __call__(self, key: ApiKey, now, recipient: str = "alice@example.org") -> ReminderFacts:
        """What the mail about the key as it is now tells at `now`."""
        key = self.keyring.get(key.id)
        due_at = expiry.reminder_due(key, WARN)
        row = reminders.planned(key.id, key.expires_at, due_at, now)
        self.telling.write(row, key, recipient, now)
        return self.written[-1]


@pytest.fixture
def told(accounts, keyring, site) -> Told:
    return Told(accounts, keyring, site)


@pytest.fixture
def ci(lifecycle, alice) -> ApiKey:
    return lifecycle.make(alice, "ci", 90, START).key


def test_a_key_is_told_of_as_it_is(told, lifecycle, keyring, ci, alice):
    keyring.change(ci.id, lambda key: replace(key, note="Jenkins, job release"))
    facts = told(ci, END - 9 * DAY)
    assert (facts.key_name, facts.key_prefix, facts.note) == (
        "ci",
        ci.prefix,
        "Jenkins, job release",
    )
    assert (facts.due_at, facts.expires_at, facts.stops_at) == (END - WARN, END, END)
    assert (facts.zone, facts.owner_email) == ("Europe/Berlin", alice.email)
    assert facts.key_page == f"{FEED}/account/keys/{ci.id}"
    assert (facts.may, facts.what_stops) == ("push, read · all packages", "pushes and restores")
    assert (facts.last_used, facts.replacement) == ("never", None)


def test_a_key_that_only_reads_stops_restores_only(told, lifecycle, alice):
    reader = lifecycle.make(alice, "reader", 90, START, actions=(scopes.READ,)).key
    facts = told(reader, END - 9 * DAY)
    assert (facts.may, facts.what_stops) == ("read", "restores")


def test_the_last_use_is_told_with_how_long_ago_it_was(told, ci):
    now = END - 9 * DAY
    told.uses = [
        Use(now - 2 * DAY, "10.0.3.7", "NuGet Command Line/6.12", "Acme.Core 1.4.2"),
        Use(now - 30 * DAY, "10.0.3.8", "dotnet/10", ""),
    ]
    assert told(ci, now).last_used == (
        "2 days ago: 10 Feb 2027, 15:04 CET (14:04 UTC) by NuGet Command Line/6.12 "
        "from 10.0.3.7, for Acme.Core 1.4.2"
    )


def test_a_replacement_is_told_of_until_it_is_used(told, lifecycle, alice, ci):
    rotated_at = END - 12 * DAY
    new = lifecycle.rotate(ci.id, alice, rotated_at).key
    facts = told(ci, END - 9 * DAY)
    assert facts.stops_at == rotated_at + 7 * DAY
    assert facts.replacement.rotated_at == rotated_at
    assert facts.replacement.prefix == new.prefix
    assert facts.replacement.page == f"{FEED}/account/keys/{new.id}"
    assert facts.replacement.revoked_at is None
    lifecycle.revoke(new.id, alice, rotated_at + HOUR)
    assert told(ci, END - 9 * DAY).replacement.revoked_at == rotated_at + HOUR


def test_of_a_line_of_replacements_the_newest_is_told_of(told, lifecycle, alice, ci):
    second = lifecycle.rotate(ci.id, alice, END - 12 * DAY).key
    third = lifecycle.rotate(second.id, alice, END - 11 * DAY).key
    told_of = told(ci, END - 9 * DAY).replacement
    assert (told_of.rotated_at, told_of.prefix) == (END - 12 * DAY, third.prefix)


def test_the_event_is_the_one_in_the_calendar_its_owner_subscribes_to(
    told, lifecycle, keyring, site, alice, ci
):
    now = END - 9 * DAY
    lifecycle.rotate(ci.id, alice, now - HOUR)
    [in_mail] = icalendar.Calendar.from_ical(told(ci, now).calendar).events
    subscribed = calendar.document(
        keyring.of(alice.id), "keys", site.install_id(), lambda id: id, WARN, now
    )
    [same] = [
        one
        for one in icalendar.Calendar.from_ical(subscribed).events
        if one["UID"] == in_mail["UID"]
    ]
    for name in ("DTSTART", "SEQUENCE", "LAST-MODIFIED", "SUMMARY"):
        assert in_mail[name] == same[name], name


def test_what_is_over_is_no_event_any_more(told, ci):
    assert told(ci, END - timedelta(seconds=1)).calendar
    assert told(ci, END).calendar == ""


def test_somebody_else_than_the_owner_is_told_why_in_their_own_zone(told, keyring, ci, alice, bob):
    assert told(ci, END - 9 * DAY).instead == ""
    facts = told(ci, END - 9 * DAY, bob.email)
    assert (facts.instead, facts.zone) == ("since no mail reaches its owner", bob.timezone)
    keyring.change(ci.id, lambda key: replace(key, contact="team@example.org"))
    facts = told(ci, END - 9 * DAY, "team@example.org")
    assert (facts.instead, facts.zone) == ("which the key names for it", alice.timezone)


def test_the_way_out_is_asked_for_this_key_and_address(told, ci):
    link = told(ci, END - 9 * DAY, "team@example.org").unsubscribe
    assert link == f"{FEED}/unsubscribe?{ci.id}&team@example.org"
