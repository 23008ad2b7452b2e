"""What a key may do: actions, and the packages they reach.

A key acts for its person and can only do less. Its packages are globs: `*`
stands for any run of characters, everything else for itself whatever its letter
case, and a glob always speaks of a whole id: `Acme.*` covers Acme.Core, but
neither Acme nor Acmexyz. An empty list never means everything.
"""

import re
from collections.abc import Iterable

from ninety.rules.errors import FieldRefused

PUSH = "push"
PUSH_VERSION = "push-version"
UNLIST = "unlist"
READ = "read"

ACTIONS = (PUSH, PUSH_VERSION, UNLIST, READ)
DEFAULT_ACTIONS = (PUSH, PUSH_VERSION, READ)
EVERY_PACKAGE = ("*",)

# In words, for pages, mails and the terminal.
SAID = {
    PUSH: "push new packages",
    PUSH_VERSION: "push new versions",
    UNLIST: "unlist and relist",
    READ: "read",
}

# What a key is told that was not made for an action, with the id it asked for.
WITHOUT = {
    PUSH: "may not push new packages, and {id} is new here",
    PUSH_VERSION: "may not push new versions of packages that are here",
    UNLIST: "may not unlist or relist",
    READ: "may not read packages",
}

MOST_GLOBS = 50
# An id has at most 100 characters.
GLOB = re.compile(r"[A-Za-z0-9_.*-]{1,100}")


def check_actions(chosen: Iterable[str]) -> tuple[str, ...]:
    """The actions as kept: at least one, each once, in their usual order. Raises FieldRefused."""
    wanted = set(chosen)
    unknown = sorted(wanted - set(ACTIONS))
    if unknown:
        raise FieldRefused("actions", f"A key can {', '.join(ACTIONS)}; not {unknown[0][:40]}")
    if not wanted:
        raise FieldRefused("actions", "Choose at least one thing that the key may do")
    return tuple(action for action in ACTIONS if action in wanted)


def check_packages(globs: Iterable[str]) -> tuple[str, ...]:
    """The package globs as kept: at least one, each once. Raises FieldRefused."""
    kept: dict[str, str] = {}
    for glob in (one.strip() for one in globs):
        if not glob:
            continue
        if not GLOB.fullmatch(glob):
            raise FieldRefused(
                "packages", f"A package is an id such as Acme.Core or Acme.*, not {glob[:40]}"
            )
        kept.setdefault(glob.lower(), glob)
    if not kept:
        raise FieldRefused("packages", "Name the packages the key may push, or * for all")
    if len(kept) > MOST_GLOBS:
        raise FieldRefused("packages", f"A key names at most {MOST_GLOBS} packages")
    return tuple(kept.values())


def covers(globs: Iterable[str], package_id: str) -> bool:
    """Whether one of `globs` speaks of `package_id`."""
    return any(_pattern(glob).fullmatch(package_id.lower()) for glob in globs)


def covered(glob: str, ids: Iterable[str]) -> list[str]:
    """Which of `ids`, in lower case, `glob` speaks of; in their order."""
    pattern = _pattern(glob)
    return [id for id in ids if pattern.fullmatch(id)]


def limit(actions: Iterable[str], packages: Iterable[str], action: str, package_id: str) -> str:
    """What keeps a key from doing `action` to `package_id`, in words; empty where nothing does.

    Packages limit what is changed; reading is all or nothing.
    """
    if action not in actions:
        return WITHOUT[action].format(id=package_id)
    if action != READ and not covers(packages, package_id):
        verb = "unlist" if action == UNLIST else "push"
        return f"may {verb} only {_listed(packages)}; this package is {package_id}"
    return ""


def _listed(globs: Iterable[str]) -> str:
    """`Acme.*, Other.Core`: the globs for a sentence, a few of them where there are many."""
    *first, last = tuple(globs)
    return ", ".join((*first, last)) if len(first) < 5 else f"{', '.join(first[:5])}, …"


def said(actions: Iterable[str], packages: Iterable[str]) -> str:
    """`push, read · Acme.*`: a scope in words, for pages and mails."""
    kept, reach = tuple(actions), tuple(packages)
    words = ", ".join(SAID[action] for action in ACTIONS if action in kept)
    if PUSH in kept and PUSH_VERSION in kept:
        words = words.replace(f"{SAID[PUSH]}, {SAID[PUSH_VERSION]}", "push")
    if only_reads(kept):
        return words
    return f"{words} · {'all packages' if reach == EVERY_PACKAGE else ', '.join(reach)}"


def what_stops(actions: Iterable[str]) -> str:
    """`pushes, unlisting and restores`: what is refused once a key with these actions is dead."""
    kept = set(actions)
    things = [
        *(["pushes"] if kept & {PUSH, PUSH_VERSION} else []),
        *(["unlisting"] if UNLIST in kept else []),
        *(["restores"] if READ in kept else []),
    ]
    return " and ".join(filter(None, (", ".join(things[:-1]), things[-1])))


def any_of(actions: Iterable[str]) -> str:
    """`push new packages, unlist and relist or read`: actions in words after "may not"."""
    *first, last = [SAID[action] for action in ACTIONS if action in set(actions)] or [""]
    return f"{', '.join(first)} or {last}" if first else last


def only_reads(actions: Iterable[str]) -> bool:
    """Whether a key with these actions can change nothing here."""
    return set(actions) == {READ}


def within(
    actions: Iterable[str],
    packages: Iterable[str],
    wider_actions: Iterable[str],
    wider_packages: Iterable[str],
) -> bool:
    """Whether a scope is no wider than another: it names nothing the other does not cover."""
    outer = tuple(wider_packages)
    return set(actions) <= set(wider_actions) and all(
        any(_glob_within(glob, other) for other in outer) for glob in packages
    )


def _glob_within(glob: str, wider: str) -> bool:
    """Whether every id that `glob` covers is covered by `wider`.

    A star of `wider` may stand for anything, stars of `glob` included; any other
    letter only for itself. So `glob`, read as text, must fit `wider`.
    """
    return _pattern(wider).fullmatch(glob.lower()) is not None


def _pattern(glob: str) -> re.Pattern[str]:
    # Runs of stars are one star, so that no pattern is slow to match.
    pieces = re.split(r"\*+", glob.lower())
    return re.compile(".*".join(map(re.escape, pieces)), re.DOTALL)
