"""Who may change what is in the feed: one rule for pages, keys and whatever comes.

A key acts for its person and can only do less; what it takes away is judged
where keys are (`work/access.py`), after this.
"""

from collections.abc import Collection

from ninety.rules.errors import NotOwner
from ninety.rules.people import Person


def may_change(person: Person, owners: Collection[str] | None) -> bool:
    """Whether `person` may push to, list, deprecate or share an id.

    `owners` are the ids of the people it belongs to, None for one that nobody
    has pushed yet, which is anybody's to take. Admins may change every id.
    """
    return owners is None or person.id in owners or person.admin


def check(person: Person, package_id: str, owners: Collection[str] | None) -> None:
    """Raise NotOwner where `person` may not change `package_id`."""
    if not may_change(person, owners):
        raise NotOwner(package_id)
