"""Curves as SVG, in the look of the product: words at each line, light and dark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from growth.curves import Curve, Figures, Picture
from harness.figures import duration

WIDTH, HEIGHT = 960, 384
LEFT, RIGHT, TOP, BOTTOM = 96, 624, 72, 328
"""Where the plane of the curves is; to its right stand their words."""

WORDS = 52
"""How far apart the words of two curves are at least: two lines, and room between them."""

DASHES = ("", "10 6", "2 6", "14 6 2 6")
"""So that a curve is told from another where they meet, whatever the colours."""

MOST_RULES = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on a scale, and what stands there."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A curve: its points, how it is dashed, and its words with the middle of where they stand."""

    points: tuple[tuple[float, float], ...]
    dashes: str
    words: str
    figures: str
    words_at: float


def drawn(picture: Picture, figures: Figures) -> str:
    """The picture as SVG: the sizes to the right by their logarithm, time upwards from nothing."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    step, most = scale(max(max(figures.of(curve)) for curve in picture.curves))
    return environment.get_template("picture.svg").render(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=RIGHT,
        bottom=BOTTOM,
        title=picture.title,
        description=described(picture, figures),
        rules=[
            Mark(_upwards(number * step, most), f"{number * step * 1e3:g} ms" if number else "0")
            for number in range(round(most / step) + 1)
        ],
        sizes=[Mark(_across(size, figures.sizes), f"{size:,}") for size in figures.sizes],
        lines=_lines(picture.curves, figures, most),
    )


def described(picture: Picture, figures: Figures) -> str:
    """The picture in sentences, for whoever does not see it."""
    first, last = figures.sizes[0], figures.sizes[-1]
    return f"From {first:,} versions in the feed to {last:,}: " + "; ".join(
        f"{curve.words}, {_figures(curve, figures)}" for curve in picture.curves
    )


def scale(most: float) -> tuple[float, float]:
    """A round step for a scale from nothing to `most` or a little more, and where it ends."""
    power = 10 ** math.floor(math.log10(most / MOST_RULES))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * MOST_RULES >= most)
    return step, step * math.ceil(most / step)


def apart(wanted: Sequence[float], least: float, end: float) -> list[float]:
    """Places near those `wanted`, in the same order of height, `least` apart, none past `end`."""
    places = list(wanted)
    in_order = sorted(range(len(places)), key=lambda number: places[number])
    for above, below in pairwise(in_order):
        places[below] = max(places[below], places[above] + least)
    for number in reversed(in_order):
        places[number] = min(places[number], end)
        end = places[number] - least
    return places


def _lines(curves: Sequence[Curve], figures: Figures, most: float) -> list[Line]:
    points = [
        tuple(
            (_across(size, figures.sizes), _upwards(seconds, most))
            for size, seconds in zip(figures.sizes, figures.of(curve), strict=True)
        )
        for curve in curves
    ]
    words_at = apart([line[-1][1] for line in points], WORDS, BOTTOM - WORDS / 4)
    return [
        Line(line, dashes, curve.words, _figures(curve, figures), round(at, 1))
        for curve, line, dashes, at in zip(curves, points, DASHES, words_at, strict=False)
    ]


def _figures(curve: Curve, figures: Figures) -> str:
    seconds = figures.of(curve)
    grown = f"{figures.growth(curve):.2f} times"
    return f"{duration(seconds[0])} to {duration(seconds[-1])}, {grown}"


def _across(size: int, sizes: Sequence[int]) -> float:
    share = math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])
    return round(LEFT + 24 + (RIGHT - LEFT - 24) * share, 1)


def _upwards(seconds: float, most: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * seconds / most, 1)
