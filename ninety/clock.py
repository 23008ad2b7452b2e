"""The only reader of the wall clock; everybody else is told what time it is."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)
