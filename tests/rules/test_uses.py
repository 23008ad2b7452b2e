"""The last different uses of a key are remembered, each with its latest time."""

from datetime import UTC, datetime, timedelta

import pytest

from ninety.rules import uses, wording
from ninety.rules.uses import Use

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def use(
    minutes: int, address: str = "10.0.3.7", client: str = "dotnet/10", package: str = ""
) -> Use:
    return Use(NOON + timedelta(minutes=minutes), address, client, package)


def test_the_same_place_is_remembered_once_with_its_latest_time():
    assert uses.merged([use(1), use(3), use(2)]) == (use(3),)


def test_another_address_program_or_package_is_another_use():
    different = [use(1), use(2, address="::1"), use(3, client="curl"), use(4, package="Acme")]
    assert uses.merged(different) == tuple(reversed(different))


def test_twenty_are_remembered_and_the_oldest_forgotten():
    many = [use(number, package=str(number)) for number in range(30)]
    assert uses.merged(many) == tuple(reversed(many[10:]))


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("NuGet Command Line/5.8.0 (Unix 6.1.0)", "NuGet Command Line/5.8.0"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "an unnamed program"),
        ("(only a comment)", "(only a comment)"),
        ("evil\r\nX: y", "evilX: y"),
        ("ключ", "an unnamed program"),
        ("x" * 500, "x" * 60),
    ],
)
def test_a_program_is_called_what_it_calls_itself(user_agent, name):
    assert uses.client_name(user_agent) == name


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=119), "1 hour ago"),
        (timedelta(hours=47), "1 day ago"),
        (timedelta(days=30), "30 days ago"),
        (timedelta(seconds=-5), "just now"),
    ],
)
def test_how_long_ago_is_rounded_down(passed, said):
    assert wording.ago(passed) == said


def test_a_use_is_said_with_its_time_place_and_package():
    assert wording.used(use(0, package="Acme.Core 1.0.0"), "Europe/Berlin") == (
        "23 Nov 2026, 13:00 CET (12:00 UTC) by dotnet/10 from 10.0.3.7, for Acme.Core 1.0.0"
    )


def test_the_packages_of_uses_are_named_once():
    named = [
        "acme.core",
        "Acme.Core 1.0.0",
        "Acme.Core 2.0.0",
        "acme.core",
        "Beta",
        "",
        "<b>",
        "..",
    ]
    found = [use(number, package=name) for number, name in enumerate(named)]
    assert uses.packages(found) == ("acme.core", "beta")
    assert uses.pushed(found) == ("acme.core",)
    assert uses.packages([]) == ()
