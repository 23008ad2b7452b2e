"""When a key's owner should be told, and when the reminder is due."""

from datetime import datetime, timedelta

from ninety.rules.keys import ApiKey

LEAST_WINDOW = timedelta(days=1)
# A key this short is made for today's work; a mail would come as it ends or after.
LEAST_LIFETIME_FOR_MAIL = timedelta(hours=48)


def window(lifetime: timedelta, warn: timedelta) -> timedelta:
    """How long before the end of a key that lives `lifetime` its owner is told.

    `warn`, or a third of the lifetime where that is shorter, but at least a day;
    for keys under 48 hours simply their last third.
    """
    third = lifetime / 3
    if lifetime < LEAST_LIFETIME_FOR_MAIL:
        return third
    return max(min(warn, third), LEAST_WINDOW)


def in_window(key: ApiKey, now: datetime, warn: timedelta) -> bool:
    """Whether the owner should be told, at `now`, that the key is about to end.

    An expired key is past its window.
    """
    return key.expires_at - window(key.lifetime, warn) <= now < key.expires_at


def reminder_due(key: ApiKey, warn: timedelta) -> datetime | None:
    """When the one mail about the key's end goes out; None for keys too short to get one."""
    if key.lifetime < LEAST_LIFETIME_FOR_MAIL:
        return None
    return key.expires_at - window(key.lifetime, warn)
