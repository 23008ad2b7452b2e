"""`flask key adopt` takes a secret in and says nothing of it; `flask key spread` draws ends."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from ninety import running
from ninety.rules import instants
from ninety.settings import Settings
from parts.feeds import NOW

SECRET = "oy2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
ADOPT = ("key", "adopt", "alice@example.org", "--name", "jenkins")


@pytest.fixture
def flask(app: Flask) -> Callable[..., Result]:
    """Runs a command, with `stdin` for it to read."""

    def run(*words: str, stdin: str | bytes = "") -> Result:
        return app.test_cli_runner().invoke(args=list(words), input=stdin)

    return run


def keys(flask: Callable[..., Result]) -> list[dict[str, str]]:
    return json.loads(flask("key", "list", "--json").stdout)


def without_ends(folder: Path) -> None:
    """Take the end of every key out of the file, as somebody who wrote it by hand would."""
    path = folder / "keys.json"
    tables = json.loads(path.read_text())
    for document in tables["keys"].values():
        document.pop("expires_at", None)
    path.write_text(json.dumps(tables))


def test_an_adopted_secret_works_and_is_not_said(flask, world, alice):
    adopted = flask(*ADOPT, "--packages", "Acme.*", "--action", "push", stdin=f"{SECRET}\r\n")
    assert (adopted.exit_code, adopted.stdout) == (0, "")
    key = world.access.authenticate(SECRET, NOW).key
    assert (key.name, key.packages, key.actions) == ("jenkins", ("Acme.*",), ("push",))
    assert key.id in adopted.stderr
    assert SECRET[:6] not in adopted.output
    (listed,) = keys(flask)
    assert (listed["state"], listed["expires"]) == ("alive", instants.text(key.expires_at))


@pytest.mark.parametrize(
    ("stdin", "why"),
    [
        ("", "16 to 512 printable ASCII"),
        (f"{SECRET}\n{SECRET}\n", "one line"),
        (b"\xff\xfe\x00secret-of-sixteen-or-more", "printable ASCII"),
        (f"n90_k3v9w2xq7d_{'0' * 38}\n", "begins like a secret of this feed"),
    ],
)
def test_what_cannot_be_adopted_is_refused_in_one_sentence(flask, alice, stdin, why):
    refused = flask(*ADOPT, stdin=stdin)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert why in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert keys(flask) == []


def test_a_secret_is_adopted_once(flask, alice):
    assert flask(*ADOPT, stdin=SECRET).exit_code == 0
    again = flask("key", "adopt", "alice@example.org", "--name", "again", stdin=SECRET)
    assert (again.exit_code, SECRET in again.output) == (1, False)
    assert "is, or once was, that of a key here" in again.stderr


def test_spread_gives_ends_and_shows_when_keys_end(flask, world, alice):
    for number in range(30):
        flask("key", "create", "alice@example.org", "--name", f"key {number}", "--days", "30")
    without_ends(world.settings.data)
    assert keys(flask) == []

    dry = flask("key", "spread", "--dry-run", "--json")
    assert json.loads(dry.stdout) | {"weeks": []} == {
        "given": 30,
        "moved": 0,
        "kept": 0,
        "dry_run": True,
        "weeks": [],
    }
    assert keys(flask) == []

    spread = flask("key", "spread")
    assert spread.exit_code == 0
    assert "Keys given an end: 30; brought nearer: 0; left as they are: 0." in spread.stderr
    ends = [instants.parse(key["expires"]) for key in keys(flask)]
    assert len(ends) == 30
    assert all(NOW + timedelta(days=90) <= end <= NOW + timedelta(days=110) for end in ends)

    head, *lines = spread.stdout.splitlines()
    assert head.split() == ["week", "of", "keys"]
    assert sum(int(line.split()[1]) for line in lines) == 30
    bars = [line.count("█") for line in lines]
    counts = [int(line.split()[1]) for line in lines]
    assert max(bars) == 50
    assert bars.index(50) == counts.index(max(counts))
    assert len({line.index("█") for line in lines if "█" in line}) == 1


def test_a_second_run_changes_nothing(flask, world, alice):
    flask(*ADOPT, stdin=SECRET)
    before = keys(flask)
    told = json.loads(flask("key", "spread", "--json").stdout)
    assert (told["given"], told["moved"], told["kept"]) == (0, 0, 1)
    assert keys(flask) == before


def test_keys_beyond_a_lowered_maximum_end_sooner(flask, app, world, alice):
    flask("key", "create", "alice@example.org", "--name", "ci", "--days", "90")
    flask("key", "create", "alice@example.org", "--name", "short", "--days", "20")
    settings = Settings(data=world.settings.data, key_days=30, key_max_days=30)
    stricter = create_app(settings, clock=lambda: NOW).test_cli_runner()
    told = json.loads(stricter.invoke(args=["key", "spread", "--json"]).stdout)
    assert (told["given"], told["moved"], told["kept"]) == (0, 1, 1)
    ends = {key["name"]: instants.parse(key["expires"]) for key in keys(flask)}
    assert NOW + timedelta(days=30) <= ends["ci"] <= NOW + timedelta(days=36.6)
    assert ends["short"] == NOW + timedelta(days=20)


def test_without_keys_there_is_nothing_to_show(flask, alice):
    spread = flask("key", "spread")
    assert (spread.exit_code, spread.stdout) == (0, "")


def test_a_start_gives_ends_to_keys_that_came_without(flask, world, alice, capsys):
    flask(*ADOPT, stdin=SECRET)
    without_ends(world.settings.data)
    running.greet(world.settings)
    assert "came without an end: 1; each ends in 90 to 110 days" in capsys.readouterr().out
    assert [key["name"] for key in keys(flask)] == ["jenkins"]
    running.greet(world.settings)
    assert "without an end" not in capsys.readouterr().out
