"""`python -m growth [SIZE …]`: grow feeds, measure them, and draw what came of it into docs/.

With `--redraw` it draws the figures that are there, and measures nothing.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from growth import curves
from growth.curves import PICTURES, Figures
from growth.drawing import drawn
from growth.measuring import measure
from harness.feeds import Feed
from harness.figures import table
from parts.product import REPOSITORY

SIZES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
DOCS = REPOSITORY / "docs"
FIGURES = DOCS / "growth.json"


def main() -> int:
    """Measure, keep the figures and pictures, and print the table of `docs/performance.md`."""
    parser = argparse.ArgumentParser(prog="growth", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, metavar="SIZE")
    parser.add_argument("--redraw", action="store_true", help="measure nothing")
    wanted = parser.parse_args()
    if not wanted.redraw:
        measured(wanted.sizes).write(FIGURES)
    figures = curves.read(FIGURES)
    for picture in PICTURES:
        (DOCS / f"growth-{picture.name}.svg").write_text(drawn(picture, figures), "utf-8")
    print(table(figures.head(), figures.rows()))
    return 0


def measured(sizes: list[int]) -> Figures:
    """The figures of feeds of these sizes, which all run until the last was measured."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        grown = []
        for size in sizes:
            print(f"growing a feed of {size:,} versions", file=sys.stderr)
            grown.append(Feed(Path(folder) / str(size), size))
            stack.callback(grown[-1].stop)
        print("measuring", file=sys.stderr)
        return measure(grown, sizes)


if __name__ == "__main__":
    sys.exit(main())
