"""The pictures of growth show the figures beside them, and every word in them has its room."""

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from growth import curves
from growth.curves import PICTURES, Curve, Figures, Picture
from growth.drawing import BOTTOM, RIGHT, TOP, WIDTH, WORDS, apart, drawn, scale
from parts.product import REPOSITORY

FLAT = Curve("flat", "a curve that stays", "processor", 1.1)
STEEP = Curve("steep", "a curve that rises & rises", "wait", 2)
PICTURE = Picture("two", "Two curves", (FLAT, STEEP))
FIGURES = Figures(
    (1_000, 10_000, 100_000),
    {"flat": {"processor": [0.002, 0.002, 0.002]}, "steep": {"wait": [0.001, 0.002, 0.004]}},
)


def test_the_pictures_in_the_documentation_are_of_the_figures_beside_them() -> None:
    docs = REPOSITORY / "docs"
    figures = curves.read(docs / "growth.json")
    pages = (docs / "performance.md").read_text(encoding="utf-8")
    for picture in PICTURES:
        name = f"growth-{picture.name}.svg"
        assert (docs / name).read_text(encoding="utf-8") == drawn(picture, figures)
        assert f"]({name})" in pages
    assert sorted(path.name for path in docs.glob("growth-*.svg")) == sorted(
        f"growth-{picture.name}.svg" for picture in PICTURES
    )


def test_figures_are_kept_as_they_are(tmp_path: Path) -> None:
    FIGURES.write(tmp_path / "growth.json")
    assert curves.read(tmp_path / "growth.json") == FIGURES


def test_growth_is_told_from_the_smallest_to_the_largest() -> None:
    assert FIGURES.growth(FLAT) == 1
    assert FIGURES.growth(STEEP) == 4
    assert Figures.head(FIGURES) == ("", "1,000", "10,000", "100,000", "growth", "at most")


def test_a_curve_goes_to_the_right_by_the_logarithm_and_upwards_from_nothing() -> None:
    root = ElementTree.fromstring(drawn(PICTURE, FIGURES))
    flat, steep = (
        [tuple(map(float, point)) for point in re.findall(r"([\d.]+) ([\d.]+)", one.attrib["d"])]
        for one in root.iter("{http://www.w3.org/2000/svg}path")
        if one.attrib["class"] == "curve"
    )
    assert [x for x, _ in flat] == [x for x, _ in steep]
    first, second = (after[0] - before[0] for before, after in pairwise(flat))
    assert first == pytest.approx(second, abs=0.2)
    assert flat[-1][0] == RIGHT < WIDTH
    assert {y for _, y in flat} == {(TOP + BOTTOM) / 2}
    assert [y for _, y in steep] == [BOTTOM - (BOTTOM - TOP) * part for part in (0.25, 0.5, 1)]


def test_each_curve_has_its_words_and_what_it_grew_by_also_for_who_does_not_see_it() -> None:
    root = ElementTree.fromstring(drawn(PICTURE, FIGURES))
    told = [one.text for one in root.iter() if one.tag.endswith("text")]
    assert {FLAT.words, STEEP.words, "1.00 ms to 4.00 ms, 4.00 times"} <= set(told)
    (description,) = [one.text for one in root.iter() if one.tag.endswith("desc")]
    assert description == (
        "From 1,000 versions in the feed to 100,000: a curve that stays, 2.00 ms to 2.00 ms,"
        " 1.00 times; a curve that rises & rises, 1.00 ms to 4.00 ms, 4.00 times"
    )


@pytest.mark.parametrize(
    ("most", "step", "end"),
    [(4, 1, 4), (4.1, 1, 5), (5.1, 2, 6), (0.00013, 0.00005, 0.00015), (10, 2, 10), (26, 10, 30)],
)
def test_a_scale_has_round_steps_and_ends_above_everything(
    most: float, step: float, end: float
) -> None:
    assert scale(most) == pytest.approx((step, end))


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ([100, 200], [100, 200]),
        ([100, 110], [100, 150]),
        ([110, 100], [150, 100]),
        ([290, 295, 40], [250, 300, 40]),
        ([300, 300, 300], [200, 250, 300]),
    ],
)
def test_words_keep_apart_near_their_curves(wanted: list[float], places: list[float]) -> None:
    assert apart(wanted, 50, 300) == places


def test_all_words_of_the_largest_picture_fit_beside_it() -> None:
    most = max(len(picture.curves) for picture in PICTURES)
    assert apart([BOTTOM] * most, WORDS, BOTTOM)[0] >= TOP
