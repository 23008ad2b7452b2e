"""From the text of a nuspec to a Manifest, every rule of its contents applied.

The rules are those of nuget.org, as far as they protect readers of the feed or
the clients that restore from it. Left out is what only a public gallery needs:
authors and description may be missing (a symbols package has none), and license
expressions need not name licences approved there. `<owners>` is not read at all:
owners are people of this feed.

Elements are matched by local name, because the six namespaces of the format
(and none) have been written on `<package>` as well as on `<metadata>`.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ninety.rules import markup, versions
from ninety.rules.errors import BadPackage
from ninety.rules.identifiers import check_id
from ninety.rules.identifiers import key as id_key
from ninety.rules.licenses import check_expression
from ninety.rules.markup import Element
from ninety.rules.metadata import (
    Dependency,
    DependencyGroup,
    Manifest,
    PackageType,
    RepositoryInfo,
)
from ninety.rules.quoting import quoted
from ninety.rules.ranges import parse_range
from ninety.rules.versions import Version

LONGEST_VERSION = 64
LONGEST = {"title": 256, "releaseNotes": 35_000, "license": 500}
"""Characters allowed in an element; 4,000 where it is not named here."""
LONGEST_OTHER = 4_000
LONGEST_NAME = 256
"""Characters in the name of a target framework or a package type."""

_BOOLEANS = {"": False, "false": False, "0": False, "true": True, "1": True}
_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+(%[\w.-]+)?")
_SPACE_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f]")
_TYPE_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){1,3}")


def parse(content: bytes) -> Manifest:
    """The manifest that the nuspec `content` describes, its files not yet looked for.

    Raises BadPackage with one sentence that names the offending value.
    """
    found = list(markup.parse(content).named("metadata"))
    if len(found) != 1:
        raise BadPackage(f"The nuspec has {len(found)} <metadata> elements; it needs one")
    metadata = _Metadata(found[0])
    kind, license_text = metadata.license()
    metadata.boolean("serviceable")  # has no use here, but clients read it
    return Manifest(
        id=check_id(metadata.text("id")),
        version=_version(metadata.text("version")),
        title=metadata.text("title"),
        authors=metadata.text("authors"),
        description=metadata.text("description"),
        summary=metadata.text("summary"),
        tags=tuple(dict.fromkeys(re.findall(r"[^\s,;]+", metadata.text("tags")))),
        release_notes=metadata.text("releaseNotes"),
        copyright=metadata.text("copyright"),
        language=metadata.text("language"),
        project_url=metadata.url("projectUrl"),
        license_url=metadata.url("licenseUrl"),
        icon_url=metadata.url("iconUrl"),
        license_expression=license_text if kind == "expression" else None,
        license_file=license_text if kind == "file" else None,
        icon_file=metadata.text("icon") or None,
        readme_file=metadata.text("readme") or None,
        min_client_version=_min_client_version(found[0]),
        require_license_acceptance=metadata.boolean("requireLicenseAcceptance"),
        development_dependency=metadata.boolean("developmentDependency"),
        dependency_groups=_dependency_groups(metadata.element("dependencies")),
        package_types=_package_types(metadata.element("packageTypes")),
        repository=_repository(metadata.element("repository")),
        nuspec=content,
    )


class _Metadata:
    """`<metadata>`, whose children may each stand there once.

    Readers differ in whether the first or the last of two counts.
    """

    def __init__(self, metadata: Element) -> None:
        self._elements: dict[str, Element] = {}
        for child in metadata.children:
            if child.name in self._elements:
                raise BadPackage(f"The nuspec has two elements {quoted(child.name)}")
            self._elements[child.name] = child

    def element(self, name: str) -> Element | None:
        return self._elements.get(name)

    def text(self, name: str) -> str:
        element = self._elements.get(name)
        text = "" if element is None else element.text
        longest = LONGEST.get(name, LONGEST_OTHER)
        if len(text) > longest:
            raise BadPackage(
                f"<{name}> {quoted(text)} has {len(text)} characters; {longest} are allowed"
            )
        return text

    def boolean(self, name: str) -> bool:
        text = self.text(name)
        if text.lower() not in _BOOLEANS:
            raise BadPackage(f"<{name}> is {quoted(text)}; it must be true or false")
        return _BOOLEANS[text.lower()]

    def url(self, name: str) -> str | None:
        """An absolute http or https URL, or None where there is none."""
        text = self.text(name)
        if text and not _is_web_address(text):
            raise BadPackage(f"<{name}> {quoted(text)} is not an absolute http or https URL")
        return text or None

    def license(self) -> tuple[str | None, str]:
        """Which kind of `<license>` there is (None, "expression", "file"), and its text."""
        element = self._elements.get("license")
        if element is None:
            return None, ""
        kind, text = element.attributes.get("type", ""), self.text("license")
        if kind == "expression":
            check_expression(text)
        elif kind != "file":
            raise BadPackage(f"The license type {quoted(kind)} is neither 'expression' nor 'file'")
        elif not text:
            raise BadPackage("<license> names no file")
        return kind, text


def _version(text: str) -> Version:
    if len(text) > LONGEST_VERSION:
        raise BadPackage(
            f"The version {quoted(text)} has {len(text)} characters; {LONGEST_VERSION} are allowed"
        )
    try:
        return versions.parse(text)
    except ValueError as wrong:
        raise BadPackage(f"The package version is wrong: {wrong}") from wrong


def _min_client_version(metadata: Element) -> str | None:
    text = metadata.attributes.get("minClientVersion", "").strip()
    if not text:
        return None
    try:
        return str(versions.parse(text))
    except ValueError as wrong:
        raise BadPackage(f"minClientVersion is wrong: {wrong}") from wrong


def _is_web_address(text: str) -> bool:
    if _SPACE_OR_CONTROL.search(text):
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port  # reading the port checks it
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and bool(_HOST.fullmatch(host or ""))


def _dependency_groups(dependencies: Element | None) -> tuple[DependencyGroup, ...]:
    """Flat dependencies are one group for any framework."""
    if dependencies is None:
        return ()
    groups = list(dependencies.named("group"))
    flat = list(dependencies.named("dependency"))
    if groups and flat:
        raise BadPackage("The nuspec has dependencies inside groups and outside of them")
    if flat:
        return (DependencyGroup(None, tuple(_dependencies(dependencies, "any framework"))),)
    return tuple(map(_dependency_group, groups))


def _dependency_group(group: Element) -> DependencyGroup:
    framework = _short(group.attributes.get("targetFramework", ""), "target framework") or None
    return DependencyGroup(framework, tuple(_dependencies(group, framework or "any framework")))


def _dependencies(parent: Element, framework: str) -> Iterator[Dependency]:
    seen: set[str] = set()
    for element in parent.named("dependency"):
        dependency = _dependency(element)
        if id_key(dependency.id) in seen:
            raise BadPackage(
                f"The dependency {quoted(dependency.id)} is named twice for {quoted(framework)}"
            )
        seen.add(id_key(dependency.id))
        yield dependency


def _dependency(element: Element) -> Dependency:
    written = element.attributes.get("id", "").strip()
    try:
        name = check_id(written)
        wanted = parse_range(element.attributes.get("version", ""))
    except (BadPackage, ValueError) as wrong:
        raise BadPackage(f"A dependency is wrong: {wrong}") from wrong
    for bound in wanted.bounds:
        if bound.metadata:
            raise BadPackage(
                f"The dependency {quoted(name)} names the version {quoted(bound.full)}; "
                "leave out what follows the +"
            )
    return Dependency(name, str(wanted))


def _package_types(package_types: Element | None) -> tuple[PackageType, ...]:
    if package_types is None:
        return ()
    return tuple(map(_package_type, package_types.named("packageType")))


def _package_type(element: Element) -> PackageType:
    name = _short(element.attributes.get("name", ""), "package type")
    if not name:
        raise BadPackage("A package type has no name")
    version = element.attributes.get("version", "").strip()
    if version and not _TYPE_VERSION.fullmatch(version):
        raise BadPackage(
            f"The package type {quoted(name)} has the version {quoted(version)}; "
            "it must be two to four numbers"
        )
    return PackageType(name, version or None)


def _repository(element: Element | None) -> RepositoryInfo | None:
    if element is None:
        return None
    names = ("type", "url", "branch", "commit")
    values = {name: element.attributes.get(name, "").strip() for name in names}
    for name, value in values.items():
        if len(value) > LONGEST_OTHER:
            raise BadPackage(
                f"The repository's {name} {quoted(value)} has {len(value)} characters; "
                f"{LONGEST_OTHER} are allowed"
            )
    return RepositoryInfo(**values) if any(values.values()) else None


def _short(text: str, what: str) -> str:
    name = text.strip()
    if len(name) > LONGEST_NAME:
        raise BadPackage(
            f"The {what} {quoted(name)} has {len(name)} characters; {LONGEST_NAME} are allowed"
        )
    return name
