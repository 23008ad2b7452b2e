"""Figures of one thing measured again and again, beside what bounds it, and the table of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

HEAD = ("", "limit", "bare server", "Ninety", "of limit", "of bare", "p50", "processor time")


@dataclass(frozen=True, slots=True)
class Measured:
    """So many answers, how many a second, the wait that half of them took, and what one cost.

    Wait and processor time in seconds; the last is None where nobody looked.
    """

    answers: int
    rate: float
    wait: float
    processor: float | None = None


@dataclass(slots=True)
class Row:
    """One thing that was measured: `ours` in each repeat, and the others in the same, or nothing.

    `limit` is what the machine can do, `bare` what our server can with next to no application.
    """

    what: str
    ours: list[Measured] = field(default_factory=list)
    limit: list[Measured] = field(default_factory=list)
    bare: list[Measured] = field(default_factory=list)

    def ratio(self, others: Sequence[Measured]) -> float | None:
        """The median over the repeats of our rate by that of the other in the same repeat."""
        both = zip(self.ours, others, strict=False)
        ratios = [ours.rate / other.rate for ours, other in both]
        return median(ratios) if ratios else None

    def cells(self) -> tuple[str, ...]:
        """What a table shows of it, as HEAD names it: medians of all repeats."""
        spent = [one.processor for one in self.ours if one.processor is not None]
        return (
            self.what,
            _rate(self.limit),
            _rate(self.bare),
            _rate(self.ours),
            _part(self.ratio(self.limit)),
            _part(self.ratio(self.bare)),
            _wait(self.ours),
            duration(median(spent)) if spent else "–",
        )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns stand below each other; all but the first to the right."""
    lines = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    shown = [[line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])] for line in lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (shown[0], rule, *shown[1:]))


def duration(seconds: float) -> str:
    """A short time with three digits that count, in milliseconds or in microseconds."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    return f"{_three(seconds * 1e3)} ms"


def number(value: float) -> str:
    """A count with three digits that count, and a comma between thousands."""
    return _three(value)


def _three(value: float) -> str:
    if value >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _part(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.2f}"


def _rate(measured: Sequence[Measured]) -> str:
    return f"{number(median(one.rate for one in measured))}/s" if measured else "–"


def _wait(measured: Sequence[Measured]) -> str:
    return duration(median(one.wait for one in measured)) if measured else "–"
