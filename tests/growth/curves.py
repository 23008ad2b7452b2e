"""The figures of growth: what is drawn, the promise about each curve, and the file they are in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.figures import duration


@dataclass(frozen=True, slots=True)
class Curve:
    """One thing measured at each size: its name among the figures, and the words in a picture.

    It grows by at most `bound` from the smallest feed to the largest. `by` is what is
    drawn of it: "wait", the time that half of the answers took at most, or
    "processor", the processor time of one.
    """

    name: str
    words: str
    by: str
    bound: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Curves that are drawn together, to one scale."""

    name: str
    title: str
    curves: tuple[Curve, ...]


PICTURES = (
    Picture(
        "push",
        "A push of 20 KB of a new id, by the number of versions in the feed",
        (
            Curve("push", "half of the pushes took", "wait", 1.25),
            Curve("push", "processor time of a push", "processor", 1.25),
        ),
    ),
    Picture(
        "reads",
        "Processor time of a read that is remembered, by the number of versions in the feed",
        (
            Curve("versions", "version list of 100", "processor", 1.1),
            Curve("registration", "registration of 100 versions", "processor", 1.1),
            Curve("package", "package of 20 KB", "processor", 1.1),
        ),
    ),
    Picture(
        "first",
        "Processor time of what nobody asked before, by the number of versions in the feed",
        (
            Curve("search", "search for a word that 2 % have", "processor", 2),
            Curve("search without a word", "search without a word", "processor", 2),
            Curve("first registration", "registration of 1 version", "processor", 1.1),
        ),
    ),
)

Seconds = Mapping[str, Mapping[str, Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Figures:
    """`seconds[name]["wait" or "processor"]` of everything measured, at each of the `sizes`."""

    sizes: tuple[int, ...]
    seconds: Seconds

    def of(self, curve: Curve) -> Sequence[float]:
        """Seconds at each size."""
        return self.seconds[curve.name][curve.by]

    def growth(self, curve: Curve) -> float:
        """How many times as long it takes in the largest feed as in the smallest."""
        seconds = self.of(curve)
        return seconds[-1] / seconds[0]

    def rows(self) -> list[tuple[str, ...]]:
        """The cells of a table: a curve, its seconds at each size, its growth and the bound."""
        return [
            (
                curve.words,
                *map(duration, self.of(curve)),
                f"{self.growth(curve):.2f}",
                f"{curve.bound:g}",
            )
            for picture in PICTURES
            for curve in picture.curves
        ]

    def head(self) -> tuple[str, ...]:
        """What stands above the columns of `rows`."""
        return ("", *(f"{size:,}" for size in self.sizes), "growth", "at most")

    def write(self, path: Path) -> None:
        """Keep the figures in a file."""
        kept = {"sizes": self.sizes, "seconds": self.seconds}
        path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> Figures:
    """The figures kept in a file."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Figures(tuple(kept["sizes"]), kept["seconds"])
