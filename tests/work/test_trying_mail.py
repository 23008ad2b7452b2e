"""A test mail goes the way of reminders, and its outcome is told and kept."""

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from ninety.mail import post_office
from ninety.mail.post_office import PostOffice
from ninety.rules import delivery
from ninety.rules.delivery import Delivered, NotDelivered, Unknown
from ninety.rules.errors import NoMailServer
from ninety.work.trying_mail import TryingMail
from parts.hand_clock import START
from parts.smtp import Fault, MailServer

FEED = "https://feed.example"
TO = "alice@example.org"


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def trying(settings, tmp_path, site, smtp) -> TryingMail:
    settings = replace(settings, mail_server=smtp.host, mail_port=smtp.port)
    return TryingMail(PostOffice(settings, tmp_path, lambda: FEED), site, lambda: FEED)


def send(trying, clock):
    return trying.send(TO, "Europe/Berlin", clock)


def test_it_arrives_as_text_and_html_with_what_every_mail_carries(trying, clock, smtp, site):
    assert isinstance(send(trying, clock), Delivered)
    [letter] = smtp.messages
    assert letter.envelope_to == (TO,)
    message = letter.message
    assert message["Subject"] == "Test mail from the package feed feed.example"
    assert (message["To"], message["Auto-Submitted"]) == (TO, "auto-generated")
    assert message["Message-ID"].endswith("@feed.example>")
    for kind in ("plain", "html"):
        body = " ".join(letter.body(kind).split())
        assert FEED in body
        assert "23 Nov 2026, 15:04 CET (14:04 UTC)" in body
        assert TO in body
    assert site.instant("mail-accepted") == START
    assert site.why("mail-tried").startswith(f"To {TO}: delivered; the mail server said 250")


def test_no_two_tests_have_the_same_message_id(trying, clock, smtp):
    send(trying, clock)
    send(trying, clock)
    assert len({letter.message["Message-ID"] for letter in smtp.messages}) == 2


@pytest.mark.parametrize(
    ("stage", "fault", "kind", "words"),
    [
        (
            "rcpt",
            "550 no such user",
            NotDelivered,
            "not delivered. The mail server refused",
        ),
        ("connect", "421 too busy", NotDelivered, "421 too busy"),
        ("dot", Fault.DROP, Unknown, "in doubt, it may or may not have arrived."),
    ],
)
def test_what_went_wrong_is_told_in_the_words_of_the_server(
    trying, clock, smtp, site, stage, fault, kind, words
):
    smtp.fail(stage, fault)
    outcome = send(trying, clock)
    assert isinstance(outcome, kind)
    assert words in delivery.in_words(outcome)
    assert words in site.why("mail-tried")
    assert (site.instant("mail-trouble"), site.instant("mail-accepted")) == (START, None)
    assert (site.instant("mail-down") is not None) is (stage == "connect")


def test_a_test_that_arrives_ends_the_word_of_a_server_that_is_down(trying, clock, smtp, site):
    smtp.fail("connect", Fault.DROP, times=1)
    send(trying, clock)
    assert site.instant("mail-down") == START
    send(trying, clock)
    assert site.instant("mail-down") is None


def test_a_server_that_hangs_is_given_up_soon(settings, tmp_path, site, smtp, clock, monkeypatch):
    monkeypatch.setattr(post_office, "SOON", 0.4)
    settings = replace(settings, mail_server=smtp.host, mail_port=smtp.port)
    trying = TryingMail(PostOffice(settings, tmp_path, lambda: FEED), site, lambda: FEED)
    smtp.fail("connect", Fault.HANG)
    outcome = send(trying, clock)
    assert isinstance(outcome, NotDelivered)
    assert "gave no answer in time" in outcome.reason


def test_without_a_mail_server_nothing_is_tried(settings, tmp_path, site, clock):
    trying = TryingMail(PostOffice(settings, tmp_path, lambda: FEED), site, lambda: FEED)
    with pytest.raises(NoMailServer):
        send(trying, clock)
    assert site.instant("mail-tried") is None


def test_an_address_in_other_letters_is_written_as_such(settings, tmp_path):
    office = PostOffice(settings, tmp_path, lambda: FEED)
    facts = delivery.TrialFacts(recipient="jürgen@bücher.example", zone="UTC", now=START, feed=FEED)
    message = message_from_bytes(office.trial(facts), policy=policy.SMTPUTF8)
    assert message["To"] == "jürgen@xn--bcher-kva.example"
