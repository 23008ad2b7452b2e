"""Which part knows which: imports point one way, and only one module reads the wall clock."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]

# Each part of the package `ninety`, and the other parts it may import.
KNOWS = {
    "rules": (),
    "settings": ("rules",),
    "clock": (),
    "version": (),
    "store": ("rules",),
    "work": ("rules", "settings", "store", "version"),
    "mail": ("rules", "settings"),
    "processes": ("clock", "rules", "settings"),
    "queue": ("processes", "rules", "settings"),
    "wiring": ("clock", "mail", "queue", "rules", "settings", "store", "work"),
    "jobs": ("clock", "processes", "queue", "rules", "settings", "wiring", "work"),
    # What `python app.py` does of Ninety's own, beside keeping processes alive.
    "running": ("processes", "queue", "rules", "settings", "store", "wiring", "work"),
    # What needs no judgement is read straight from the index.
    "web": ("rules", "settings", "store", "wiring", "work"),
    # The one module that joins the pages and the commands into one application.
    "web.application": ("cli", "processes", "settings", "web", "wiring"),
    # Commands run inside the Flask application and find the wired parts where pages do.
    "cli": ("rules", "settings", "web.context", "wiring", "work"),
}

# What is true whatever the clock, the disk and the network do needs no more than this.
PURE = frozenset(
    {
        "base64",
        "bisect",
        "collections.abc",
        "copy",
        "dataclasses",
        "datetime",
        "enum",
        "functools",
        "hashlib",
        "hmac",
        "ipaddress",
        "itertools",
        "markdown_it",
        "markdown_it.rules_block",
        "markdown_it.token",
        "math",
        "nh3",
        "re",
        "secrets",
        "struct",
        "typing",
        "unicodedata",
        "urllib.parse",
        "xml.parsers",
        "xml.parsers.expat",
        "zipfile",
        "zlib",
        "zoneinfo",
    }
)
PURE_NAMES = frozenset({"pathlib.PurePosixPath"})
IMPURE_CALLS = frozenset({"open", "print", "input"})

WALL_CLOCK = frozenset(
    {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "time.time",
        "time.time_ns",
        "time.localtime",
        "time.gmtime",
        "time.ctime",
        "time.asctime",
        "time.strftime",
        "utils.formatdate",
        "utils.localtime",
    }
)

NAMES_THAT_SAY_NOTHING = frozenset(
    {"util", "utils", "helper", "helpers", "manager", "managers", "data", "misc"}
)
LONGEST = 350

# Paths of the machine somebody worked on.
OF_SOME_MACHINE = re.compile(r"(?<![\w.*)}-])/(?:work|farm|tmp|root|home/\w+)/")
HIDDEN_BUT_OURS = frozenset({".ci", ".gitignore"})
ELSEWHERE = frozenset({"data", "pictures"})
BINARY = frozenset({".nupkg", ".snupkg", ".png", ".ico", ".pyc", ".woff2"})


def modules() -> list[Path]:
    """Every module of the product."""
    return [*sorted((REPOSITORY / "ninety").rglob("*.py")), *sorted(REPOSITORY.glob("*.py"))]


def named(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def part_of(path: Path) -> str:
    """The part a module belongs to: itself, where it is one, or its folder below `ninety`."""
    names = path.relative_to(REPOSITORY / "ninety").with_suffix("").parts
    return ".".join(names) if ".".join(names) in KNOWS else names[0]


def imported(tree: ast.AST, package: str = "") -> Iterator[str]:
    """The full dotted name of everything imported, `from a import b` being `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -node.level + 1 or None] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def uphill(part: str, names: Iterator[str]) -> list[str]:
    """What `part` imports of the product and may not."""
    allowed = [f"ninety.{other}" for other in (part, *KNOWS[part])]
    return [
        name
        for name in names
        if name.split(".")[0] in ("ninety", "app", "worker")
        and not any(name == other or name.startswith(f"{other}.") for other in allowed)
    ]


def impure(tree: ast.AST) -> list[str]:
    """What a module of the rules uses that depends on more than its arguments."""
    found = [
        name
        for name in imported(tree)
        if not name.startswith("ninety.")
        and name not in PURE | PURE_NAMES
        and name.rpartition(".")[0] not in PURE
    ]
    return found + [
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in IMPURE_CALLS
    ]


def clock_reads(tree: ast.AST) -> list[str]:
    """Where a module reads the wall clock, or keeps the means to."""
    used = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return [
        name for name in (*used, *imported(tree)) if ".".join(name.split(".")[-2:]) in WALL_CLOCK
    ]


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file of the repository, whoever reads it, but for this one."""
    for top in sorted(REPOSITORY.iterdir()):
        if top.name in ELSEWHERE or (top.name.startswith(".") and top.name not in HIDDEN_BUT_OURS):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and path.suffix not in BINARY and path != Path(__file__):
                yield path, path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((REPOSITORY / "ninety").rglob("*.py")), ids=named)
def test_imports_point_one_way(path: Path) -> None:
    if path.parent == REPOSITORY / "ninety" and path.name == "__init__.py":
        assert list(imported(ast.parse(path.read_text(encoding="utf-8")))) == []
        return
    assert part_of(path) in KNOWS, "a new part: say above what it may import"
    package = ".".join(path.relative_to(REPOSITORY).parent.parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert uphill(part_of(path), imported(tree, package)) == []


def test_the_rules_depend_on_nothing_but_their_arguments() -> None:
    found = {
        named(path): impure(ast.parse(path.read_text(encoding="utf-8")))
        for path in modules()
        if path.is_relative_to(REPOSITORY / "ninety" / "rules")
    }
    assert {path: names for path, names in found.items() if names} == {}


def test_one_module_reads_the_wall_clock() -> None:
    found = [named(path) for path in modules() if clock_reads(ast.parse(path.read_text("utf-8")))]
    assert found == ["ninety/clock.py"]


def test_no_module_hides_behind_a_name_that_says_nothing() -> None:
    assert [named(path) for path in modules() if path.stem in NAMES_THAT_SAY_NOTHING] == []


def test_a_module_can_be_read_in_one_sitting() -> None:
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_nothing_tells_of_the_machine_it_was_written_on() -> None:
    found = [
        f"{named(path)}:{number}: {line.strip()}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if OF_SOME_MACHINE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("part", "line", "refused"),
    [
        ("rules", "from ninety.store import files", ["ninety.store.files"]),
        ("rules", "from ninety.rules.errors import Refusal", []),
        ("rules", "from ninety import clock", ["ninety.clock"]),
        ("store", "from ninety.work.people import People", ["ninety.work.people.People"]),
        ("store", "from ..web import context", ["ninety.web.context"]),
        ("work", "def late():\n    import ninety.mail.deliver", ["ninety.mail.deliver"]),
        ("mail", "from ninety.store.ledger import Ledger", ["ninety.store.ledger.Ledger"]),
        ("web", "from app import create_app", ["app.create_app"]),
        ("cli", "from ninety.web.context import world", []),
        ("cli", "from ninety.web.account import keys", ["ninety.web.account.keys"]),
    ],
)
def test_an_arrow_the_other_way_is_seen(part: str, line: str, refused: list[str]) -> None:
    assert uphill(part, imported(ast.parse(line), f"ninety.{part}")) == refused


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "import time",
        "import sqlite3 as base",
        "from pathlib import Path",
        "from urllib.request import urlopen",
        "import flask",
        "open('x')",
    ],
)
def test_what_is_not_pure_is_seen(line: str) -> None:
    assert impure(ast.parse(line)) != []


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "clock = datetime.utcnow",
        "datetime.datetime.now()",
        "import time\nstarted = time.time()",
        "from time import time",
        "email.utils.formatdate()",
    ],
)
def test_a_read_of_the_wall_clock_is_seen(line: str) -> None:
    assert clock_reads(ast.parse(line)) != []


def test_durations_may_be_measured() -> None:
    assert clock_reads(ast.parse("time.monotonic()\ntime.sleep(1)\nfrom time import sleep")) == []
