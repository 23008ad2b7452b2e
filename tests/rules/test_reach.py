"""What globs match among the packages that are here, found without trying them all."""

import pytest

from ninety.rules import reach, scopes

IDS = sorted(["acme", "acme.core", "acme.json", "acmexyz", "other.core", "z"])
OWNED = frozenset({"acme.core", "z"})


@pytest.mark.parametrize(
    ("glob", "matched"),
    [
        ("*", IDS),
        ("Acme.*", ["acme.core", "acme.json"]),
        ("ACME", ["acme"]),
        ("acme*", ["acme", "acme.core", "acme.json", "acmexyz"]),
        ("*.core", ["acme.core", "other.core"]),
        ("z", ["z"]),
        ("zz*", []),
        ("a*.c*e", ["acme.core"]),
    ],
)
def test_a_glob_matches_what_a_key_with_it_would_reach(glob, matched):
    (found,) = reach.of([glob], IDS, OWNED)
    assert matched == [id for id in IDS if scopes.covers([glob], id)]
    assert found.shown == tuple(matched[: reach.SHOWN])
    assert (found.total, found.more) == (len(matched), max(0, len(matched) - reach.SHOWN))
    assert found.owned == len(OWNED & set(matched))


def test_of_many_globs_the_first_are_looked_for():
    assert len(reach.of([f"a{number}" for number in range(50)], IDS, OWNED)) == reach.GLOBS
