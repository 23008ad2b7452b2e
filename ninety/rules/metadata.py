"""What a package says about itself, as records, and as the JSON kept beside it."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from ninety.rules import versions
from ninety.rules.ranges import parse_range
from ninety.rules.versions import Version

DEFAULT_PACKAGE_TYPE = "Dependency"
"""What a package is whose nuspec names no type."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """Another package and the versions of it that will do, in normal form: `[1.0.0, )`."""

    id: str
    range: str


@dataclass(frozen=True, slots=True)
class DependencyGroup:
    """What is needed on one target framework, or (None) on any.

    A group without dependencies has a meaning: the framework is supported and
    nothing is needed on it.
    """

    target_framework: str | None
    dependencies: tuple[Dependency, ...]


@dataclass(frozen=True, slots=True)
class PackageType:
    """What kind of package it is (`DotnetTool`); the version is of the kind, not the package."""

    name: str
    version: str | None


@dataclass(frozen=True, slots=True)
class RepositoryInfo:
    """Where the source is. Nothing here was checked, the URL neither: it may be any text."""

    type: str
    url: str
    branch: str
    commit: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The checked contents of a nuspec, and the files of the package it names.

    Texts that are not given are empty; URLs are absolute http or https, or None.
    The `*_file` are the names of entries in the package; `nuspec`, `icon`,
    `readme` and `license` are the bytes themselves, which JSON does not keep.
    """

    id: str
    version: Version
    title: str = ""
    authors: str = ""
    description: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    release_notes: str = ""
    copyright: str = ""
    language: str = ""
    project_url: str | None = None
    license_url: str | None = None
    icon_url: str | None = None
    license_expression: str | None = None
    license_file: str | None = None
    icon_file: str | None = None
    readme_file: str | None = None
    min_client_version: str | None = None
    require_license_acceptance: bool = False
    development_dependency: bool = False
    dependency_groups: tuple[DependencyGroup, ...] = ()
    package_types: tuple[PackageType, ...] = ()
    repository: RepositoryInfo | None = None
    nuspec: bytes = b""
    icon: bytes | None = None
    readme: bytes | None = None
    license: bytes | None = None

    @property
    def is_semver2(self) -> bool:
        """Whether only clients that know SemVer 2 may see it: by its version or a dependency's."""
        return self.version.is_semver2 or any(
            parse_range(dependency.range).is_semver2
            for group in self.dependency_groups
            for dependency in group.dependencies
        )

    def to_json(self) -> dict[str, Any]:
        """JSON values for every field but the bytes; the version with its metadata."""
        return {
            **{name: _json(getattr(self, name)) for name in _KEPT},
            "version": self.version.full,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Manifest":
        """The manifest that `to_json` wrote, without the bytes.

        Fields that a newer Ninety added are taken at their defaults; KeyError,
        TypeError or ValueError where the document is something else altogether.
        """
        kept: dict[str, Any] = {name: document[name] for name in _KEPT if name in document}
        repository = kept.get("repository")
        return cls(
            **{
                **kept,
                "version": versions.parse(document["version"]),
                "tags": tuple(kept.get("tags", ())),
                "dependency_groups": tuple(
                    DependencyGroup(
                        group["target_framework"],
                        tuple(Dependency(**dependency) for dependency in group["dependencies"]),
                    )
                    for group in kept.get("dependency_groups", ())
                ),
                "package_types": tuple(
                    PackageType(**kind) for kind in kept.get("package_types", ())
                ),
                "repository": None if repository is None else RepositoryInfo(**repository),
            }
        )


_KEPT = tuple(
    field.name
    for field in fields(Manifest)
    if field.name not in ("nuspec", "icon", "readme", "license")
)


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json(part) for part in value]
    if isinstance(value, (DependencyGroup, Dependency, PackageType, RepositoryInfo)):
        return {name: _json(part) for name, part in asdict(value).items()}
    return value
