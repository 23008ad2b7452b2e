"""The one mail about a key's end, read back as a mail program reads it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from ninety.mail.compose import Composer, message_id
from ninety.mail.deliver import SmtpDelivery
from ninety.mail.post_office import TEMPLATES, PostOffice
from ninety.rules.delivery import Delivered, NotDelivered, ReminderFacts
from ninety.settings import Settings
from parts.smtp import MailServer

END = datetime(2027, 2, 21, 14, 4, tzinfo=UTC)

FACTS = ReminderFacts(
    reminder_id="k3v9w2xq7d-1803218640",
    key_id="k3v9w2xq7d",
    key_name="ci",
    key_prefix="n90_k3v9w2xq7d",
    owner_email="alice@example.org",
    recipient="alice@example.org",
    zone="Europe/Berlin",
    expires_at=END,
    made_at=END - timedelta(days=90),
    now=END - timedelta(days=10),
    key_page="https://feed.example/account/keys/k3v9w2xq7d",
    feed="https://feed.example",
    may_push="every package its owner may push",
    may_read=True,
    last_used="9 Feb 2027, 11:20 CET, by NuGet Command Line/6.12 from 10.0.3.7",
    install_id="ab2cd3ef4g",
)


def composed(facts: ReminderFacts = FACTS, **settings: object) -> EmailMessage:
    content = Composer(Settings(**settings), TEMPLATES).reminder(facts)
    return message_from_bytes(content, policy=policy.default)


def text(message: EmailMessage) -> str:
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html(message: EmailMessage) -> str:
    return message.get_body(("html",)).get_content()


class Seen(HTMLParser):
    """What a reader sees of HTML, and the tags and links it is made of."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.links: set[str] = set()
        self.feed(source)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links |= {value or "" for name, value in attributes if name in ("href", "src")}

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] != "style":
            self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)


def test_the_subject_says_what_and_when():
    assert composed()["Subject"] == "API key 'ci' ends in 10 days"
    assert composed(replace(FACTS, now=END))["Subject"] == (
        "API key 'ci' ended 21 Feb 2027, 15:04 CET"
    )
    assert composed(replace(FACTS, now=END, zone="UTC"))["Subject"] == (
        "API key 'ci' ended 21 Feb 2027, 14:04 UTC"
    )


def test_each_header_is_there_once():
    message = composed()
    for name, value in {
        "From": "Ninety <ninety@feed.example>",
        "To": "alice@example.org",
        "Message-ID": "<expiry.k3v9w2xq7d.1803218640.ab2cd3ef4g@feed.example>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Key-Id": "k3v9w2xq7d",
        "MIME-Version": "1.0",
    }.items():
        assert message.get_all(name) == [value], name
    [date] = message.get_all("Date")
    assert date.datetime == FACTS.now
    assert len(message.get_all("Subject")) == 1


def test_the_text_says_it_all_in_78_columns():
    said = text(composed())
    assert said.startswith(
        "API key 'ci' ends in 10 days: 21 Feb 2027, 15:04 CET (14:04 UTC). From\n"
        "then on pushes and restores with it are refused. Renew it:\n"
        "\n"
        "https://feed.example/account/keys/k3v9w2xq7d\n"
    )
    for row in (
        "Key        ci",
        "Begins     n90_k3v9w2xq7d…",
        "Owner      alice@example.org",
        "Made       23 Nov 2026, 15:04 CET (14:04 UTC)",
        "Ends       21 Feb 2027, 15:04 CET (14:04 UTC)",
        "May push   every package its owner may push",
        "May read   every package",
        "Last used  9 Feb 2027, 11:20 CET, by NuGet Command Line/6.12 from",
        "           10.0.3.7",
    ):
        assert f"\n{row}\n" in said
    assert "This is the only reminder for this key and this date." in said
    assert max(len(line) for line in said.splitlines()) <= 78


