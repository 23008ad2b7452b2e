"""`python -m simulation [KEYS] [--seed N] [--days N]`: play a year, and say how it went."""

import argparse
import logging
import sys
import time
from collections import Counter

from simulation.reckoning import Reckoning, reckon
from simulation.year import Year, folder_in_memory


def main() -> int:
    """Play and print; the exit status is 1 where a mail is double or unexplained."""
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("keys", nargs="?", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=90)
    parser.add_argument("--days", type=int, default=365)
    wanted = parser.parse_args()
    logging.disable(logging.WARNING)
    began = time.monotonic()
    with folder_in_memory() as folder:
        year = Year(folder, wanted.keys, wanted.seed, wanted.days)
        year.run(_watch)
        reckoning = reckon(year)
    _print(year, reckoning, wanted.keys)
    print(f"\nTook {time.monotonic() - began:.0f} s")
    return 1 if reckoning.doubles or reckoning.unexplained else 0


def _watch(day: int) -> None:
    if sys.stderr.isatty():
        print(f"\rday {day + 1}", end="", file=sys.stderr, flush=True)


def _print(year: Year, reckoning: Reckoning, keys: int) -> None:
    print(f"{keys} keys, {year.days} days, {len(year.town.promises)} ends of keys")
    _table("What people did", year.town.deeds)
    _table("What went wrong", year.deeds)
    _table("Workers killed when", year.kills)
    _table("The mail server failed", year.faults)
    _table(f"{reckoning.mails} mails received; what became of each end", reckoning.fates)
    print(f"\nDoubles: {len(reckoning.doubles)}. Unexplained: {len(reckoning.unexplained)}.")
    for line in (*reckoning.doubles[:10], *reckoning.unexplained[:10]):
        print(f"  {line}")


def _table(title: str, counted: Counter[str]) -> None:
    print(f"\n{title}")
    for what, count in counted.most_common():
        print(f"{count:9}  {what}")


if __name__ == "__main__":
    sys.exit(main())
