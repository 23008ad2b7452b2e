"""The one mail about a key's end, from facts to bytes: three templates, an event, a few headers.

Nothing secret is in it. One link acts without a sign-in: the one that ends these mails.
"""

import email
import re
import shlex
import textwrap
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import charset, policy
from email.header import Header
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import jinja2
from flask import Flask
from flask_mail import Attachment, Mail, Message

from ninety.mail import ring
from ninety.mail.mailbox import domain_of, in_ascii
from ninety.rules import addresses, calendar, wording
from ninety.rules.delivery import ReminderFacts
from ninety.settings import Settings

# Flask-Mail, imported above, has the whole process send UTF-8 as eight bits. Quoted-printable
# passes every server, and no line of it is too long (RFC 2045 section 6.7).
charset.add_charset("utf-8", charset.SHORTEST, charset.QP, "utf-8")

# Columns: a text part that is quoted once still fits into 78 (RFC 5322 section 2.1.1).
WIDTH = 72
LABEL = 11


class Composer:
    """Writes messages with the templates in `templates`/mail; the same facts, the same text."""

    def __init__(self, settings: Settings, templates: Path) -> None:
        self._settings = settings
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(templates / "mail"),
            autoescape=jinja2.select_autoescape(["html"]),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"paragraph": _paragraph, "labelled": _labelled}
        # Flask-Mail keeps its configuration in an application; the worker has no other.
        self._application = Flask(__name__, static_folder=None)
        Mail(self._application)

    def sender(self, feed: str) -> tuple[str, str]:
        """The name and address mail comes from; `feed` is the feed's own web address."""
        name, address = parseaddr(self._settings.mail_default_sender)
        host = addresses.host_of(feed)
        return _line(name) or "Ninety", _line(address) or f"ninety@{domain_of(host)}"

    def reminder(self, facts: ReminderFacts) -> bytes:
        """The whole message about one key, with CRLF line ends.

        ASCII throughout, unless the recipient's local part is not: that can only be
        said by SMTPUTF8 (RFC 6532).
        """
        said = dict(self._said(facts))
        recipient = _header_address(facts.recipient)
        message = Message(
            subject=_header_text("Subject", self._render("reminder.subject.txt", said)),
            recipients=[recipient] if recipient.isascii() and recipient else [],
            body=self._render("reminder.txt", said),
            html=self._render("reminder.html", said),
            date=facts.now.timestamp(),
            sender=self._settings.mail_default_sender or "ninety",
            attachments=[_event(facts.calendar)] if facts.calendar else [],
            extra_headers={
                "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers
                "X-Auto-Response-Suppress": "All",  # the same for Exchange
                "X-Key-Id": facts.key_id,
            },
        )
        message.sender = self.sender(facts.feed)
        message.msgId = message_id(facts)
        with self._application.app_context():
            content = message.as_bytes()
        if not recipient.isascii():
            content = _addressed(content, recipient)
        return _way_out(facts.unsubscribe) + content

    def _render(self, template: str, said: dict[str, object]) -> str:
        return self._templates.get_template(template).render(said)

    def _said(self, facts: ReminderFacts) -> Iterator[tuple[str, object]]:
        """What the templates say, ready in words."""
        left = facts.stops_at - facts.now
        name, end = _line(facts.key_name), _moment(facts.stops_at, facts.zone)
        about, ends, ended = wording.subject_of_end(name, facts.replacement is not None)
        yield "facts", facts
        yield "name", name
        yield "about", about
        yield "over", left <= timedelta(0)
        yield "ends", ends
        yield "ended", ended
        yield "remaining", wording.remaining(left)
        yield "end", end
        # A subject has room for one zone: the reader's.
        yield "end_here", end.partition(" (")[0]
        yield "made", _moment(facts.made_at, facts.zone)
        yield "due", _moment(facts.due_at, facts.zone) if facts.late else ""
        yield "rotated", _rotated(facts)
        yield "rotate", _rotate_command(facts.feed)
        yield "ring", ring.rows(left, facts.expires_at - facts.made_at)


