"""Pushing, unlisting and relisting: from an upload and a key to a version in the feed."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ninety.rules import identifiers, manifest, versions
from ninety.rules.errors import NotFound
from ninety.rules.manifest import Manifest
from ninety.rules.records import VersionRecord
from ninety.rules.versions import Version
from ninety.store.incoming import Upload, uploading
from ninety.store.index import Index
from ninety.store.packages import Packages
from ninety.work.access import Access, Holder
from ninety.work.multipart import package_bytes

log = logging.getLogger(__name__)


class Publishing:
    """What the holder of a key may do to the packages of a feed."""

    def __init__(self, packages: Packages, index: Index, access: Access) -> None:
        self._packages = packages
        self._index = index
        self._access = access

    def receive(
        self, holder: Holder, body: Iterable[bytes], content_type: str, now: datetime
    ) -> VersionRecord:
        """Take one .nupkg from a request body into the feed.

        It is judged in this order: the body, the zip, the manifest, whether the
        holder may push the id, whether the version is there already. Raises
        BadPackage, UploadIncomplete, NotAllowed, VersionExists, VersionReserved,
        DiskFull and what `body` raises; then nothing of it is kept. Once the
        version is in its place nothing can fail any more.
        """
        with uploading(self._packages.incoming) as upload:
            upload.receive(package_bytes(body, content_type))
            with upload.path.open("rb") as stream:
                found = manifest.read(stream, now)
            record = VersionRecord(
                manifest=found,
                size=upload.size,
                sha512=upload.sha512,
                published=now,
                pushed_by=holder.person.id,
                pushed_with=holder.key.id,
            )
            self._admit(holder, upload, record, found, now)
        log.info("%s %s was pushed with key %s", record.id, record.version, holder.key.id)
        self._index.refresh(record.id)
        return record

    def unlist(self, holder: Holder, package_id: str, version: str, now: datetime) -> VersionRecord:
        """Hide a version from searches; restores still find it. Once is as good as twice.

        `version` may be written in any form. Raises NotFound and NotAllowed.
        """
        return self._list(holder, package_id, version, listed=False)

    def relist(self, holder: Holder, package_id: str, version: str, now: datetime) -> VersionRecord:
        """Show an unlisted version in searches again. Raises NotFound and NotAllowed."""
        return self._list(holder, package_id, version, listed=True)

    def _admit(
        self, holder: Holder, upload: Upload, record: VersionRecord, found: Manifest, now: datetime
    ) -> None:
        owners = self._judge_push(holder, record.id)
        self._packages.refuse_taken(record.id, record.version)
        self._packages.prepare(upload, record, found)
        if owners is None and not self._packages.claim(record.id, holder.person.id, now):
            # Somebody else claimed the id a moment ago, so it is a known one by now.
            self._judge_push(holder, record.id)
        self._packages.admit(upload, record)

    def _judge_push(self, holder: Holder, package_id: str) -> tuple[str, ...] | None:
        """The owners of the id if `holder` may push to it, None for a new id; else NotAllowed.

        An id whose first push was cut off after the claim is still new to its owner.
        """
        package = self._packages.package(package_id)
        owners = package.owners if package else None
        new = owners is None or not self._packages.has_versions(package_id)
        self._access.allow(holder, "push" if new else "push-version", package_id, owners)
        return owners

    def _list(
        self, holder: Holder, package_id: str, version: str, *, listed: bool
    ) -> VersionRecord:
        package = self._packages.package(package_id)
        if package is None:
            raise NotFound("package version")
        self._access.allow(holder, "unlist", package.id, package.owners)
        record = self._packages.change_version(
            package_id, _version(version), lambda one: replace(one, listed=listed)
        )
        self._index.refresh(identifiers.key(package_id))
        return record


def _version(text: str) -> Version:
    try:
        return versions.parse(text)
    except ValueError:
        raise NotFound("package version") from None
