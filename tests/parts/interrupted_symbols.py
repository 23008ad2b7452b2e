"""A push that replaces symbols, stopped at every step on the disk in turn: killed, or without room.

Run as a program: `python -m parts.interrupted_symbols FOLDER kill|full` prints a
JSON list with one entry for every step, in order: what became of the push, which
symbols were there after it, and after the same push done again.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from ninety.rules import versions
from ninety.rules.errors import NotFound, Refusal
from ninety.store.incoming import sweep_incoming
from ninety.store.symbol_files import SymbolFiles
from parts.feeds import ALICE, NOW, Feed, opened
from parts.interrupted import interrupted
from parts.pdbs import SIGNATURE, make_pdb, make_snupkg, signature_of

ONE = versions.parse("1.0.0")
LEAVES, COMES = b"leaves".ljust(16), b"comes".ljust(16)

# One PDB stays what it is asked for by, one goes, one is new.
OLD = {"a.pdb": make_pdb(text=b"old"), "leaves.pdb": make_pdb(LEAVES)}
NEW = {"a.pdb": make_pdb(text=b"new"), "comes.pdb": make_pdb(COMES)}
SIGNATURES = {
    "a.pdb": SIGNATURE,
    "leaves.pdb": signature_of(LEAVES),
    "comes.pdb": signature_of(COMES),
}


def push(feed: Feed, pdbs: dict[str, bytes] = NEW) -> str:
    """Push symbols and tell what became of that."""
    try:
        feed.symbols.receive(ALICE, [make_snupkg(pdbs=pdbs)], "", NOW)
    except Refusal as refusal:
        return type(refusal).__name__
    return "pushed"


def served(feed: Feed) -> str:
    """Which symbols debuggers get and the record names: `old`, `new`, or something else."""
    found = {}
    for name, signature in SIGNATURES.items():
        try:
            found[name] = feed.symbols.find(name, signature).read_bytes()
        except NotFound:
            continue
    snupkg = SymbolFiles(feed.packages).snupkg("acme.core", ONE).read_bytes()
    for called, pdbs in (("old", OLD), ("new", NEW)):
        if (found, snupkg) == (pdbs, make_snupkg(pdbs=pdbs)):
            return called
    return f"neither, but {sorted(found)}"


def aftermath(data: Path, how: str) -> dict[str, Any]:
    """What is there now, and after the same push once more."""
    left_by_the_living = [] if how == "kill" else sorted(os.listdir(data / "incoming"))
    sweep_incoming(data)
    with opened(data) as feed:
        before = served(feed)
        again = push(feed)
        folder = data / "packages" / "acme.core" / "1.0.0" / "symbols"
        return {
            "left": left_by_the_living + feed.left_over(),
            "served": before,
            "again": again,
            "then": served(feed),
            "files": [sorted(os.listdir(one)) for one in folder.iterdir()],
        }


def main(folder: str, how: str) -> None:
    """Interrupt at step 1, 2, 3 … until the push gets through, and print what happened."""
    outcomes: list[dict[str, Any]] = []
    while True:
        data = Path(folder) / str(len(outcomes) + 1)
        data.mkdir()
        with opened(data) as feed:
            feed.push()
            push(feed, OLD)
        first = interrupted(data, len(outcomes) + 1, how, push)
        if first is None:
            break
        outcomes.append({"first": first, **aftermath(data, how)})
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(*sys.argv[1:])
