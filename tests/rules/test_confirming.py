"""When ending a secret wants the key's name: only where something used it lately."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ninety.rules import confirming
from ninety.rules.errors import FieldRefused
from ninety.rules.keys import ApiKey
from ninety.rules.uses import Use

NOW = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = ApiKey(
    id="aaaaaaaaaa",
    owner="p",
    name="Jürgens ci",
    prefix="n90_aaaaaaaaaa",
    digest="",
    made_at=NOW - 80 * DAY,
    issued_at=NOW - 3 * DAY,
    expires_at=NOW + 87 * DAY,
)


def used(ago: timedelta) -> tuple[Use, ...]:
    return (Use(NOW - ago, "10.0.3.7", "dotnet/10", "Acme.Core 1.0.0"),)


@pytest.mark.parametrize(
    ("key", "uses", "wanted"),
    [
        (KEY, used(2 * DAY), True),
        (KEY, used(3 * DAY), True),
        (KEY, used(4 * DAY), False),  # by the secret before
        (KEY, (), False),
        (replace(KEY, issued_at=NOW - 20 * DAY), used(7 * DAY), True),
        (replace(KEY, issued_at=NOW - 20 * DAY), used(7 * DAY + timedelta(seconds=1)), False),
        (replace(KEY, revoked_at=NOW), used(DAY), False),
        (replace(KEY, expires_at=NOW), used(DAY), False),
    ],
)
def test_the_name_is_wanted_where_something_would_break(key, uses, wanted):
    if not wanted:
        confirming.check(key, uses, "", "confirm", NOW)
        return
    for typed in ("", "jurgens ci", "ci"):
        with pytest.raises(FieldRefused) as refused:
            confirming.check(key, uses, typed, "confirm", NOW)
        assert refused.value.field == "confirm"
    for typed in ("Jürgens ci", " JÜRGENS CI "):
        confirming.check(key, uses, typed, "confirm", NOW)
