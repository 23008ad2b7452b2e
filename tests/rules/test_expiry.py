"""One window for the page, the header and the mail, scaled to how long a key lives."""

from datetime import UTC, datetime, timedelta

import pytest

from ninety.rules import expiry
from ninety.rules.keys import ApiKey

START = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)
WARN = timedelta(days=10)


def key(lifetime: timedelta) -> ApiKey:
    return ApiKey(
        id="k3v9w2xq7d",
        owner="p",
        name="ci",
        prefix="n90_k3v9w2xq7d",
        digest="sha256:0",
        made_at=START,
        issued_at=START,
        expires_at=START + lifetime,
    )


@pytest.mark.parametrize(
    ("lifetime", "window"),
    [
        (timedelta(days=365), timedelta(days=10)),
        (timedelta(days=90), timedelta(days=10)),
        (timedelta(days=30), timedelta(days=10)),
        (timedelta(days=27), timedelta(days=9)),
        (timedelta(days=3), timedelta(days=1)),
        (timedelta(days=2), timedelta(days=1)),
        (timedelta(hours=47), timedelta(hours=47) / 3),
        (timedelta(hours=24), timedelta(hours=8)),
    ],
)
def test_the_window_is_ten_days_or_a_third_of_a_shorter_life(lifetime, window):
    assert expiry.window(lifetime, WARN) == window


def test_a_key_is_in_its_window_from_its_first_instant_until_it_ends():
    ninety = key(timedelta(days=90))
    opens = ninety.expires_at - WARN
    second = timedelta(seconds=1)
    assert [
        expiry.in_window(ninety, at, WARN)
        for at in (opens - second, opens, ninety.expires_at - second, ninety.expires_at)
    ] == [False, True, True, False]


def test_a_key_is_expired_at_its_expiry_instant():
    ninety = key(timedelta(days=90))
    assert not ninety.expired(ninety.expires_at - timedelta(microseconds=1))
    assert ninety.expired(ninety.expires_at)


@pytest.mark.parametrize(
    ("lifetime", "before"),
    [
        (timedelta(days=90), timedelta(days=10)),
        (timedelta(hours=48), timedelta(hours=24)),
        (timedelta(hours=48) - timedelta(seconds=1), None),
        (timedelta(hours=1), None),
    ],
)
def test_a_mail_is_due_as_the_window_opens_and_never_for_keys_under_two_days(lifetime, before):
    short = key(lifetime)
    due = expiry.reminder_due(short, WARN)
    assert due == (None if before is None else short.expires_at - before)
