"""A long list is shown a part at a time, whatever stands in the address."""

import pytest

from ninety.rules import paging


def test_the_pages_of_a_list_are_the_list():
    everything = list(range(23))
    first = paging.cut(everything, 1, 10)
    assert (first.total, first.pages) == (23, 3)
    shown = [one for number in (1, 2, 3) for one in paging.cut(everything, number, 10).shown]
    assert shown == everything


@pytest.mark.parametrize(("asked", "got"), [(-1, 1), (0, 1), (3, 3), (4, 3), (10**9, 3)])
def test_a_page_that_is_not_there_is_the_nearest(asked, got):
    assert paging.cut(range(23), asked, 10).number == got


def test_nothing_is_one_empty_page():
    assert paging.cut([], 1, 10) == paging.Part((), 0, 1, 1)


@pytest.mark.parametrize(
    ("typed", "number"), [("7", 7), ("", 1), ("٣", 1), ("-2", 1), ("9" * 40, 1)]
)
def test_what_is_no_number_is_the_first_page(typed, number):
    assert paging.number(typed) == number
