"""The ring of ninety ticks as a table."""

from collections import Counter
from datetime import timedelta

import pytest

from ninety.mail import ring

DAY = timedelta(days=1)


def kinds(left: timedelta, lifetime: timedelta) -> Counter[str]:
    return Counter(cell.kind for row in ring.rows(left, lifetime) for cell in row)


@pytest.mark.parametrize(
    ("left", "lifetime", "lit"),
    [
        (10 * DAY, 90 * DAY, 10),
        (90 * DAY, 90 * DAY, 90),
        (timedelta(seconds=1), 90 * DAY, 1),
        (0 * DAY, 90 * DAY, 0),
        (-3 * DAY, 90 * DAY, 0),
        (1 * DAY, 3 * DAY, 30),
        (10 * DAY, 365 * DAY, 3),
        (10 * DAY, 0 * DAY, 0),
    ],
)
def test_as_many_ticks_are_lit_as_life_is_left(left, lifetime, lit):
    counted = kinds(left, lifetime)
    assert (counted["left"], counted["lived"]) == (lit, 90 - lit)
    assert counted["middle"] == 1


def test_every_row_is_as_wide_as_the_table():
    reaching = Counter[int]()
    for number, row in enumerate(ring.rows(10 * DAY, 90 * DAY)):
        for cell in row:
            for line in range(number, number + cell.rows):
                reaching[line] += cell.columns
    assert reaching == dict.fromkeys(range(34), 34)


def test_the_ring_ends_at_the_top_where_it_began():
    top = ring.rows(10 * DAY, 90 * DAY)[0]
    assert [(cell.kind, cell.columns) for cell in top] == [
        ("gap", 11),
        *[("left", 1)] * 3,
        ("gap", 6),
        *[("lived", 1)] * 3,
        ("gap", 11),
    ]
