"""Who may change an id: its owners, admins, and anybody while it is nobody's."""

from datetime import UTC, datetime

import pytest

from ninety.rules import rights
from ninety.rules.errors import NotOwner
from ninety.rules.people import Person

BEFORE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("who", "admin", "owners", "may"),
    [
        ("bob", False, None, True),
        ("bob", False, ("bob",), True),
        ("bob", False, ("alice", "bob"), True),
        ("bob", False, ("alice",), False),
        ("bob", False, ("bobby",), False),
        ("bob", False, (), False),
        ("root", True, ("alice",), True),
        ("root", True, (), True),
    ],
)
def test_who_may_change_an_id(
    who: str, admin: bool, owners: tuple[str, ...] | None, may: bool
) -> None:
    person = Person(
        id=who, email=f"{who}@example.org", password_hash="", made_at=BEFORE, admin=admin
    )
    assert rights.may_change(person, owners) == may
    if may:
        rights.check(person, "Acme.Core", owners)
    else:
        with pytest.raises(NotOwner, match=r"Acme\.Core belongs to others here"):
            rights.check(person, "Acme.Core", owners)
