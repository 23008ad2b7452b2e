"""What the page of a package shows beside what its record holds already."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ninety.rules import deprecation, identifiers, readmes
from ninety.rules.metadata import DEFAULT_PACKAGE_TYPE, DependencyGroup
from ninety.rules.ranges import parse_range
from ninety.rules.readmes import Readme
from ninety.rules.records import VersionRecord
from ninety.store.index_reading import IndexReading
from ninety.web.context import world

LONGEST_TEXT = 2000
"""Characters of a description or of release notes; pages stay small whatever is pushed."""
LONGEST_LEAD = 240
MOST_NEEDED = 60
"""Dependencies that are listed; the nuspec has the rest."""

_SENTENCE = re.compile(r"(?<=[.!?])\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A deprecation in words: what to use `instead`, if anything, and whether it `is_here`.

    `versions` says which versions of it, empty where any will do.
    """

    reasons: list[str]
    message: str
    instead: str
    versions: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A way to install a version: its name on the tab, and the line to type."""

    id: str
    name: str
    line: str


@dataclass(frozen=True, slots=True)
class Row:
    """A version in a list, and the address of whoever pushed it; empty where nobody is known."""

    record: VersionRecord
    pushed_by: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What a version depends on, by framework; how many are `left_out`; which are `here`."""

    groups: tuple[DependencyGroup, ...]
    left_out: int
    here: set[str]

    def is_here(self, package_id: str) -> bool:
        """Whether the feed has the package."""
        return identifiers.key(package_id) in self.here


def lead(record: VersionRecord) -> str:
    """The one sentence that says what the package is: the first of its summary or description."""
    text = (record.manifest.summary or record.manifest.description).strip()
    first = _SENTENCE.split(text.partition("\n")[0].strip(), maxsplit=1)[0]
    return shortened(first, LONGEST_LEAD)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of what somebody wrote as plain text, not too many."""
    lines = shortened(text.strip(), LONGEST_TEXT).split("\n")
    return [line.strip() for line in lines if line.strip()]


def shortened(text: str, longest: int) -> str:
    """`text`, or its beginning up to a word."""
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(maxsplit=1)[0] + " …"


def ways(record: VersionRecord, source: str) -> list[Way]:
    """The lines that install a version, the likeliest first. `source` is the feed for nuget.exe."""
    id, version = record.id, str(record.version)
    kinds = {kind.name.lower() for kind in record.manifest.package_types}
    if "dotnettool" in kinds:
        return [
            Way("global", "Global tool", f"dotnet tool install --global {id} --version {version}"),
            Way("local", "Local tool", f"dotnet tool install {id} --version {version}"),
        ]
    if "template" in kinds and DEFAULT_PACKAGE_TYPE.lower() not in kinds:
        return [Way("new", "dotnet", f"dotnet new install {id}@{version}")]
    return [
        Way("dotnet", "dotnet", f"dotnet add package {id} --version {version}"),
        Way("project", "Project file", f'<PackageReference Include="{id}" Version="{version}" />'),
        Way("nuget", "nuget.exe", f"nuget install {id} -Version {version} -Source {source}"),
        Way("console", "Visual Studio", f"Install-Package {id} -Version {version}"),
    ]


def readme(record: VersionRecord) -> Readme | None:
    """The readme of a version as safe HTML, None where it has none."""
    if record.manifest.readme_file is None:
        return None
    try:
        content = world().packages.file(record.id, record.version, "readme").read_bytes()
    except FileNotFoundError:
        return None
    return readmes.shown(content.decode("utf-8-sig", errors="replace"))


def needs(record: VersionRecord, index: IndexReading) -> Needs:
    """What a version depends on, as far as it is listed."""
    groups, left = [], MOST_NEEDED
    for group in record.manifest.dependency_groups[:MOST_NEEDED]:
        groups.append(DependencyGroup(group.target_framework, group.dependencies[:left]))
        left -= len(groups[-1].dependencies)
    listed = [one for group in groups for one in group.dependencies]
    total = sum(len(group.dependencies) for group in record.manifest.dependency_groups)
    here = index.here(identifiers.key(one.id) for one in listed)
    return Needs(tuple(groups), total - len(listed), here)


def rows(records: Iterable[VersionRecord]) -> list[Row]:
    """The versions of a list with who pushed each."""
    addresses: dict[str, str] = {}
    found = []
    for record in records:
        person = record.pushed_by
        if person not in addresses:
            addresses[person] = next(iter(people([person])), "")
        found.append(Row(record, addresses[person]))
    return found


def people(ids: Iterable[str]) -> list[str]:
    """The e-mail addresses of those people who still have an account."""
    found = (world().people.get(one) for one in ids if one)
    return [person.said for person in found if person]


def advice(record: VersionRecord, index: IndexReading) -> Advice | None:
    """What is said against the version, None where nothing is."""
    said = record.deprecation
    if said is None:
        return None
    instead, wanted = said.alternative_id, said.alternative_range
    return Advice(
        reasons=[deprecation.REASONS[reason] for reason in said.reasons],
        message=said.message,
        instead=instead,
        versions=parse_range(wanted).in_words if wanted != deprecation.ANY_VERSION else "",
        is_here=bool(index.here([identifiers.key(instead)])),
    )
