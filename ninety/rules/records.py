"""What the feed knows of a package beyond its bytes: `record.json` and `package.json`.

A version's record holds what its .nupkg cannot say (when it came, from whom,
whether it is listed) beside the manifest read from it; an id's record says
whose it is. Both are kept as JSON next to the bytes and are the truth.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ninety.rules import identifiers, instants
from ninety.rules.deprecation import Deprecation
from ninety.rules.manifest import Manifest
from ninety.rules.symbols import SymbolsRecord
from ninety.rules.versions import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """A version that was deleted: when, by which person, and why. Its number stays taken."""

    deleted_at: datetime
    deleted_by: str
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """As kept in `record.json`."""
        return {
            "deleted_at": instants.text(self.deleted_at),
            "deleted_by": self.deleted_by,
            "why": self.why,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Tombstone":
        """What `to_json` wrote."""
        return cls(**{**kept, "deleted_at": instants.parse(kept["deleted_at"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """One version as kept in `record.json`.

    `size` is in bytes, `sha512` the base64 digest of the .nupkg (the
    `contentHash` of NuGet lock files). `pushed_by` is a person's id,
    `pushed_with` a key's, empty where none was shown; both are so for what was imported.
    """

    manifest: Manifest
    size: int
    sha512: str
    published: datetime
    pushed_by: str = ""
    pushed_with: str = ""
    listed: bool = True
    deprecation: Deprecation | None = None
    tombstone: Tombstone | None = None
    symbols: SymbolsRecord | None = None

    @property
    def id(self) -> str:
        """The package id, with the case of this version's manifest."""
        return self.manifest.id

    @property
    def version(self) -> Version:
        """The version."""
        return self.manifest.version

    def to_json(self) -> dict[str, Any]:
        """As kept in `record.json`."""
        return {
            "size": self.size,
            "sha512": self.sha512,
            "published": instants.text(self.published),
            "pushed_by": self.pushed_by,
            "pushed_with": self.pushed_with,
            "listed": self.listed,
            "deprecation": self.deprecation and self.deprecation.to_json(),
            "tombstone": self.tombstone and self.tombstone.to_json(),
            "symbols": self.symbols and self.symbols.to_json(),
            "manifest": self.manifest.to_json(),
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "VersionRecord":
        """What `to_json` wrote."""
        deprecation, tombstone = kept["deprecation"], kept["tombstone"]
        symbols = kept.get("symbols")
        return cls(
            manifest=Manifest.from_json(kept["manifest"]),
            size=kept["size"],
            sha512=kept["sha512"],
            published=instants.parse(kept["published"]),
            pushed_by=kept["pushed_by"],
            pushed_with=kept["pushed_with"],
            listed=kept["listed"],
            deprecation=Deprecation.from_json(deprecation) if deprecation else None,
            tombstone=Tombstone.from_json(tombstone) if tombstone else None,
            symbols=SymbolsRecord.from_json(symbols) if symbols else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRecord:
    """An id as kept in `package.json`: `owners` are the ids of the people it belongs to."""

    id: str
    owners: tuple[str, ...]
    claimed_at: datetime

    @property
    def key(self) -> str:
        """The id's identity: lower case."""
        return identifiers.key(self.id)

    def to_json(self) -> dict[str, Any]:
        """As kept in `package.json`."""
        return {
            "id": self.id,
            "owners": list(self.owners),
            "claimed_at": instants.text(self.claimed_at),
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "PackageRecord":
        """What `to_json` wrote."""
        return cls(
            id=kept["id"],
            owners=tuple(kept["owners"]),
            claimed_at=instants.parse(kept["claimed_at"]),
        )
