"""Secrets found where they should not be: what a report holds, and what is told of it.

Whoever reports a secret holds it, so nothing is proved beyond that: the secret
stops, and where it was found is repeated as hearsay.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ninety.rules import secrets
from ninety.rules.errors import FieldRefused

MOST_SECRETS = 100
FOUND_AT_LIMIT = 200
FIELDS = ("keys", "found_at")
HIDDEN = "[secret]"

# How far back the mail says what was pushed with the key.
LOOKED_BACK = timedelta(days=30)
# How long the list of keys leads with the news; the key's own page always does.
SHOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Report:
    """Secrets as they were found, whatever they are, and where: an address or words, or nothing."""

    secrets: tuple[str, ...]
    found_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakFacts:
    """Everything the mail about a leaked key says, and to whom.

    `zone` is the IANA zone dates are said in beside UTC; `key_page` and
    `make_page` are links that ask to sign in. In words: `may`, what the key was for;
    `what_stops` with it; `uses`, its last uses, the newest first; and `pushed`, the
    versions that came with it lately.
    """

    key_id: str
    key_name: str
    key_prefix: str
    key_note: str
    owner_email: str
    recipient: str
    zone: str
    reported_at: datetime
    found_at: str
    now: datetime
    key_page: str
    make_page: str
    feed: str
    may: str
    what_stops: str
    uses: tuple[str, ...]
    pushed: tuple[str, ...]
    install_id: str


def read(told: Mapping[str, object]) -> Report:
    """The report in the JSON object `told`: `keys`, a list of texts, and perhaps `found_at`.

    Raises FieldRefused where it has another form. What the texts are is judged
    later and never said.
    """
    keys = told.get("keys")
    if not isinstance(keys, list) or not all(isinstance(one, str) for one in keys):
        raise FieldRefused("keys", "This takes keys, a list of secrets")
    if not 1 <= len(keys) <= MOST_SECRETS:
        raise FieldRefused("keys", f"One report takes 1 to {MOST_SECRETS} secrets")
    found_at = told.get("found_at", "")
    if not isinstance(found_at, str):
        raise FieldRefused("found_at", "Where it was found is a text")
    return Report(tuple(keys), _without_secrets(_check_found_at(found_at), keys))


def _check_found_at(found_at: str) -> str:
    found_at = unicodedata.normalize("NFC", found_at).strip()
    if len(found_at) > FOUND_AT_LIMIT or not found_at.isprintable():
        raise FieldRefused(
            "found_at",
            f"Where it was found is one line of at most {FOUND_AT_LIMIT} letters that can be seen",
        )
    return found_at


def _without_secrets(text: str, reported: list[str]) -> str:
    """`text` without any secret: it is shown, and goes out by mail."""
    for secret in map(str.strip, reported):
        if secrets.ADOPTED.fullmatch(secret):  # anything else is no secret of any key
            text = text.replace(secret, HIDDEN)
    return secrets.PATTERN.sub(HIDDEN, text)
