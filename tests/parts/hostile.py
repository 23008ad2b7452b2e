"""Packages that must be refused, each with a piece of the sentence that says why.

`HOSTILE` maps a name to a pair: the bytes, and what the refusal must contain.
"""

from parts.hostile_nuspecs import HOSTILE_NUSPECS
from parts.hostile_zips import HOSTILE_ZIPS, Case

HOSTILE: dict[str, Case] = {**HOSTILE_ZIPS, **HOSTILE_NUSPECS}
