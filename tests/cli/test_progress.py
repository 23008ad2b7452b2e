"""The bar that shows how far long work has come."""

import io
import re
import sys
from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace

import pytest

from ninety.cli.progress import counting, progress


class Screen(io.StringIO):
    """A terminal that keeps what was drawn on it."""

    def isatty(self) -> bool:
        return True


def test_a_person_who_watches_sees_how_many_how_fast_and_how_long_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen, seconds = Screen(), count(1000, 2)
    monkeypatch.setattr(sys, "stderr", screen)
    for module, name in (("ninety.cli.progress", "monotonic"), ("click._termui_impl", "time")):
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(**{name: seconds.__next__}))
    assert list(progress("abcd", 4, "Importing")) == ["a", "b", "c", "d"]
    drawn = screen.getvalue()
    for told in ("0/4", "2/4", "4/4", "/s"):
        assert told in drawn
    assert re.search(r"2/4  \d\d:\d\d:\d\d", drawn), "how long the rest will take"


def test_where_nobody_watches_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress([1, 2], 2, "Importing")) == [1, 2]
    with counting(1, "Reading") as one_more:
        one_more()
    assert capsys.readouterr() == ("", "")


def test_work_that_breaks_off_says_so_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    monkeypatch.setattr(sys, "stderr", Screen())
    with pytest.raises(ValueError, match="broken"):
        list(progress(work(), 2, "Reading"))
