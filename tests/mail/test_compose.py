"""The one mail about a key's end, read back as a mail program reads it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import icalendar
import pytest
import vobject

from ninety.mail.compose import Composer, message_id
from ninety.mail.deliver import SmtpDelivery
from ninety.mail.post_office import TEMPLATES, PostOffice
from ninety.rules import calendar
from ninety.rules.delivery import Delivered, NotDelivered, ReminderFacts, Replacement
from ninety.rules.keys import ApiKey
from ninety.settings import Settings
from parts.smtp import MailServer

END = datetime(2027, 2, 21, 14, 4, tzinfo=UTC)

FACTS = ReminderFacts(
    reminder_id="k3v9w2xq7d-1803218640",
    key_id="k3v9w2xq7d",
    key_name="ci",
    key_prefix="n90_k3v9w2xq7d",
    note="Jenkins, job release",
    owner_email="alice@example.org",
    recipient="alice@example.org",
    zone="Europe/Berlin",
    due_at=END - timedelta(days=10),
    expires_at=END,
    stops_at=END,
    made_at=END - timedelta(days=90),
    now=END - timedelta(days=10),
    key_page="https://feed.example/account/keys/k3v9w2xq7d",
    feed="https://feed.example",
    may="push, read · Acme.*",
    what_stops="pushes and restores",
    last_used="2 days ago: 9 Feb 2027, 11:20 CET (10:20 UTC) by dotnet/10 from 10.0.3.7",
    install_id="ab2cd3ef4g",
)
WAY_OUT = "https://feed.example/unsubscribe?token=aliceaaaaa." + "x" * 43
ROTATED = Replacement(
    rotated_at=END - timedelta(days=12),
    prefix="n90_m5q2zt8yab",
    page="https://feed.example/account/keys/m5q2zt8yab",
    revoked_at=None,
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
    said = text(composed(replace(FACTS, calendar=EVENT)))
    assert said.startswith(
        "API key 'ci' ends in 10 days: 21 Feb 2027, 15:04 CET (14:04 UTC). From\n"
        "then on pushes and restores with it are refused. Renew it:\n"
        "\n"
        "https://feed.example/account/keys/k3v9w2xq7d\n"
    )
    for row in (
        "Key        ci",
        "Begins     n90_k3v9w2xq7d_…",
        "Note       Jenkins, job release",
        "Owner      alice@example.org",
        "Made       23 Nov 2026, 15:04 CET (14:04 UTC)",
        "Ends       21 Feb 2027, 15:04 CET (14:04 UTC)",
        "May        push, read · Acme.*",
        "Last used  2 days ago: 9 Feb 2027, 11:20 CET (10:20 UTC) by dotnet/10",
        "           from 10.0.3.7",
        "The attached event puts this end into a calendar.",
    ):
        assert f"\n{row}\n" in said
    assert "This is the only reminder for this key and this date." in said
    assert max(len(line) for line in said.splitlines()) <= 78


def test_the_html_says_the_same_as_the_text():
    seen = Seen(html(composed()))
    for sentence in (
        "API key 'ci' ends in 10 days",
        "21 Feb 2027, 15:04 CET (14:04 UTC). From then on pushes and restores with it are refused.",
        "Begins n90_k3v9w2xq7d_…",
        "Note Jenkins, job release",
        "Made 23 Nov 2026, 15:04 CET (14:04 UTC)",
        "May push, read · Acme.*",
        "Last used 2 days ago: 9 Feb 2027, 11:20 CET (10:20 UTC) by dotnet/10 from 10.0.3.7",
        "printf 'X-NuGet-ApiKey: %s' \"$NINETY_KEY\" | curl",
        "https://feed.example/api/v1/keys/self/rotate",
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
    message = composed(replace(FACTS, what_stops="pushes", note=""))
    for said in (text(message), Seen(html(message)).text):
        assert "restore" not in said
        assert "Note" not in said
        assert "late" not in said
        assert "rotated" not in said
        assert "calendar" not in said
        assert "No more reminder mail" not in said


@pytest.mark.parametrize(
    ("passed", "late"),
    [(timedelta(0), False), (timedelta(days=1), False), (timedelta(days=1, seconds=1), True)],
)
def test_a_late_mail_says_since_when_it_was_due(passed, late):
    message = composed(replace(FACTS, now=FACTS.due_at + passed))
    sentence = "This mail is late: it has been due since 11 Feb 2027, 15:04 CET (14:04 UTC)."
    for said in (text(message), Seen(html(message)).text):
        assert (sentence in " ".join(said.split())) is late


def test_a_mail_after_the_end_is_late():
    message = composed(replace(FACTS, now=END))
    assert "This mail is late" in text(message)
    assert "This mail is late" in Seen(html(message)).text


def test_somebody_else_than_the_owner_is_told_why():
    facts = replace(FACTS, recipient="bob@example.org", instead="since no mail reaches its owner")
    sentence = (
        "It went to bob@example.org, since no mail reaches its owner, from the package feed "
        "https://feed.example. Its links to keys ask the owner or an admin to sign in."
    )
    message = composed(facts)
    assert sentence in " ".join(text(message).split())
    assert sentence in re.sub(" (?=[.,])", "", Seen(html(message)).text)


def test_a_rotation_nobody_finished_is_told():
    stops_at = END - timedelta(days=5)
    message = composed(replace(FACTS, stops_at=stops_at, replacement=ROTATED))
    assert message["Subject"] == "The old secret of API key 'ci' stops in 5 days"
    for said in (text(message), Seen(html(message)).text):
        words = " ".join(said.split())
        assert (
            "The key was rotated 9 Feb 2027, 15:04 CET (14:04 UTC). The new secret, "
            "n90_m5q2zt8yab_…, has not been used yet." in words
        )
        assert "16 Feb 2027, 15:04 CET (14:04 UTC)" in words
        assert "21 Feb 2027" not in words
        assert "self/rotate" not in words
    assert ROTATED.page in text(message)
    assert ROTATED.page in Seen(html(message)).links


def test_a_rotation_whose_new_secret_is_revoked_is_told_so():
    revoked = replace(ROTATED, revoked_at=ROTATED.rotated_at + timedelta(days=1))
    message = composed(replace(FACTS, replacement=revoked))
    for said in (text(message), Seen(html(message)).text):
        words = " ".join(said.split())
        assert "was revoked 10 Feb 2027, 15:04 CET (14:04 UTC) without having been used." in words
        assert "regenerate it" not in words


KEY = ApiKey(
    id=FACTS.key_id,
    owner="aliceaaaaa",
    name="ci",
    prefix=FACTS.key_prefix,
    digest="sha256:0",
    made_at=FACTS.made_at,
    issued_at=FACTS.made_at,
    expires_at=END,
)
EVENT = calendar.of_one(
    KEY,
    None,
    "alice@example.org",
    FACTS.install_id,
    FACTS.key_page,
    timedelta(days=10),
    FACTS.now,
)


def test_the_documented_mail_is_the_mail():
    page = (TEMPLATES.parent / "docs" / "mail.md").read_text(encoding="utf-8")
    shown = re.search(r"^```\n(.*?)^```$", page, re.M | re.S)[1]
    way_out = "https://feed.example/unsubscribe?token=…"
    facts = replace(FACTS, calendar=EVENT, unsubscribe=way_out)
    assert text(composed(facts)).strip() == shown.strip()


def test_the_attached_event_reads_as_it_was_written():
    """RFC 6047 section 2.4: the type names the method, and the method is that of the calendar."""
    [attached] = composed(replace(FACTS, calendar=EVENT)).iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert dict(attached["Content-Type"].params) == {"charset": "utf-8", "method": "PUBLISH"}
    assert attached["Content-Disposition"].params["filename"] == "api-key.ics"
    document = attached.get_payload(decode=True).decode()
    assert document == EVENT
    assert icalendar.Calendar.from_ical(document)["METHOD"] == "PUBLISH"
    assert vobject.readOne(document).vevent.uid.value == "k3v9w2xq7d@ab2cd3ef4g"


def test_text_and_html_are_alternatives_beside_the_event():
    message = composed(replace(FACTS, calendar=EVENT))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]


@pytest.mark.parametrize("recipient", ["alice@example.org", "jürgen@example.org"])
def test_a_mail_program_can_offer_to_end_these_mails(recipient):
    """RFC 2369 and RFC 8058; the address stands as it is, for nobody decodes it."""
    facts = replace(FACTS, unsubscribe=WAY_OUT, recipient=recipient)
    content = Composer(Settings(), TEMPLATES).reminder(facts)
    head = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert f"List-Unsubscribe: <{WAY_OUT}>".encode() in head
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head
    message = composed(facts)
    assert f"No more reminder mail, for any key:\n{WAY_OUT}\n" in text(message)
    assert WAY_OUT in Seen(html(message)).links


def test_one_click_is_not_offered_by_http():
    plain = WAY_OUT.replace("https:", "http:")
    message = composed(replace(FACTS, unsubscribe=plain))
    assert message["List-Unsubscribe"] == f"<{plain}>"
    assert message["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize("base", ["https://feed.example/nuget", "http://feed.example:5090", "$"])
def test_the_lines_for_a_build_server_ask_the_feed_to_rotate(tmp_path, base):
    """They are run as they stand in the mail, with a curl that tells what it was given."""
    said = text(composed(replace(FACTS, feed=base)))
    lines = re.search(r"^printf .*?self/rotate'?$", said, re.M | re.S)
    curl = tmp_path / "curl"
    curl.write_text('#!/bin/sh\nprintf "%s\\n" "$@"; cat\n')
    curl.chmod(0o755)
    ran = subprocess.run(
        [shutil.which("sh") or "sh", "-c", lines[0]],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "NINETY_KEY": "n90_secret"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    *arguments, given = ran.stdout.splitlines()
    assert given == "X-NuGet-ApiKey: n90_secret"
    assert arguments[-5:] == [
        "--request",
        "POST",
        "--header",
        "@-",
        f"{base}/api/v1/keys/self/rotate",
    ]
    assert "n90_secret" not in arguments


def test_a_long_note_stays_within_the_columns():
    said = text(composed(replace(FACTS, note="x" * 200, may="Acme.*, " * 50)))
    assert max(len(line) for line in said.splitlines()) <= 78


def test_what_matters_needs_no_style_block():
    """Mail programs may drop the block; sizes, colours and spaces stand beside the elements."""
    source = html(composed())
    rest = source.replace(re.search(r"<style>.*?</style>", source, re.S)[0], "")
    for style in ("font-size:24px", "max-width:600px", "background:#0a5560", 'bgcolor="#b46a00"'):
        assert style in rest


def test_the_ring_stands_at_80_of_90():
    source = html(composed())
    assert source.count('class="lived"') == 80
    assert source.count('class="left"') == 10


def test_gmail_does_not_cut_the_mail_short():
    """It shows 102 KB of HTML, then a link to the rest."""
    facts = replace(FACTS, key_name="🔑" * 64, note="🔑" * 200, may="Acme.*, " * 600)
    assert len(html(composed(facts)).encode()) < 60_000


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


@pytest.mark.parametrize(
    "field",
    ["key_name", "note", "recipient", "owner_email", "may", "last_used", "calendar", "unsubscribe"],
)
def test_no_fact_can_add_a_header(field):
    evil = "a\r\nBcc: evil@example.org\r\n\r\n<script>alert(1)</script>"
    message = composed(replace(FACTS, **{field: evil}))
    assert message["Bcc"] is None
    assert set(message.keys()) == set(composed().keys())
    assert [part["Bcc"] for part in message.walk()] == [None] * len(list(message.walk()))
    assert "script" not in Seen(html(message)).tags


def test_the_message_is_ascii_with_short_lines_whatever_it_says():
    facts = replace(FACTS, key_name="夜间构建" * 16, may="Пакеты.* " * 200)
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
    assert "API key 'ci' ends in 10 days" in Seen(letter.body("html")).text


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
        f"{kind}.{part}"
        for kind in ("reminder", "leak", "trial", "reset", "invitation", "address_changed")
        for part in ("subject.txt", "txt", "html")
    } | {"_account.html", "_ring.html"}


def test_nothing_like_a_secret_is_in_it():
    content = Composer(Settings(), TEMPLATES).reminder(FACTS).decode()
    assert re.search(r"n90t?_[a-z2-7]{10}_", content) is None
    assert "token" not in content


def test_nothing_is_said_of_how_an_adopted_secret_begins():
    adopted, ours = composed(replace(FACTS, key_prefix="")), composed()
    for part in (text, html):
        assert "Begins" in part(ours)
        assert "Begins" not in part(adopted)
