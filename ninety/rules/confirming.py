"""When ending a secret wants the key's name typed: where something used it lately.

What nobody uses can be ended with one click; what would break a build is
confirmed by whoever reads its name first.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ninety.rules import keys
from ninety.rules.errors import FieldRefused
from ninety.rules.keys import ApiKey
from ninety.rules.uses import Use

LATELY = timedelta(days=7)


def used_lately(key: ApiKey, uses: Iterable[Use], now: datetime) -> tuple[Use, ...]:
    """Which of the key's `uses` would break if its present secret stopped at `now`.

    Those of the last seven days; uses of earlier secrets broke when these did,
    and with a dead key nothing works any more.
    """
    if not key.alive(now):
        return ()
    since = max(key.issued_at, now - LATELY)
    return tuple(use for use in uses if use.at >= since)


def check(key: ApiKey, uses: Iterable[Use], typed: str, field: str, now: datetime) -> None:
    """Raise FieldRefused for `field` where the name is wanted and something else was `typed`."""
    if used_lately(key, uses, now) and keys.name_identity(typed.strip()) != keys.name_identity(
        key.name
    ):
        raise FieldRefused(
            field, f"Type the name of the key, {key.name}: something used it in the last 7 days"
        )
