"""The mails about an account: plain, whole, and nothing in them from elsewhere."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from ninety.mail.account import AccountComposer
from ninety.mail.post_office import TEMPLATES
from ninety.rules.account_mail import AddressChangedFacts, InvitationFacts, ResetFacts
from ninety.settings import Settings

COMMON = {
    "recipient": "alice@example.org",
    "zone": "Europe/Berlin",
    "now": datetime(2026, 11, 23, 14, 4, tzinfo=UTC),
    "feed": "https://feed.example/nuget",
}
LINK = "https://feed.example/nuget/reset?token=abc"
RESET = ResetFacts(
    link=LINK,
    ends_at=COMMON["now"] + timedelta(hours=1),
    address="10.0.3.7",
    **COMMON,
)
INVITATION = InvitationFacts(
    link=LINK,
    ends_at=COMMON["now"] + timedelta(days=7),
    inviter="<b>Bob</b> (bob@example.org)",
    **COMMON,
)
EVERY = [AddressChangedFacts(email="<b>eve</b>@example.org", **COMMON), RESET, INVITATION]


def bodies(facts):
    message = message_from_bytes(
        AccountComposer(Settings(), TEMPLATES).account(facts), policy=policy.default
    )
    parts = (
        message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html")
    )
    return message, *parts


@pytest.mark.parametrize("facts", EVERY, ids=lambda facts: facts.kind)
def test_every_mail_says_whom_it_is_for_from_where_and_loads_nothing(facts):
    message, plain, page = bodies(facts)
    assert message["To"] == "alice@example.org"
    assert message["From"] == "Ninety <ninety@feed.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    for body in (plain, page):
        assert "https://feed.example/nuget" in body
        assert "alice@example.org" in body
    assert not re.search(r"<img|<link|url\(|<script", page)
    assert all(len(line) <= 78 or "http" in line for line in plain.splitlines())
    assert "<b>" not in page


def test_no_two_mails_have_the_same_message_id():
    first, second = (bodies(EVERY[0])[0]["Message-ID"] for _ in range(2))
    assert first != second


def test_the_mail_to_the_old_address_says_what_to_do():
    _, plain, page = bodies(AddressChangedFacts(email="alice@new.example", **COMMON))
    for body in (plain, page):
        said = " ".join(body.split())
        assert "alice@new.example" in said
        assert "23 Nov 2026, 15:04 CET (14:04 UTC)" in said
        assert "tell an admin of the feed at once" in said


def test_the_mail_with_a_link_says_how_long_it_works_and_what_to_do_if_nobody_asked():
    message, plain, page = bodies(RESET)
    assert message["Subject"] == "Choose a new password at feed.example"
    assert f"\n{LINK}\n" in plain
    assert page.count(f'href="{LINK}"') == 2
    for body in (plain, page):
        said = " ".join(body.split())
        assert "once, until 23 Nov 2026, 16:04 CET (15:04 UTC)" in said
        assert "from the network address 10.0.3.7" in said
        assert "there is nothing to do" in said


def test_the_invitation_says_who_invites_and_how_long_it_works():
    message, plain, page = bodies(INVITATION)
    assert message["Subject"] == "Invitation to the package feed feed.example"
    assert f"\n{LINK}\n" in plain
    assert page.count(f'href="{LINK}"') == 2
    for body in (plain, page):
        said = " ".join(body.split())
        assert "(bob@example.org) invites you" in said
        assert "once, until 30 Nov 2026, 15:04 CET (14:04 UTC)" in said
