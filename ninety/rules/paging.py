"""A long list shown a part at a time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class Part(Generic[One]):
    """Some of `total` things: page `number` of `pages`, both from 1."""

    shown: tuple[One, ...]
    total: int
    number: int
    pages: int


def cut(everything: Sequence[One], number: int, size: int) -> Part[One]:
    """Page `number` of `everything`, `size` on each; the last one where there are not so many."""
    pages = max(1, -(-len(everything) // size))
    number = min(max(number, 1), pages)
    shown = everything[(number - 1) * size : number * size]
    return Part(tuple(shown), len(everything), number, pages)


def number(typed: str) -> int:
    """The page that an address names; the first for whatever is no number."""
    return int(typed) if re.fullmatch(r"[0-9]{1,9}", typed) else 1
