"""Answers are remembered within a budget, and those that are asked for stay."""

from ninety.web.basis import Basis
from ninety.web.shelf import LARGEST_SHARE, OVERHEAD, Kept, Shelf

BUDGET = 100_000


def answer(length: int = 8000) -> Kept:
    return Kept([], bytes(length), "", Basis())


def test_what_was_put_is_there_and_only_that() -> None:
    shelf, kept = Shelf(BUDGET), answer()
    shelf.put(("a",), kept)
    assert shelf.get(("a",)) is kept
    assert shelf.get(("b",)) is None


def test_the_budget_is_never_exceeded() -> None:
    shelf = Shelf(BUDGET)
    for number in range(1000):
        shelf.put((str(number),), answer(number % 11_000))
        assert shelf.size <= BUDGET
    kept = [one for number in range(1000) if (one := shelf.get((str(number),)))]
    assert shelf.size == sum(len(one.body) + OVERHEAD for one in kept)
    assert len(kept) == len(shelf) > 5


def test_an_answer_takes_the_place_of_the_one_before() -> None:
    shelf = Shelf(BUDGET)
    for length in (8000, 10, 4000):
        shelf.put(("a",), answer(length))
    assert (len(shelf), shelf.size) == (1, 4000 + OVERHEAD)


def test_what_is_asked_for_outlives_what_is_not() -> None:
    shelf = Shelf(BUDGET)
    shelf.put(("wanted",), answer())
    for number in range(100):
        assert shelf.get(("wanted",))
        shelf.put((str(number),), answer())
    assert shelf.get(("wanted",))
    assert shelf.get(("0",)) is None


def test_an_answer_too_large_is_not_kept_and_the_one_before_is_gone() -> None:
    shelf = Shelf(BUDGET)
    shelf.put(("a",), answer())
    shelf.put(("a",), answer(BUDGET // LARGEST_SHARE))
    assert shelf.get(("a",)) is None
    assert shelf.size == 0
