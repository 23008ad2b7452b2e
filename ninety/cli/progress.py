"""How far long work has come: a bar on stderr while a person watches, and nothing otherwise."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

Item = TypeVar("Item")


def progress(items: Iterable[Item], length: int, label: str) -> Iterator[Item]:
    """The `items`, of which there are `length`, with a bar that counts those that are done."""
    with counting(length, label) as one_more:
        for item in items:
            yield item
            one_more()


@contextmanager
def counting(length: int, label: str) -> Iterator[Callable[[], None]]:
    """Count up to `length` on a bar: what is yielded is to be called when one more is done.

    The bar tells how many are done, how many a second, and how long the rest will take.
    """
    began, done = time.monotonic(), 0

    def rate(_: object) -> str:
        took = time.monotonic() - began
        return f"{done / took:.0f}/s" if done and took else ""

    with click.progressbar(
        length=length,
        label=label,
        show_pos=True,
        item_show_func=rate,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:

        def one_more() -> None:
            nonlocal done
            done += 1
            bar.update(1)

        yield one_more
