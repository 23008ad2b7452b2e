"""Dates and remaining time are said alike everywhere, and fit where they go."""

from datetime import UTC, datetime, timedelta

import pytest

from ninety.rules import wording
from ninety.rules.errors import KeyExpired, KeyRegenerated, KeyRevoked, OwnerDisabled

END = datetime(2027, 2, 21, 14, 4, tzinfo=UTC)
PAGE = "https://feed.example/account/keys/k3v9w2xq7d"


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=90), "90 days"),
        (timedelta(days=9, seconds=1), "10 days"),
        (timedelta(days=9), "9 days"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=2) - timedelta(seconds=1), "48 hours"),
        (timedelta(days=1), "24 hours"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=2) - timedelta(seconds=1), "120 minutes"),
        (timedelta(seconds=61), "2 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=1), "1 minute"),
    ],
)
def test_remaining_time_is_rounded_up_and_never_nothing(left, said):
    assert wording.remaining(left) == said


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Berlin", "21 Feb 2027, 15:04 CET (14:04 UTC)"),
        ("UTC", "21 Feb 2027, 14:04 UTC"),
        ("Africa/Abidjan", "21 Feb 2027, 14:04 UTC"),
        ("Asia/Kolkata", "21 Feb 2027, 19:34 IST (14:04 UTC)"),
        ("America/Sao_Paulo", "21 Feb 2027, 11:04 UTC-03:00 (14:04 UTC)"),
        ("Asia/Kathmandu", "21 Feb 2027, 19:49 UTC+05:45 (14:04 UTC)"),
        ("Pacific/Auckland", "22 Feb 2027, 03:04 NZDT (21 Feb 2027, 14:04 UTC)"),
    ],
)
def test_an_instant_is_said_in_the_zone_and_in_utc(zone, said):
    assert wording.local(END, zone) == said


def test_summer_time_is_named():
    july = datetime(2027, 7, 1, 12, 0, tzinfo=UTC)
    assert wording.local(july, "Europe/Berlin") == "1 Jul 2027, 14:00 CEST (12:00 UTC)"


def test_the_warning_says_how_long_until_when_and_where():
    said = wording.ends_soon("ci", END, END - timedelta(days=9, hours=1), PAGE)
    assert said == f"API key 'ci' ends in 10 days (2027-02-21 14:04 UTC). Renew it: {PAGE}"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (KeyExpired, "API key 'ci' ended 2027-02-21 14:04 UTC. Regenerate it: "),
        (KeyRevoked, "API key 'ci' was revoked 2027-02-21 14:04 UTC. Make a new one: "),
        (
            KeyRegenerated,
            "API key 'ci' was regenerated 2027-02-21 14:04 UTC. "
            "Use its new secret, or regenerate it again: ",
        ),
        (
            OwnerDisabled,
            "API key 'ci' stopped with its owner's account 2027-02-21 14:04 UTC. "
            "Ask an admin of this feed: ",
        ),
    ],
)
def test_a_dead_key_is_told_what_since_when_and_what_to_do(kind, said):
    refusal = kind("k3v9w2xq7d", "ci", "n90_k3v9w2xq7d", END)
    assert wording.about_key(refusal, "ci", PAGE) == said + PAGE


@pytest.mark.parametrize(
    ("name", "in_a_header"),
    [
        ("ci", "ci"),
        ("Schlüssel für Ünïcode", "Schlussel fur Unicode"),
        ("ｆｕｌｌ", "full"),
        ("鍵", "n90_k3v9w2xq7d"),
        ("🔑 build", "build"),
    ],
)
def test_a_name_in_a_header_is_ascii_or_the_public_prefix(name, in_a_header):
    assert wording.header_name(name, "n90_k3v9w2xq7d") == in_a_header


@pytest.mark.parametrize(
    "text", ["a\r\nSet-Cookie: b", "tab\tbed", "naïve – dash", "x" * 2000, "nul\0", "line sep"]
)
def test_a_header_is_one_line_of_printable_ascii(text):
    said = wording.header_text(text)
    assert said.isascii()
    assert said.isprintable()
    assert len(said) <= 512
