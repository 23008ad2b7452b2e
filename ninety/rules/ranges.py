"""Ranges of versions, as dependencies name them: `[1.0, 2.0)`.

The grammar is that of the client's NuGet.Versioning library without floating
ranges (`1.*`), which no published dependency may use.
"""

from dataclasses import dataclass

from ninety.rules.quoting import quoted
from ninety.rules.versions import Version, parse


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The versions between two bounds; None leaves that side open.

    `str()` is the normal form: `[1.0.0, )`, `(, 2.0.0]`, `(, )`.
    """

    lowest: Version | None = None
    highest: Version | None = None
    includes_lowest: bool = False
    includes_highest: bool = False

    def __str__(self) -> str:
        opening = "[" if self.includes_lowest else "("
        closing = "]" if self.includes_highest else ")"
        lowest = "" if self.lowest is None else str(self.lowest)
        highest = "" if self.highest is None else str(self.highest)
        return f"{opening}{lowest}, {highest}{closing}"

    @property
    def in_words(self) -> str:
        """For readers: `any version`, `1.0.0 or higher`, `1.0.0` alone, or else the normal form."""
        if not self.bounds:
            return "any version"
        if self.includes_lowest and self.highest is None:
            return f"{self.lowest} or higher"
        return str(self.lowest) if self.lowest and self.lowest == self.highest else str(self)

    @property
    def bounds(self) -> tuple[Version, ...]:
        """The versions the range names: none, one or two."""
        return tuple(bound for bound in (self.lowest, self.highest) if bound is not None)

    @property
    def is_semver2(self) -> bool:
        """Whether a bound is a version that clients older than 4.3 cannot read."""
        return any(bound.is_semver2 for bound in self.bounds)


EVERY_VERSION = VersionRange()


def parse_range(text: str) -> VersionRange:
    """The range written in `text`; ValueError, naming it, where there is none.

    `1.0` is that version or higher, `[1.0]` that version alone, empty text any
    version. A lowest bound above the highest, or equal bounds of which only one
    is included, are no range. `(,)` is none either, though `(, )` is: so the
    client has it, and what it cannot read must not be published here.
    """
    written = text.strip()
    if not written:
        return EVERY_VERSION
    if "*" in written:
        raise ValueError(f"{quoted(text)} is a floating range; name a lowest version instead")
    if written[0] not in "[(":
        return VersionRange(lowest=_bound(written, text), includes_lowest=True)
    if written[-1] not in "])":
        raise ValueError(f"{quoted(text)} is not a version range")
    includes_lowest, includes_highest = written[0] == "[", written[-1] == "]"
    bounds = written[1:-1].split(",")
    exact = len(bounds) == 1
    if len(bounds) > 2 or not any(bounds) or (exact and not (includes_lowest and includes_highest)):
        raise ValueError(f"{quoted(text)} is not a version range")
    lowest, highest = _bound(bounds[0], text), _bound(bounds[-1], text)
    if lowest is not None and highest is not None:
        if lowest > highest:
            raise ValueError(f"{quoted(text)} has its lowest version above its highest")
        if lowest == highest and includes_lowest != includes_highest:
            raise ValueError(f"{quoted(text)} both includes and excludes one version")
    return VersionRange(
        lowest,
        highest,
        includes_lowest and lowest is not None,
        includes_highest and highest is not None,
    )


def _bound(written: str, whole: str) -> Version | None:
    if not written.strip():
        return None
    try:
        return parse(written)
    except ValueError as wrong:
        raise ValueError(f"{quoted(whole)} is not a version range: {wrong}") from wrong
