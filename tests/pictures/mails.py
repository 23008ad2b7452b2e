"""The mails a feed would send, as a mail program shows them."""

import html
import re
from email import message_from_bytes, policy

from parts.product import RunningProduct


def mails(feed: RunningProduct) -> dict[str, str]:
    """The previews the feed keeps while it has no mail server: documents of HTML, by name.

    Of each mail there is one of its HTML part, and one with its text in 78 columns.
    """
    feed.flask("reminders", "run")
    documents = {}
    for file in sorted((feed.data / "outbox").glob("*.eml")):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        name = re.sub(r"\W+", "-", f"mail {message['Subject']}".lower()).strip("-")
        documents[name] = message.get_body(("html",)).get_content()
        text = html.escape(message.get_body(("plain",)).get_content())
        documents[f"{name}-text"] = (
            '<!doctype html><meta name="color-scheme" content="light dark">'
            f'<pre style="width: 78ch; border-right: 1px solid">{text}</pre>'
        )
    return documents
