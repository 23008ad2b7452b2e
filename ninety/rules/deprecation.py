"""Why a version should not be used any more, and what to use instead.

Deprecating stops nothing: the version stays in searches and restores, and
clients and pages say what its owners wrote (NuGet V3 "Package deprecation").
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ninety.rules import identifiers, ranges
from ninety.rules.errors import BadPackage, FieldRefused

REASONS = {
    "Legacy": "It is no longer maintained.",
    "CriticalBugs": "It has critical bugs.",
    "Other": "Its owners advise against using it.",
}
"""The reasons there are, as clients know them, and what each tells a reader."""

LONGEST_MESSAGE = 4000
"""Characters in a message, as on nuget.org."""

ANY_VERSION = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """What the owners of a version say against it.

    `reasons` holds at least one of REASONS; `alternative_range` is `*` or a
    normalised range, and means nothing without an `alternative_id`.
    """

    reasons: tuple[str, ...]
    message: str = ""
    alternative_id: str = ""
    alternative_range: str = ANY_VERSION

    def to_json(self) -> dict[str, Any]:
        """As kept in `record.json`."""
        return {
            "reasons": list(self.reasons),
            "message": self.message,
            "alternative_id": self.alternative_id,
            "alternative_range": self.alternative_range,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Deprecation":
        """What `to_json` wrote."""
        return cls(**{**kept, "reasons": tuple(kept["reasons"])})


def checked(
    reasons: Iterable[str],
    message: str = "",
    alternative_id: str = "",
    alternative_range: str = "",
) -> Deprecation:
    """The deprecation that somebody entered, its range in normal form.

    Raises FieldRefused, naming the argument it is about.
    """
    given = set(reasons)
    if not given or not given <= REASONS.keys():
        raise FieldRefused("reasons", "Choose at least one of the reasons")
    text = _plain(message)
    if len(text) > LONGEST_MESSAGE:
        raise FieldRefused(
            "message", f"The message has {len(text)} characters; {LONGEST_MESSAGE} are allowed"
        )
    instead = alternative_id.strip()
    return Deprecation(
        reasons=tuple(reason for reason in REASONS if reason in given),
        message=text,
        alternative_id=_checked_id(instead) if instead else "",
        alternative_range=_checked_range(alternative_range.strip(), instead),
    )


def _checked_id(text: str) -> str:
    try:
        return identifiers.check_id(text)
    except BadPackage as wrong:
        raise FieldRefused("alternative_id", str(wrong)) from None


def _checked_range(text: str, instead: str) -> str:
    if text in ("", ANY_VERSION):
        return ANY_VERSION
    if not instead:
        raise FieldRefused("alternative_id", "Name the package that these versions are of")
    try:
        return str(ranges.parse_range(text))
    except ValueError as wrong:
        raise FieldRefused("alternative_range", str(wrong)) from None


def _plain(text: str) -> str:
    """`text` with plain line ends, and without what no page or terminal should be sent."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one == "\n" or not _is_control(one)).strip()


def _is_control(letter: str) -> bool:
    """Whether `letter` is a control character, or half of a pair that no encoding takes."""
    return unicodedata.category(letter) in ("Cc", "Cs")
