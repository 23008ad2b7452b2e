"""What counts as late, and who is told in all."""

from datetime import UTC, datetime, timedelta

from ninety.rules import leaving
from ninety.rules.uses import Use

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def use(age: timedelta) -> Use:
    return Use(NOON - age, "10.0.3.7", "dotnet/10", "")


def test_thirty_days_ago_is_not_lately_any_more():
    just = use(timedelta(days=30) - timedelta(seconds=1))
    assert leaving.lately([use(timedelta()), just, use(timedelta(days=30))], NOON) == (
        use(timedelta()),
        just,
    )