def test_the_html_says_the_same_as_the_text():
    seen = Seen(html(composed()))
    for sentence in (
        "API key 'ci' ends in 10 days",
        "21 Feb 2027, 15:04 CET (14:04 UTC). From then on pushes and restores with it are refused.",
        "Begins n90_k3v9w2xq7d…",
        "Made 23 Nov 2026, 15:04 CET (14:04 UTC)",
        "May push every package its owner may push",
        "May read every package",
        "Last used 9 Feb 2027, 11:20 CET, by NuGet Command Line/6.12 from 10.0.3.7",
        "This is the only reminder for this key and this date.",
    ):
        assert sentence in seen.text


def test_the_html_fetches_nothing_and_links_only_to_the_feed():
    source = html(composed())
    seen = Seen(source)
    assert seen.links == {FACTS.key_page, FACTS.feed}
    assert not {"img", "script", "link", "iframe", "form"} & set(seen.tags)
    assert "url(" not in source
    assert "prefers-color-scheme: dark" in source


def test_a_key_that_ended_says_so_in_both():
    message = composed(replace(FACTS, now=END + timedelta(hours=9)))
    assert text(message).startswith(
        "API key 'ci' ended 21 Feb 2027, 15:04 CET (14:04 UTC). Pushes and\n"
        "restores with it are refused since then. Regenerate it:\n"
    )
    seen = Seen(html(message)).text
    assert "API key 'ci' ended" in seen
    assert "ends in" not in seen
    assert "Ended 21 Feb 2027, 15:04 CET (14:04 UTC)" in seen


def test_what_is_not_so_is_not_said():
    message = composed(replace(FACTS, may_read=False, last_used=""))
    for said in (text(message), Seen(html(message)).text):
        assert "restore" not in said
        assert "May read" not in said
        assert "Last used" not in said


def test_the_message_id_is_the_same_at_every_attempt_and_another_for_another_end():
    later = replace(FACTS, now=END - timedelta(days=1))
    assert message_id(later) == message_id(FACTS)
    moved = replace(FACTS, expires_at=END + timedelta(seconds=1))
    assert message_id(moved) != message_id(FACTS)


def test_a_long_message_id_stays_whole():
    facts = replace(FACTS, feed="https://packages.build.internal.a-rather-long-name.example.org")
    content = Composer(Settings(), TEMPLATES).reminder(facts)
    message = message_from_bytes(content, policy=policy.default)
    assert message["Message-ID"] == message_id(facts)
    assert message_id(facts).encode() in content


@pytest.mark.parametrize(
    "name",
    [
        "Nächtlicher Bau der großen Pakete auf dem alten Jenkins im Keller",
        "夜间构建" * 16,
        "x" * 64,
        "<b>&amp;</b> \"quoted\" 'twice' {{ 7 * 7 }} {% raw %}",
        "👩‍💻 " * 10 + "ci",
        "ci, =?utf-8?q?fake?=",
    ],
)
def test_names_of_any_letters_arrive_as_they_are(name):
    message = composed(replace(FACTS, key_name=name))
    shown = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    assert f"API key '{shown}' ends in 10 days" in text(message).replace("\n", " ")
    assert f"API key '{shown}' ends in 10 days" in Seen(html(message)).text
    assert message["Subject"] == f"API key '{shown}' ends in 10 days"


@pytest.mark.parametrize("field", ["key_name", "recipient", "owner_email", "may_push", "last_used"])
def test_no_fact_can_add_a_header(field):
    evil = "a\r\nBcc: evil@example.org\r\n\r\n<script>alert(1)</script>"
    message = composed(replace(FACTS, **{field: evil}))
    assert message["Bcc"] is None
    assert sorted(message.keys()) == sorted(composed().keys())
    assert "script" not in Seen(html(message)).tags


