"""Where each document of the feed is."""

from dataclasses import dataclass

from ninety.rules import identifiers
from ninety.rules.versions import Version

# The two hives of registrations: what clients since 4.3 can read, and what older
# ones can, which know no SemVer 2.
SEMVER2, SEMVER1 = "registration", "registration-semver1"


@dataclass(frozen=True, slots=True)
class Links:
    """The feed's addresses under `base` (no slash at its end), with registrations of one hive.

    `hive` is SEMVER2 or SEMVER1.
    """

    base: str
    hive: str = SEMVER2

    def registration(self, package_id: str) -> str:
        """All versions of an id, as metadata."""
        return f"{self._hive}/{identifiers.key(package_id)}/index.json"

    def page(self, package_id: str, lowest: str, highest: str) -> str:
        """The metadata of the versions between two, both included."""
        return f"{self._hive}/{identifiers.key(package_id)}/page/{lowest}/{highest}.json"

    def leaf(self, package_id: str, version: Version) -> str:
        """One version, as metadata."""
        return f"{self._hive}/{identifiers.key(package_id)}/{version.key}.json"

    def content(self, package_id: str, version: Version) -> str:
        """The bytes of a version."""
        key = identifiers.key(package_id)
        return f"{self.file(package_id, version)}/{key}.{version.key}.nupkg"

    def file(self, package_id: str, version: Version) -> str:
        """Below which the files of a version lie."""
        return f"{self.base}/v3/package/{identifiers.key(package_id)}/{version.key}"

    @property
    def _hive(self) -> str:
        return f"{self.base}/v3/{self.hive}"
