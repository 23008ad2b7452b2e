"""The ring of ninety ticks as a table, for mail programs that draw neither SVG nor images.

It says nothing that the words beside it do not say.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import groupby

TICKS = 90
# A circle of this radius, in cells, has 96; the six at the top stay empty: where it ends.
RADIUS = 17
GAP = 6
# The free middle, for a number and its unit.
MIDDLE_COLUMNS = 22
MIDDLE_ROWS = 14


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table: "gap", "lived", "left" or "middle", so many columns and rows large."""

    kind: str
    columns: int = 1
    rows: int = 1


Rows = tuple[tuple[Cell, ...], ...]


def rows(left: timedelta, lifetime: timedelta) -> Rows:
    """The rows of the table, 34 columns each, of a key with `left` of its `lifetime` to go.

    Ticks are lived clockwise from the top. While anything is left, so is a tick.
    """
    return _rows(max(0, min(TICKS, math.ceil(TICKS * (left / lifetime)))) if lifetime else 0)


@lru_cache(maxsize=TICKS + 1)
def _rows(lit: int) -> Rows:
    kinds = {
        place: "lived" if number < TICKS - lit else "left" for number, place in enumerate(_ticks())
    }
    return tuple(tuple(_row(line, kinds)) for line in range(2 * RADIUS))


def _ticks() -> list[tuple[int, int]]:
    """The cells of the ring as (column, row), clockwise from the top, without its gap."""
    circle = set()
    for column in range(2 * RADIUS):
        across = column - RADIUS + 0.5
        # Up to 45 degrees a circle has one cell per column; the rest are its mirror images.
        if abs(across) > RADIUS / math.sqrt(2):
            continue
        along = int(RADIUS - math.sqrt(RADIUS**2 - across**2))
        for edge in (along, 2 * RADIUS - 1 - along):
            circle |= {(column, edge), (edge, column)}
    clockwise = sorted(circle, key=_angle)
    return clockwise[GAP // 2 : -(GAP // 2)]


def _angle(place: tuple[int, int]) -> float:
    across, down = (coordinate - RADIUS + 0.5 for coordinate in place)
    return math.atan2(across, -down) % math.tau


def _row(line: int, kinds: dict[tuple[int, int], str]) -> Iterator[Cell]:
    first, beside = RADIUS - MIDDLE_ROWS // 2, RADIUS - MIDDLE_COLUMNS // 2

    def kind(column: int) -> str:
        middle = first <= line < first + MIDDLE_ROWS and beside <= column < beside + MIDDLE_COLUMNS
        return "middle" if middle else kinds.get((column, line), "gap")

    for each, columns in groupby(range(2 * RADIUS), kind):
        width = len(list(columns))
        if each == "middle":
            # One cell that reaches through all its rows; the later rows leave room for it.
            if line == first:
                yield Cell("middle", width, MIDDLE_ROWS)
        elif each == "gap":
            yield Cell("gap", width)
        else:
            yield from [Cell(each)] * width
