"""A letter: three templates and a few headers, as the bytes that go to the mail server."""

import email
import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime
from email import charset, policy
from email.header import Header
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from flask import Flask
from flask_mail import Attachment, Mail, Message
from markupsafe import Markup

from ninety.mail.mailbox import domain_of, in_ascii
from ninety.rules import addresses
from ninety.settings import Settings

# Flask-Mail, imported above, has the whole process send UTF-8 as eight bits. Quoted-printable
# passes every server, and no line of it is too long (RFC 2045 section 6.7).
charset.add_charset("utf-8", charset.SHORTEST, charset.QP, "utf-8")

# A message is written by asking each of its parts a dozen times what type it has, and each
# time the header is read anew; a header once read does not change.
_POLICY = policy.SMTP.clone(header_factory=lru_cache(maxsize=256)(policy.SMTP.header_factory))

# Columns: a text part that is quoted once still fits into 78 (RFC 5322 section 2.1.1).
WIDTH = 72
LABEL = 11


class _Letter(Message):
    def as_bytes(self) -> bytes:
        """As Flask-Mail gives it, in less than half the time."""
        built = self._message()
        built.policy = _POLICY
        content: bytes = built.as_bytes()
        return content


class Letters:
    """Writes letters with the templates in `templates`/mail; the same facts, the same text."""

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
        return line(name) or "Ninety", line(address) or f"ninety@{domain_of(host)}"

    def write(
        self,
        kind: str,
        said: dict[str, object],
        *,
        to: str,
        feed: str,
        now: datetime,
        message_id: str,
        headers: Mapping[str, str],
        attachments: Sequence[Attachment] = (),
    ) -> bytes:
        """The whole message from the templates `kind`.subject.txt, .txt and .html, with CRLF.

        `said` is what they say. ASCII throughout, unless the local part of `to` is
        not: that can only be said by SMTPUTF8 (RFC 6532).
        """
        recipient = _header_address(to)
        message = _Letter(
            subject=_header_text("Subject", self._render(f"{kind}.subject.txt", said)),
            recipients=[recipient] if recipient.isascii() and recipient else [],
            body=self._render(f"{kind}.txt", said),
            html=self._render(f"{kind}.html", said),
            date=now.timestamp(),
            sender=self._settings.mail_default_sender or "ninety",
            attachments=list(attachments),
            extra_headers={
                "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers
                "X-Auto-Response-Suppress": "All",  # the same for Exchange
                **headers,
            },
        )
        message.sender = self.sender(feed)
        message.msgId = message_id
        with self._application.app_context():
            content = message.as_bytes()
        return content if recipient.isascii() else _addressed(content, recipient)

    def part(self, template: str, said: dict[str, object]) -> Markup:
        """A part of an HTML letter that many of them may have in common."""
        return Markup(self._render(template, said))

    def _render(self, template: str, said: dict[str, object]) -> str:
        return self._templates.get_template(template).render(said)


def line(text: str) -> str:
    """`text` on one line without anything invisible, fit for a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def unbroken(text: str) -> str:
    """`text` with each time and its zone kept together."""
    return text.replace(" UTC)", "\N{NO-BREAK SPACE}UTC)")


def _header_text(header: str, text: str) -> str:
    """`text` folded as the value of `header`, encoded where it needs to be (RFC 2047).

    A text that only looks encoded is encoded too, or a reader would decode it.
    """
    text = line(text)
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
    lines = textwrap.fill(unbroken(line(text)), WIDTH, break_on_hyphens=False, **how)
    return lines.replace("\N{NO-BREAK SPACE}", " ")
