"""Rotating a key: a successor with a secret of its own, and the time both secrets work.

The old secret goes on for `overlap` after the new one was first used, so that
every place that holds it can be given the new one; for a week at the most,
whatever overlap the policy allows, and never longer than it would have lived
anyway. Until the new secret is used the old one may rotate again, since the
answer may have been lost: the unused successor dies then. Once it was used,
rotating from the old secret is refused, for somebody may hold a copy of it;
nothing is killed by that.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ninety.rules import secrets
from ninety.rules.errors import FieldRefused, RotatedAlready
from ninety.rules.keys import ApiKey

OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)


def check_overlap(hours: object, most: int) -> timedelta:
    """An overlap in whole hours, 0 to `most`. Raises FieldRefused."""
    text = str(hours).strip()
    whole = text.isascii() and text.isdigit() and not isinstance(hours, bool)
    if not whole or len(text) > 4 or int(text) > most:
        raise FieldRefused("overlap_hours", f"Both secrets work for 0 to {most} hours")
    return timedelta(hours=int(text))


def rotated(
    family: dict[str, ApiKey],
    key_id: str,
    new_id: str,
    digest: str,
    lifetime: timedelta,
    overlap: timedelta,
    now: datetime,
) -> list[ApiKey]:
    """The keys that change when `key_id` is rotated into `new_id`, at `now` in whole seconds.

    `family` holds the key and what is next to it in its line, by id; `digest` is
    of the new secret. At most two secrets of a line live: what the key itself
    replaced stops at once. Raises RotatedAlready.
    """
    old = family[key_id]
    changed = []
    unused = family.get(old.successor)
    if unused is not None:
        if unused.first_used_at is not None:
            raise RotatedAlready(old.id, old.name)
        changed.append(replace(unused, revoked_at=unused.revoked_at or now))
    oldest = family.get(old.predecessor)
    if oldest is not None and oldest.alive(now):
        changed.append(replace(oldest, retires_at=now))
    latest = min(old.expires_at, now + LONGEST_OVERLAP)
    changed.append(replace(old, successor=new_id, overlap=overlap, retires_at=latest))
    changed.append(
        replace(
            old,
            id=new_id,
            prefix=secrets.display_prefix(new_id),
            digest=digest,
            made_at=now,
            issued_at=now,
            expires_at=now + lifetime,
            past=(),
            forms=(),
            successor="",
            retires_at=None,
            overlap=timedelta(),
            predecessor=old.id,
            first_used_at=None,
            spread_at=None,
        )
    )
    return changed


def successors(key: ApiKey, find: Callable[[str], ApiKey | None]) -> Iterator[ApiKey]:
    """What the key was rotated into, and that again, and so on; `find` gives a key by its id."""
    following = find(key.successor) if key.successor else None
    while following is not None:
        yield following
        following = find(following.successor) if following.successor else None


def first_used(family: dict[str, ApiKey], new_id: str, now: datetime) -> list[ApiKey]:
    """The keys that change when the successor `new_id` is used for the first time, at `now`."""
    new = family[new_id]
    if new.first_used_at is not None:
        return []
    changed = [replace(new, first_used_at=now)]
    old = family.get(new.predecessor)
    if old is not None and old.successor == new_id and old.retires_at is not None:
        changed.append(replace(old, retires_at=min(old.retires_at, now + old.overlap)))
    return changed
