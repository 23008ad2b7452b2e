"""A feed without its web: packages, index and publishing over a folder, and people with keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ninety.rules import scopes
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.rules.policy import USUAL
from ninety.rules.records import VersionRecord
from ninety.store.accounts import Accounts
from ninety.store.audit import AuditFile
from ninety.store.index import Index
from ninety.store.keyring import Keyring
from ninety.store.packages import Packages
from ninety.work.access import Access, Holder
from ninety.work.auditing import Trail
from ninety.work.publishing import Publishing
from ninety.work.stewardship import Stewardship
from ninety.work.symbols import Symbols
from parts.packages import make_nupkg

NOW = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)


def holder(name: str, *, admin: bool = False) -> Holder:
    """A person called `name` with a living key of theirs."""
    person = Person(
        id=name, email=f"{name}@example.org", password_hash="", made_at=NOW, admin=admin
    )
    key = ApiKey(
        id=f"{name}key",
        owner=name,
        name="ci",
        prefix=f"n90_{name}key",
        digest="",
        made_at=NOW,
        issued_at=NOW,
        actions=scopes.ACTIONS,
        expires_at=NOW + timedelta(days=90),
    )
    return Holder(key, person)


ALICE, BOB, OUTSIDER = holder("alice"), holder("bob"), holder("mallory")
ADMIN = holder("root", admin=True)


class Feed:
    """A feed over `data`; its index is there from the start."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.packages = Packages(data)
        self.index = Index(data, self.packages)
        self.accounts = Accounts(data)
        self.trail = Trail(AuditFile(data))
        access = Access(Keyring(data), self.accounts, b"pepper", lambda: USUAL, self.trail)
        self.publishing = Publishing(self.packages, self.index, access, self.trail)
        self.symbols = Symbols(self.packages, self.index, access, self.trail)
        self.stewardship = Stewardship(self.packages, self.index, access, self.accounts, self.trail)
        self.index.catch_up()

    def push(
        self,
        id: str = "Acme.Core",
        version: str = "1.0.0",
        *,
        by: Holder = ALICE,
        now: datetime = NOW,
        **more: object,
    ) -> VersionRecord:
        """Push a small package made by `make_nupkg`."""
        return self.publishing.receive(by, [make_nupkg(id, version, **more)], "", now)

    def left_over(self) -> list[str]:
        """What is in the folder of uploads in flight."""
        return [path.name for path in self.packages.incoming.iterdir()]

    def close(self) -> None:
        """Let the index go."""
        self.index.close()


@contextmanager
def opened(data: Path) -> Iterator[Feed]:
    """A feed over `data` for the block."""
    feed = Feed(data)
    try:
        yield feed
    finally:
        feed.close()
