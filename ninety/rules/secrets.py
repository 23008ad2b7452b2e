"""The secrets of API keys: how one looks, how it is known again, what is kept of it.

A secret is `n90_<id>_<32 letters><6 letters of checksum>`. The id finds the key
without a search, the checksum tells a typo from a stranger before anything is
looked up, and gives secret scanners a pattern without false hits. With over 190
random bits a plain SHA-256 at rest is enough; slow hashes are for passwords.
Adopted secrets are older keys of any other form, brought along from elsewhere.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass

from ninety.rules.errors import FieldRefused, KeyMistyped

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
ID_LENGTH = 10
SECRET_LENGTH = 32
CHECKSUM_LENGTH = 6
PATTERN = re.compile(r"n90_([a-z2-7]{10})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})")
OURS = re.compile(r"n90t?_")
ADOPTED = re.compile(r"[!-~]{16,512}")
# Compared with when there is nothing to compare with, so that a stranger learns
# nothing from how long the answer took.
NOBODY = "sha256:" + "0" * 64


@dataclass(frozen=True, slots=True)
class Presented:
    """A secret somebody sent: the id it names (None for an adopted form) and its digest."""

    key_id: str | None
    digest: str


def new_id() -> str:
    """A random id of a key or person: ten base32 letters, fifty bits."""
    return "".join(secrets.choice(BASE32) for _ in range(ID_LENGTH))


def new_secret(key_id: str) -> str:
    """A fresh secret for the key `key_id`, to be shown once."""
    body = f"n90_{key_id}_" + "".join(secrets.choice(BASE62) for _ in range(SECRET_LENGTH))
    return body + checksum(body)


def checksum(body: str) -> str:
    """CRC-32 (ISO-HDLC, as in zlib) of everything before it, as six base62 letters."""
    number = zlib.crc32(body.encode("ascii"))
    letters = ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, 62)
        letters = BASE62[digit] + letters
    return letters


def display_prefix(key_id: str) -> str:
    """What may be shown of a secret everywhere: `n90_k3v9w2xq7d`."""
    return f"n90_{key_id}"


def digest(secret: str) -> str:
    """What is kept of a secret of our own form."""
    return "sha256:" + hashlib.sha256(secret.encode("ascii")).hexdigest()


def adopted_digest(secret: str, pepper: bytes) -> str:
    """What is kept of an adopted secret, which may be weaker: HMAC-SHA-256 under `pepper`."""
    return "hmac:" + hmac.new(pepper, secret.encode("ascii"), hashlib.sha256).hexdigest()


def check_adopted(secret: str) -> str:
    """A secret from elsewhere as it is adopted: without spaces around it. Raises FieldRefused."""
    secret = secret.strip()
    if OURS.match(secret):
        raise FieldRefused(
            "secret",
            "This begins like a secret of this feed, which is found by the key it names; "
            "another key cannot have it. Make a new key instead",
        )
    if not ADOPTED.fullmatch(secret):
        raise FieldRefused(
            "secret",
            "A secret to adopt is one line of 16 to 512 printable ASCII characters without spaces",
        )
    return secret


def read(sent: str, pepper: bytes) -> Presented | None:
    """What `sent` claims to be; None where it cannot be a secret of any key here.

    Raises KeyMistyped for text of our own form that is cut or has a typo.
    """
    sent = sent.strip()
    if OURS.match(sent):
        fits = PATTERN.fullmatch(sent)
        if not fits or checksum(sent[:-CHECKSUM_LENGTH]) != fits[3]:
            raise KeyMistyped
        return Presented(fits[1], digest(sent))
    if ADOPTED.fullmatch(sent):
        return Presented(None, adopted_digest(sent, pepper))
    return None


def same(one: str, other: str) -> bool:
    """Whether two digests are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)
