"""The one mail about a leaked key, read back as a mail program reads it."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from ninety.mail.leak import LeakComposer
from ninety.mail.post_office import TEMPLATES
from ninety.rules.leaks import LeakFacts
from ninety.settings import Settings

REPORTED = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)

FACTS = LeakFacts(
    key_id="k3v7w2xq7d",
    key_name="ci",
    key_prefix="n90_k3v7w2xq7d",
    key_note="Jenkins, job release",
    owner_email="alice@example.org",
    recipient="alice@example.org",
    zone="Europe/Berlin",
    reported_at=REPORTED,
    found_at="https://paste.example/raw/1",
    now=REPORTED,
    key_page="https://feed.example/account/keys/k3v7w2xq7d",
    make_page="https://feed.example/account/keys/make",
    feed="https://feed.example",
    may="push, read · Acme.*",
    what_stops="pushes and restores",
    uses=("23 Nov 2026, 11:20 CET (10:20 UTC) by dotnet/10 from 10.0.3.7, for Acme.Core 1.2.0",),
    pushed=(
        "Acme.Core 1.2.0, 23 Nov 2026, 11:20 CET (10:20 UTC)",
        "Acme.Core 1.1.0, 2 Nov 2026, 10:00 CET (09:00 UTC)",
    ),
    install_id="ab2cd3ef4g",
)


def composed(facts: LeakFacts = FACTS) -> EmailMessage:
    content = LeakComposer(Settings(), TEMPLATES).leak(facts)
    return message_from_bytes(content, policy=policy.default)


def bodies(message: EmailMessage) -> tuple[str, str]:
    """The words of the text and of the HTML, on one line each."""
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    words = re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.S)
    return " ".join(text.split()), " ".join(words.replace("&#39;", "'").split())


def test_both_bodies_say_what_happened_what_to_do_and_what_was_done_with_the_key():
    for body in bodies(composed()):
        for said in (
            "API key 'ci' was reported as leaked",
            "23 Nov 2026, 15:04 CET (14:04 UTC)",
            "Pushes and restores with it are refused since then.",
            "https://feed.example/account/keys/make",
            "n90_k3v7w2xq7d_…",
            "Jenkins, job release",
            "push, read · Acme.*",
            "https://paste.example/raw/1",
            "by dotnet/10 from 10.0.3.7, for Acme.Core 1.2.0",
            "Acme.Core 1.1.0, 2 Nov 2026, 10:00 CET (09:00 UTC)",
            "was not checked",
            "It went to alice@example.org",
        ):
            assert said in body, said


def test_the_headers_say_it_is_from_a_machine_and_which_mail_it_is():
    message = composed()
    assert message["Subject"] == "API key 'ci' was reported as leaked and is revoked"
    assert message["To"] == "alice@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == "<leak.k3v7w2xq7d.1795442640.ab2cd3ef4g@feed.example>"
    assert composed(replace(FACTS, uses=()))["Message-ID"] == message["Message-ID"]


def test_what_is_not_known_is_said_so():
    bare = replace(FACTS, key_prefix="", key_note="", found_at="", uses=(), pushed=())
    for body in bodies(composed(bare)):
        assert "Found at nothing was said" in body
        assert "Last used never" in body
        assert "Pushed nothing in the last 30 days" in body
        assert "Begins" not in body
        assert "Note" not in body


def test_the_text_stays_within_78_columns():
    text = composed().get_body(("plain",)).get_content()
    assert max(len(line) for line in text.splitlines()) <= 72


def test_what_a_stranger_said_is_text_and_no_link():
    message = composed(replace(FACTS, found_at='<a href="https://evil.example">look</a>'))
    html = message.get_body(("html",)).get_content()
    assert '<a href="https://evil.example">' not in html
    assert "https://evil.example" in html
    links = re.findall(r'href="([^"]*)"', composed().get_body(("html",)).get_content())
    assert all(link.startswith("https://feed.example") for link in links)


@pytest.mark.parametrize("field", ["key_name", "found_at", "key_note", "owner_email"])
def test_no_fact_can_add_a_header(field):
    message = composed(replace(FACTS, **{field: "x\r\nBcc: mallory@example.org\r\n\r\nhello"}))
    assert message["Bcc"] is None


def test_a_secret_is_in_no_part_of_it():
    content = LeakComposer(Settings(), TEMPLATES).leak(FACTS).decode()
    assert re.search(r"n90t?_[a-z2-7]{10}_[0-9A-Za-z]", content) is None
