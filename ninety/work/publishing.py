"""Pushing: from an upload, by a key or a person who signed in, to a version in the feed."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from ninety.rules import manifest
from ninety.rules.audit import Did
from ninety.rules.people import Person
from ninety.rules.records import VersionRecord
from ninety.rules.symbols import refuse_symbols
from ninety.store.incoming import uploading
from ninety.store.index import Index
from ninety.store.packages import Entered, Packages
from ninety.work.access import Access, Holder, key_of, person_of
from ninety.work.auditing import Trail
from ninety.work.multipart import package_bytes

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """Where a version comes from: `owner` gets its id if that is new.

    `pushed_by` is a person's id, empty where it was not pushed, and `pushed_with` a key's,
    empty where none was shown.
    """

    owner: str
    published: datetime
    pushed_by: str = ""
    pushed_with: str = ""


class Publishing:
    """How packages come into a feed."""

    def __init__(self, packages: Packages, index: Index, access: Access, trail: Trail) -> None:
        self._packages = packages
        self._index = index
        self._access = access
        self._trail = trail

    def receive(
        self, who: Holder | Person, body: Iterable[bytes], content_type: str, now: datetime
    ) -> VersionRecord:
        """Take one .nupkg from a request body into the feed.

        It is judged in this order: the body, the zip, the manifest, whether `who`
        may push the id, whether the version is there already. Raises
        BadPackage, UploadIncomplete, NotAllowed, VersionExists, VersionReserved,
        DiskFull and what `body` raises; then nothing of it is kept. Once the
        version is in its place nothing can fail any more.
        """
        person, key = person_of(who), key_of(who)
        origin = _Origin(
            owner=person.id,
            published=now,
            pushed_by=person.id,
            pushed_with=key.id if key else "",
        )
        record = self._admit(
            package_bytes(body, content_type),
            origin,
            now,
            judge=lambda package_id: self._judge_push(who, package_id, now),
            told=self._index.add,
        )
        how = f"with key {key.id}" if key else f"by person {person.id}"
        log.info("%s %s was pushed %s", record.id, record.version, how)
        self._trail.note(
            Did.VERSION_PUSHED,
            now,
            person=person,
            key=key,
            package=record.id,
            version=str(record.version),
        )
        return record

    def take_in(
        self, owner: Person, content: Iterable[bytes], published: datetime, now: datetime
    ) -> VersionRecord:
        """Take in one .nupkg that somebody with the machine in hand brings from elsewhere.

        It is judged like a push, but for rights: a new id becomes `owner`'s, a
        known one stays whose it is. The index is not told, so that whoever takes
        in many can tell it once an id. Raises BadPackage, VersionExists,
        VersionReserved, DiskFull and what `content` raises; then nothing is kept.
        """
        origin = _Origin(owner=owner.id, published=published)
        return self._admit(content, origin, now, judge=self._owners)

    def _admit(
        self,
        content: Iterable[bytes],
        origin: _Origin,
        now: datetime,
        judge: Callable[[str], tuple[str, ...] | None],
        told: Callable[[Entered], None] = lambda entered: None,
    ) -> VersionRecord:
        """The one way in. `judge` gives the owners of an id, None for a new one, or raises.

        `told` hears of the version once it is in.
        """
        with uploading(self._packages.incoming) as upload:
            upload.receive(content)
            found = manifest.read(upload.content, now)
            refuse_symbols(found)
            record = VersionRecord(
                manifest=found,
                size=upload.size,
                sha512=upload.sha512,
                published=origin.published,
                pushed_by=origin.pushed_by,
                pushed_with=origin.pushed_with,
            )
            owners = judge(record.id)
            self._packages.refuse_taken(record.id, record.version)
            self._packages.prepare(upload, record, found)
            if owners is None and not self._packages.claim(record.id, origin.owner, now):
                # Somebody else claimed the id a moment ago, so it is a known one by now.
                judge(record.id)
            self._packages.admit(upload, record, told)
        return record

    def _owners(self, package_id: str) -> tuple[str, ...] | None:
        package = self._packages.package(package_id)
        return package.owners if package else None

    def _judge_push(
        self, who: Holder | Person, package_id: str, now: datetime
    ) -> tuple[str, ...] | None:
        """The owners of the id if `who` may push to it, None for a new id; else NotAllowed.

        An id whose first push was cut off after the claim is still new to its owner.
        """
        owners = self._owners(package_id)
        new = owners is None or not self._packages.has_versions(package_id)
        self._access.allow(who, "push" if new else "push-version", package_id, owners, now)
        return owners
