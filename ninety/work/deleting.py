"""Deleting a version for good, which only an admin does, and only from the machine."""

import logging
from datetime import datetime

from ninety.rules import versions
from ninety.rules.audit import Did
from ninety.rules.errors import FieldRefused, NotAllowed, NotFound
from ninety.rules.people import Person
from ninety.rules.records import Tombstone, VersionRecord
from ninety.store.index import Index
from ninety.store.packages import Packages
from ninety.work.auditing import Trail

LONGEST_REASON = 1000
"""Characters of a reason."""

log = logging.getLogger(__name__)


class Deleting:
    """Takes versions away; their numbers stay taken, so that lock files stay true."""

    def __init__(self, packages: Packages, index: Index, trail: Trail) -> None:
        self._packages = packages
        self._index = index
        self._trail = trail

    def delete(
        self, who: Person, package_id: str, version: str, why: str, now: datetime
    ) -> VersionRecord:
        """Delete the bytes of a version, and keep who did it, when and why.

        Id and version may be written in any form. A deletion that was cut off is
        finished by doing it again. Raises NotAllowed, FieldRefused, NotFound,
        RecordDamaged, DiskFull.
        """
        if not who.admin or who.disabled_at is not None:
            raise NotAllowed(f"Only an admin may delete a version, and {who.email} is none")
        why = " ".join(why.split())
        if not why or len(why) > LONGEST_REASON:
            raise FieldRefused(
                "why", f"Say why in 1 to {LONGEST_REASON} characters; it is kept with the version"
            )
        try:
            wanted = versions.parse(version)
        except ValueError:
            raise NotFound("package version") from None
        tombstone = Tombstone(deleted_at=now, deleted_by=who.id, why=why)
        try:
            record = self._packages.bury(package_id, wanted, tombstone)
        finally:
            self._index.refresh(package_id)
        log.info("%s %s was deleted by %s: %s", record.id, record.version, who.id, why)
        self._trail.note(
            Did.VERSION_DELETED,
            now,
            person=who,
            package=record.id,
            version=str(record.version),
            about=why,
        )
        return record
