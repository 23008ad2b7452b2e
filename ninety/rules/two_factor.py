"""The second factor at sign-in: codes of an authenticator app, and recovery codes.

The app and the feed share a secret; the code is made of it and of the present step
of 30 seconds (RFC 6238, on RFC 4226). A recovery code stands in for the app once.
"""

import base64
import hashlib
import hmac
import re
import secrets as random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from ninety.rules.errors import FieldRefused

STEP = 30
"""Seconds that one code counts (RFC 6238 section 4.1); every app takes this for granted."""

DIGITS = 6

SLACK = 1
"""Steps that the clock of a phone may be off, either way (RFC 6238 section 5.2)."""

SECRET_BYTES = 20
"""As long as the hash, which RFC 4226 section 4 recommends."""

RECOVERY_CODES = 10

PASSWORD_COUNTS = timedelta(minutes=5)
"""How long a password that was given waits for the code."""

# No letter is like another: neither 0, 1, 8 nor 9 is in it (RFC 4648 section 6).
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_RECOVERY_LETTERS = 12

WRONG = "This code is not right"
USED = "This code was used already; wait for the next one in the app"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoFactor:
    """The second factor of one person, on since `since`.

    `secret` is shared with their app, in base32. `last_step` is the step of the last
    code that was taken: none of it or of one before is taken again. `recovery` are the
    digests of the recovery codes that are left.
    """

    secret: str = field(repr=False)
    since: datetime
    last_step: int = 0
    recovery: tuple[str, ...] = field(default=(), repr=False)


def new_secret() -> str:
    """A fresh secret in base32, as apps want it: 160 random bits, without padding."""
    return base64.b32encode(random.token_bytes(SECRET_BYTES)).decode("ascii")


def check_secret(secret: str) -> str:
    """A secret that `new_secret` made and a form carried. Raises FieldRefused for `code`."""
    if not re.fullmatch(r"[A-Z2-7]{32}", secret):
        raise FieldRefused("code", "The secret was not sent whole; open this page once more")
    return secret


def in_fours(secret: str) -> str:
    """A secret as people type it into an app."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def link(secret: str, account: str, issuer: str) -> str:
    """The link by which apps take a secret up, as `otpauth://totp/…` (Key URI Format)."""
    name = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    return f"otpauth://totp/{name}?secret={secret}&issuer={quote(issuer, safe='')}"


def code(secret: str, step: int, digits: int = DIGITS) -> str:
    """The code of one step: HOTP with SHA-1 (RFC 4226 section 5.3)."""
    mac = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def step_at(now: datetime) -> int:
    """The step that `now` is in (RFC 6238 section 4.2)."""
    return int(now.timestamp()) // STEP


def new_recovery_codes() -> tuple[str, ...]:
    """Ten fresh recovery codes of 60 random bits each, to be shown once: `ab3c-d5ef-gh2i`."""
    return tuple(_recovery_code() for _ in range(RECOVERY_CODES))


def _recovery_code() -> str:
    letters = "".join(random.choice(_LETTERS) for _ in range(_RECOVERY_LETTERS))
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def recovery_digest(typed: str) -> str:
    """What is kept of a recovery code, however its letters were typed.

    A plain hash is enough: 60 random bits cannot be tried one after another.
    """
    plain = re.sub(r"[\s-]", "", typed).lower()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def switched_on(secret: str, typed: str, codes: tuple[str, ...], now: datetime) -> TwoFactor:
    """The second factor with `secret`, where `typed` shows that an app has it.

    Raises FieldRefused for `code`.
    """
    fresh = TwoFactor(
        secret=check_secret(secret),
        since=now,
        recovery=tuple(recovery_digest(code) for code in codes),
    )
    return app_code_taken(fresh, typed, now)


def app_code_taken(kept: TwoFactor, typed: str, now: datetime) -> TwoFactor:
    """`kept` after the code `typed` of the app, which counts once. Raises FieldRefused for `code`.

    Every step is compared, and in constant time, so that a wrong code tells nothing.
    """
    plain = re.sub(r"\s", "", typed).encode("utf-8", "surrogatepass")
    present = step_at(now)
    fits = [
        step
        for step in range(max(0, present - SLACK), present + SLACK + 1)
        if hmac.compare_digest(code(kept.secret, step).encode(), plain)
    ]
    if not fits:
        raise FieldRefused("code", WRONG)
    if fits[-1] <= kept.last_step:
        raise FieldRefused("code", USED)
    return replace(kept, last_step=fits[-1])


def is_recovery_code(typed: str) -> bool:
    """Whether somebody typed a recovery code rather than one of the app."""
    return len(re.sub(r"[\s-]", "", typed)) > DIGITS


def taken(kept: TwoFactor, typed: str, now: datetime) -> TwoFactor:
    """`kept` after a code of either kind, which counts once. Raises FieldRefused for `code`."""
    if not is_recovery_code(typed):
        return app_code_taken(kept, typed, now)
    used = recovery_digest(typed)
    left = tuple(one for one in kept.recovery if one != used)
    if len(left) == len(kept.recovery):
        raise FieldRefused("code", WRONG)
    return replace(kept, recovery=left)
