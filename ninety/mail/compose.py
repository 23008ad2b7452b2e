"""The one mail about a key's end, from facts to bytes: three templates, an event, a few headers.

Nothing secret is in it. One link acts without a sign-in: the one that ends these mails.
"""

import re
import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from flask_mail import Attachment
from markupsafe import Markup

from ninety.mail import ring
from ninety.mail.letters import Letters, line, unbroken
from ninety.mail.mailbox import domain_of
from ninety.rules import addresses, calendar, wording
from ninety.rules.delivery import ReminderFacts
from ninety.settings import Settings


class Composer:
    """Writes messages with the templates in `templates`/mail; the same facts, the same text."""

    def __init__(self, settings: Settings, templates: Path) -> None:
        self._letters = Letters(settings, templates)
        self._drawn = lru_cache(maxsize=16)(self._draw)

    def sender(self, feed: str) -> tuple[str, str]:
        """The name and address mail comes from; `feed` is the feed's own web address."""
        return self._letters.sender(feed)

    def reminder(self, facts: ReminderFacts) -> bytes:
        """The whole message about one key, with CRLF line ends."""
        message = self._letters.write(
            "reminder",
            dict(self._said(facts)),
            to=facts.recipient,
            feed=facts.feed,
            now=facts.now,
            message_id=message_id(facts),
            headers={"X-Key-Id": facts.key_id},
            attachments=[_event(facts.calendar)] if facts.calendar else [],
        )
        return _way_out(facts.unsubscribe) + message

    def _said(self, facts: ReminderFacts) -> Iterator[tuple[str, object]]:
        """What the templates say, ready in words."""
        left = facts.stops_at - facts.now
        name, end = line(facts.key_name), _moment(facts.stops_at, facts.zone)
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
        lifetime = facts.expires_at - facts.made_at
        in_the_middle = ended if left <= timedelta(0) else wording.remaining(left)
        yield "ring", self._drawn(ring.rows(left, lifetime), left <= timedelta(0), in_the_middle)

    def _draw(self, rows: ring.Rows, over: bool, words: str) -> Markup:
        said = {"rows": rows, "over": over, "ended": words, "remaining": words}
        return self._letters.part("_ring.html", said)


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
    return unbroken(wording.local(instant, zone))