def message_id(facts: ReminderFacts) -> str:
    """The same at every attempt, so that a second copy, ever, is known for what it is.

    One of RFC 5322 section 3.6.4: `<expiry.KEY.EXPIRY.INSTALLATION@HOST>`.
    """
    moment = int(facts.expires_at.timestamp())
    host = domain_of(addresses.host_of(facts.feed))
    return f"<expiry.{facts.key_id}.{moment}.{facts.install_id}@{host}>"


def _event(document: str) -> Attachment:
    """The end of the key for a calendar, as RFC 6047 section 2.4 wants it labelled.

    In base64, which keeps its line ends in every mail program.
    """
    about = f"{calendar.MIMETYPE}; charset=utf-8; method={calendar.METHOD}"
    return Attachment("api-key.ics", about, document.encode())


def _way_out(link: str) -> bytes:
    """The header lines by which a mail program offers to end these mails.

    One click is offered only by https (RFC 8058 section 3.1); by http the link is
    still there to be opened (RFC 2369 section 3.2). The lines are written here,
    since Python's own way encodes a value too long to be folded, and no mail
    program decodes an address.
    """
    if not re.fullmatch(r"https?://[!-;=?-~]+", link):
        return b""
    lines = f"List-Unsubscribe: <{link}>\r\n"
    if link.startswith("https://"):
        lines += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return lines.encode()


def _rotated(facts: ReminderFacts) -> str:
    """What became of the rotation of a key whose new secret nobody has used, or nothing."""
    new = facts.replacement
    if new is None:
        return ""
    fate = "has not been used yet"
    if new.revoked_at is not None:
        fate = f"was revoked {_moment(new.revoked_at, facts.zone)} without having been used"
    rotated_at = _moment(new.rotated_at, facts.zone)
    return f"The key was rotated {rotated_at}. The new secret, {new.prefix}_…, {fate}."


def _rotate_command(feed: str) -> str:
    """The lines for a build server; the key goes to curl by stdin, for arguments can be read."""
    return (
        "printf 'X-NuGet-ApiKey: %s' \"$NINETY_KEY\" |\n"
        "  curl --fail --silent --show-error \\\n"
        "  --request POST --header @- \\\n"
        f"  {shlex.quote(f'{feed}/api/v1/keys/self/rotate')}"
    )


def _moment(instant: datetime, zone: str) -> str:
    """An instant as it is said everywhere, its time and zone on one line."""
    return _unbroken(wording.local(instant, zone))


def _unbroken(text: str) -> str:
    return text.replace(" UTC)", "\N{NO-BREAK SPACE}UTC)")


def _line(text: str) -> str:
    """`text` on one line without anything invisible, fit for a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _header_text(header: str, text: str) -> str:
    """`text` folded as the value of `header`, encoded where it needs to be (RFC 2047).

    A text that only looks encoded is encoded too, or a reader would decode it.
    """
    text = _line(text)
    letters = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
    return Header(text, letters, header_name=header).encode()


def _header_address(address: str) -> str:
    """The address for the To header, or nothing: what is no address, delivery refuses by name."""
    try:
        return in_ascii(address)
    except ValueError:
        return ""


def _addressed(content: bytes, recipient: str) -> bytes:
    """`content` with a To header of other letters than ASCII, which Flask-Mail cannot write."""
    message = email.message_from_bytes(content, policy=policy.SMTPUTF8)
    message.replace_header("To", recipient)
    return message.as_bytes()


def _paragraph(text: str) -> str:
    """`text` as lines of at most 72 columns; links and long names stay whole."""
    return _wrapped(text, break_long_words=False)


def _labelled(text: str, label: str) -> str:
    """`text` behind its label, further lines below its first."""
    return _wrapped(text, initial_indent=label.ljust(LABEL), subsequent_indent=" " * LABEL)


def _wrapped(text: str, **how: Any) -> str:
    lines = textwrap.fill(_unbroken(_line(text)), WIDTH, break_on_hyphens=False, **how)
    return lines.replace("\N{NO-BREAK SPACE}", " ")