def test_the_message_is_ascii_with_short_lines_whatever_it_says():
    facts = replace(FACTS, key_name="夜间构建" * 16, may_push="Пакеты.* " * 200)
    content = Composer(Settings(), TEMPLATES).reminder(facts)
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("setting", "feed", "sender"),
    [
        ("", "https://feed.example:8443/nuget", "Ninety <ninety@feed.example>"),
        ("", "http://127.0.0.1:5090", "Ninety <ninety@[127.0.0.1]>"),
        ("", "http://[::1]:5090", "Ninety <ninety@[IPv6:::1]>"),
        ("", "http://localhost:5090", "Ninety <ninety@localhost>"),
        ("feed@example.org", "https://feed.example", "Ninety <feed@example.org>"),
        ("Our feed <feed@example.org>", "https://feed.example", "Our feed <feed@example.org>"),
        (
            '"Feed, ours" <feed@example.org>',
            "https://feed.example",
            '"Feed, ours" <feed@example.org>',
        ),
    ],
)
def test_mail_comes_from_the_setting_or_the_feed(setting, feed, sender):
    message = composed(replace(FACTS, feed=feed), mail_default_sender=setting)
    assert message["From"] == sender


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer(smtputf8=True) as running:
        yield running


def test_the_post_office_composes_and_delivers(server, tmp_path):
    settings = Settings(mail_server=server.host, mail_port=server.port)
    post = PostOffice(settings, tmp_path, lambda: FACTS.feed)
    assert post.configured()
    outcome = post.deliver(FACTS.recipient, post.reminder(FACTS), lambda: None)
    assert isinstance(outcome, Delivered)
    [letter] = server.messages
    assert letter.envelope_from == "ninety@feed.example"
    assert letter.message["Subject"] == "API key 'ci' ends in 10 days"
    assert "API key 'ci' ends in 10 days" in letter.body("plain")
    assert "API key 'ci' ends in 10 days" in letter.body("html")


def test_without_a_server_the_post_office_shows_the_message(tmp_path):
    post = PostOffice(Settings(), tmp_path, lambda: FACTS.feed)
    assert not post.configured()
    post.preview(FACTS.reminder_id, post.reminder(FACTS))
    [preview] = (tmp_path / "outbox").iterdir()
    assert preview.name == "k3v9w2xq7d-1803218640.eml"
    message = message_from_bytes(preview.read_bytes(), policy=policy.default)
    assert message["Subject"] == "API key 'ci' ends in 10 days"


@pytest.mark.parametrize(
    ("recipient", "shown"),
    [
        ("jürgen@example.org", "jürgen@example.org"),
        ("alice@bücher.example", "alice@xn--bcher-kva.example"),
        ("用户@例子.example", "用户@xn--fsqu00a.example"),
    ],
)
def test_addresses_of_other_letters_arrive(server, recipient, shown):
    facts = replace(FACTS, recipient=recipient)
    content = Composer(Settings(), TEMPLATES).reminder(facts)
    delivery = SmtpDelivery(Settings(mail_server=server.host, mail_port=server.port))
    outcome = delivery.deliver("ninety@feed.example", recipient, content, lambda: None)
    assert isinstance(outcome, Delivered)
    [letter] = server.messages
    parsed = message_from_bytes(letter.content, policy=policy.SMTPUTF8)
    assert parsed.get_all("To") == [shown]
    assert letter.envelope_to == (shown,)


@pytest.mark.parametrize("recipient", ["", "nobody", "ü@b..c", "a b@example.org"])
def test_what_is_no_address_is_composed_and_refused_by_delivery(server, recipient):
    content = Composer(Settings(), TEMPLATES).reminder(replace(FACTS, recipient=recipient))
    delivery = SmtpDelivery(Settings(mail_server=server.host, mail_port=server.port))
    outcome = delivery.deliver("ninety@feed.example", recipient, content, lambda: None)
    assert isinstance(outcome, NotDelivered)
    assert outcome.permanent
    assert server.messages == []


def test_every_template_is_used():
    assert {path.name for path in (TEMPLATES / "mail").iterdir()} == {
        "reminder.subject.txt",
        "reminder.txt",
        "reminder.html",
    }


def test_nothing_like_a_secret_is_in_it():
    content = Composer(Settings(), TEMPLATES).reminder(FACTS).decode()
    assert re.search(r"n90t?_[a-z2-7]{10}_", content) is None
    assert "token" not in content


def test_nothing_is_said_of_how_an_adopted_secret_begins():
    adopted, ours = composed(replace(FACTS, key_prefix="")), composed()
    for part in (text, html):
        assert "Begins" in part(ours)
        assert "Begins" not in part(adopted)
