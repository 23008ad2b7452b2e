"""The calendar of keys: what it says, and that two strict readers of RFC 5545 read it alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import icalendar
import pytest
import vobject

from ninety.rules import calendar, keys
from ninety.rules.keys import ApiKey

NOW = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)
DAY = timedelta(days=1)
WARN = 10 * DAY
FEED = "https://feed.example"

CI = ApiKey(
    id="k3v9w2xq7d",
    owner="aliceaaaaa",
    name="ci",
    prefix="n90_k3v9w2xq7d",
    digest="sha256:0",
    made_at=NOW,
    issued_at=NOW,
    expires_at=NOW + 90 * DAY,
)

# What could break out of a line, a value or an octet count.
NAMES = [
    "ci",
    "build, test; deploy",
    r"back\slash, \n no line break; \, \; \\",
    "key: \"quoted\" 'name' =^n",
    "BEGIN:VEVENT",
    "🔑 release 🚀",
    "鍵" * 64,
    "e\u0301" * 32,
    "👩\U0001f3fd" * 32,
    ";" * 64,
    "\\" * 64,
]


def written(*given: ApiKey, name: str = "API keys of feed.example", now: datetime = NOW) -> str:
    return calendar.document(
        given, name, "install123", lambda key_id: f"{FEED}/account/keys/{key_id}", WARN, now
    )


def events(text: str) -> list[icalendar.Event]:
    """The events as one reader sees them; AssertionError where it, or another, finds a fault."""
    read = icalendar.Calendar.from_ical(text)
    assert [part.errors for part in read.walk() if part.errors] == []
    other = vobject.readOne(text)
    assert other.validate(raiseException=True)
    others = {event.uid.value: event for event in other.contents.get("vevent", [])}
    assert len(others) == len(read.events)
    for event in read.events:
        same = others[event["UID"]]
        assert same.dtstart.value == event["DTSTART"].dt
        assert same.summary.value == event["SUMMARY"]
        assert same.description.value == event["DESCRIPTION"]
        assert same.url.value == event["URL"]
        found = [
            (one.trigger.value, one.description.value) for one in same.contents.get("valarm", [])
        ]
        assert found == alarms(event)
    return read.events


def event_of(key: ApiKey, *others: ApiKey, now: datetime = NOW) -> icalendar.Event:
    found = [one for one in events(written(key, *others, now=now)) if key.id in one["UID"]]
    assert len(found) == 1
    return found[0]


def alarms(event: icalendar.Event) -> list[tuple[timedelta, str]]:
    return [(alarm["TRIGGER"].dt, alarm["DESCRIPTION"]) for alarm in event.walk("VALARM")]


def test_an_event_says_what_ends_when_and_where_to_go():
    assert written(CI).split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Ninety//API keys//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:API keys of feed.example",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "BEGIN:VEVENT",
        "UID:k3v9w2xq7d@install123",
        "DTSTAMP:20261123T140400Z",
        "DTSTART:20270221T140400Z",
        "LAST-MODIFIED:20261123T140400Z",
        "SEQUENCE:0",
        "SUMMARY:API key 'ci' ends",
        r"DESCRIPTION:May push\, read · all packages. Restores stop with it too.\nRe",
        " generate it: https://feed.example/account/keys/k3v9w2xq7d",
        "URL:https://feed.example/account/keys/k3v9w2xq7d",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:API key 'ci' ends in 10 days",
        "TRIGGER:-P10D",
        "END:VALARM",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:API key 'ci' ends in 24 hours",
        "TRIGGER:-P1D",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    assert len(events(written(CI))) == 1


@pytest.mark.parametrize("name", NAMES)
def test_any_name_comes_out_as_it_went_in(name):
    key = replace(CI, name=keys.check_name(name), packages=("Acme.*", "Other.Core"))
    event = event_of(key)
    assert event["SUMMARY"] == f"API key '{key.name}' ends"
    assert "May push, read · Acme.*, Other.Core." in event["DESCRIPTION"]
    assert [said for _, said in alarms(event)] == [
        f"API key '{key.name}' ends in 10 days",
        f"API key '{key.name}' ends in 24 hours",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_no_line_is_longer_than_75_octets_and_no_letter_is_cut(name):
    lines = written(replace(CI, name=name), name=name).encode().split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    for line in lines:
        assert b"\r" not in line
        assert b"\n" not in line
        assert line.decode("utf-8").encode() == line


@pytest.mark.parametrize(
    ("line", "sizes"),
    [
        ("x" * 75, [75]),
        ("x" * 76, [75, 2]),
        ("x" + "é" * 37, [75]),
        ("é" * 38, [74, 3]),
        ("🔑" * 19, [72, 5]),
    ],
)
def test_lines_are_folded_at_75_octets(line, sizes):
    pieces = calendar.folded(line).split("\r\n")
    assert [len(piece.encode()) for piece in pieces] == sizes
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line
    assert all(piece[0] == " " for piece in pieces[1:])


def test_the_event_moves_when_the_key_is_regenerated():
    later = NOW + 80 * DAY
    renewed = replace(CI, issued_at=later, expires_at=later + 90 * DAY)
    before, after = event_of(CI), event_of(renewed, now=later)
    assert after["UID"] == before["UID"]
    assert before["DTSTART"].dt == NOW + 90 * DAY
    assert after["DTSTART"].dt == NOW + 170 * DAY
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["LAST-MODIFIED"].dt == later


def test_the_event_moves_when_the_end_is_spread():
    spread = replace(CI, spread_at=NOW + DAY, expires_at=NOW + 50 * DAY)
    assert event_of(spread)["SEQUENCE"] > event_of(CI)["SEQUENCE"]
    assert event_of(spread)["DTSTART"].dt == NOW + 50 * DAY


def test_a_rotated_key_stops_where_its_secret_does_and_moves_at_the_first_use_of_the_new():
    old = replace(CI, successor="successora", retires_at=NOW + 8 * DAY)
    new = replace(CI, id="successora", issued_at=NOW + DAY, predecessor=CI.id)
    rotated = event_of(old, new)
    assert rotated["SUMMARY"] == "The old secret of API key 'ci' stops"
    assert rotated["DTSTART"].dt == NOW + 8 * DAY
    assert alarms(rotated) == [(-DAY, "The old secret of API key 'ci' stops in 24 hours")]
    assert "Use the new one: " in rotated["DESCRIPTION"]
    assert event_of(new, old)["SUMMARY"] == "API key 'ci' ends"

    used = event_of(
        replace(old, retires_at=NOW + 3 * DAY), replace(new, first_used_at=NOW + 2 * DAY)
    )
    assert used["DTSTART"].dt == NOW + 3 * DAY
    assert event_of(CI)["SEQUENCE"] < rotated["SEQUENCE"] < used["SEQUENCE"]


@pytest.mark.parametrize(
    ("lifetime", "told_before"),
    [
        (90 * DAY, [10 * DAY, DAY]),
        (10 * DAY, [10 * DAY / 3, DAY]),
        (3 * DAY, [DAY]),
        (2 * DAY, [DAY]),
        (DAY, [timedelta(hours=8)]),
    ],
)
def test_alarms_ring_when_the_window_begins_and_a_day_before(lifetime, told_before):
    event = event_of(replace(CI, expires_at=NOW + lifetime))
    assert [-before for before, _ in alarms(event)] == told_before


def test_a_key_that_ended_stays_for_30_days_without_alarms():
    ended = CI.expires_at
    event = event_of(CI, now=ended)
    assert event["SUMMARY"] == "API key 'ci' ended"
    assert event["DTSTART"].dt == ended
    assert alarms(event) == []
    assert len(events(written(CI, now=ended + 30 * DAY - timedelta(seconds=1)))) == 1
    assert events(written(CI, now=ended + 30 * DAY)) == []


def test_revoked_keys_and_keys_without_an_end_have_no_event():
    revoked = replace(CI, id="revokedaaa", revoked_at=NOW)
    endless = replace(CI, id="endlessaaa", expires_at=keys.NO_END)
    assert [event["UID"] for event in events(written(revoked, CI, endless))] == [
        "k3v9w2xq7d@install123"
    ]


def test_events_come_in_the_order_of_their_ends():
    sooner = replace(CI, id="sooneraaaa", expires_at=NOW + DAY)
    assert [event["UID"][:10] for event in events(written(CI, sooner))] == [sooner.id, CI.id]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("owner", ["alice@example.org", "jürgen,o'neil+ci@bücher.example", ""])
def test_a_mail_carries_the_same_event_with_an_organizer(name, owner):
    """RFC 5546 section 3.2.1: what is published by mail has one, and is asked to be shown."""
    key = replace(CI, name=name)
    text = calendar.of_one(
        key, None, owner, "install123", f"{FEED}/account/keys/{key.id}", WARN, NOW
    )
    assert icalendar.Calendar.from_ical(text)["METHOD"] == "PUBLISH"
    [event], [subscribed] = events(text), events(written(key))
    organizer = event.pop("ORGANIZER", "")
    assert unquote(organizer) == (f"mailto:{owner}" if owner else "")
    assert event.to_ical() == subscribed.to_ical()


def test_an_alarm_whose_time_has_passed_is_left_out():
    assert [before for before, _told in alarms(event_of(CI, now=NOW + 80 * DAY))] == [-DAY]
    assert alarms(event_of(CI, now=NOW + 89 * DAY)) == []


def test_nobody_takes_an_end_for_an_appointment():
    assert event_of(CI)["TRANSP"] == "TRANSPARENT"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(), "PT0S"),
        (10 * DAY, "P10D"),
        (timedelta(hours=8), "PT8H"),
        (10 * DAY / 3, "P3DT8H"),
        (timedelta(hours=1, seconds=5), "PT1H0M5S"),
        (timedelta(days=1, minutes=20), "P1DT20M"),
        (timedelta(seconds=59), "PT59S"),
    ],
)
def test_durations_are_written_as_the_rfc_does_and_read_back(length, text):
    assert calendar.duration(length) == text
    assert icalendar.vDuration.from_ical(text) == length
