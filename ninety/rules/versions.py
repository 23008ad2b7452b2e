"""NuGet versions: SemVer 2.0.0 with up to four numbers, compared ignoring case.

What is taken, how it is written and what comes before what follow the client's
NuGet.Versioning library; where it says nothing, semver.org 2.0.0.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache, total_ordering

from ninety.rules.quoting import quoted

LARGEST = 2**31 - 1
"""The largest number in a version: NuGet keeps each as a signed 32-bit integer."""

_NUMBER = r"\s*[0-9]+\s*"
_LABEL = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"  # no leading zero in a number
_WORD = r"[0-9A-Za-z-]+"
_VERSION = re.compile(
    rf"(?P<numbers>{_NUMBER}(?:\.{_NUMBER}){{0,3}})"
    rf"(?:-(?P<labels>{_LABEL}(?:\.{_LABEL})*))?"
    rf"(?:\+(?P<metadata>{_WORD}(?:\.{_WORD})*))?\s*",
    re.ASCII,
)


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version; equal, ordered and hashed by precedence.

    Precedence ignores the case of labels, and metadata altogether: `1.0`,
    `1.0.0.0` and `1.0.0+build.7` are one version and can be pushed once.

    `str()` is the normalised form without metadata, with the case as written.
    """

    numbers: tuple[int, int, int, int]
    labels: tuple[str, ...] = ()
    metadata: str = ""
    sort_key: str = field(init=False, repr=False)
    """ASCII text that sorts, byte by byte, exactly as the versions do."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sort_key", _sort_key(self.numbers, self.labels))

    def __str__(self) -> str:
        shown = self.numbers if self.numbers[3] else self.numbers[:3]
        release = ".".join(map(str, shown))
        return f"{release}-{'.'.join(self.labels)}" if self.labels else release

    @property
    def full(self) -> str:
        """The normalised form with its metadata: `1.0.0-rc.1+build.7`."""
        return f"{self}+{self.metadata}" if self.metadata else str(self)

    @property
    def key(self) -> str:
        """The version's identity: normalised, lower case; in URLs and folder names."""
        return str(self).lower()

    @property
    def is_prerelease(self) -> bool:
        """Whether the version has release labels, and so precedes its release."""
        return bool(self.labels)

    @property
    def is_semver2(self) -> bool:
        """Whether clients older than 4.3 cannot read it: a dotted label, or metadata."""
        return len(self.labels) > 1 or bool(self.metadata)

    def __eq__(self, other: object) -> bool:
        return self.sort_key == other.sort_key if isinstance(other, Version) else NotImplemented

    def __lt__(self, other: "Version") -> bool:
        return self.sort_key < other.sort_key

    def __hash__(self) -> int:
        return hash(self.sort_key)


@lru_cache(maxsize=4096)
def parse(text: str) -> Version:
    """The version written in `text`; ValueError, naming it, where there is none.

    One to four numbers; white space around them and leading zeros in them are
    dropped. The length of the whole is for the caller to judge.
    """
    match = _VERSION.fullmatch(text)
    if match is None:
        raise ValueError(f"{quoted(text)} is not a version")
    digits = [part.strip().lstrip("0") or "0" for part in match["numbers"].split(".")]
    if any(len(part) > len(str(LARGEST)) or int(part) > LARGEST for part in digits):
        raise ValueError(f"{quoted(text)} has a number above {LARGEST}")
    first, second, third, fourth = (*map(int, digits), 0, 0, 0)[:4]
    labels = tuple(match["labels"].split(".")) if match["labels"] else ()
    return Version((first, second, third, fourth), labels, match["metadata"] or "")


def _sort_key(numbers: tuple[int, int, int, int], labels: tuple[str, ...]) -> str:
    """Numbers padded to equal width, then `~` for a release or `-` and the labels.

    The signs are chosen for their place in ASCII: a space ends a label and comes
    before all that a label may hold, so a shorter list, like a shorter label,
    comes first; `-` comes before `~`; `n` (a number) before `t` (text).
    """
    release = ".".join(f"{number:010}" for number in numbers)
    if not labels:
        return f"{release}~"
    return f"{release}-{' '.join(map(_label_key, labels))}"


def _label_key(label: str) -> str:
    if label.isdigit() and len(label) <= len(str(LARGEST)) and int(label) <= LARGEST:
        return f"n{int(label):010}"
    # NuGet compares a number that does not fit 32 bits as text.
    return f"t{label.lower()}"
