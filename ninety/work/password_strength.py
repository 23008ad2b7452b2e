"""Passwords that are easily guessed, refused with the reason in words.

How many guesses a password stands is estimated by zxcvbn (Wheeler, "zxcvbn:
Low-Budget Password Strength Estimation", USENIX Security 2016).
"""

import re
from collections.abc import Iterable

from ninety.rules.errors import FieldRefused

LEAST_GUESSES = 8
"""Powers of ten: out of reach for whoever has to ask this feed, and slow with a stolen hash."""

JUDGED = 40
"""Characters that are looked at. The effort grows faster than the length, to seconds for a
hundred; a beginning that is hard to guess is enough."""

ADVICE = "add another word or two"
USUAL = "This is easy to guess."


def refuse_weak(password: str, known: Iterable[str]) -> None:
    """Raises FieldRefused where too few guesses find `password`.

    `known` is what people know of its owner: an address and a name are worth
    nothing in a password.
    """
    from zxcvbn_rs_py import zxcvbn  # rarely needed, and its dictionaries are large

    about = ["ninety", "nuget"]
    for text in known:
        about += [text, *re.split(r"[\W_]+", text)]
    strength = zxcvbn(password[:JUDGED], [text for text in about if text])
    if strength.guesses_log10 < LEAST_GUESSES:
        warning = strength.feedback.warning if strength.feedback else None
        why = str(warning or USUAL).removesuffix(".")
        raise FieldRefused("password", f"{why}; {ADVICE}")
