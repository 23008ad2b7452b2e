"""`flask packages …`, as a person types it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from ninety.rules import versions
from ninety.rules.people import Person
from ninety.wiring import Ninety
from parts import foreign_feeds
from parts.feeds import NOW
from parts.packages import make_nupkg
from parts.scripts import ROOT
from parts.waiting import wait_until

Run = Callable[..., Result]
ONE = versions.parse("1.0.0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Another feed's folder, with three packages."""
    path = tmp_path / "elsewhere"
    foreign_feeds.write(path, "bagetter")
    return path


def test_an_import_brings_packages_in_and_tells_how_many(
    flask: Run, alice: Person, folder: Path
) -> None:
    done = flask("packages", "import", folder)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "3 imported, 0 here already, 0 different, 0 refused.\n"
    again = flask("packages", "import", folder)
    assert again.stderr == "0 imported, 3 here already, 0 different, 0 refused.\n"


def test_what_was_refused_is_listed_with_its_reason(
    flask: Run, alice: Person, folder: Path
) -> None:
    (folder / "bad.nupkg").write_bytes(b"")
    (folder / "Acme.Core.1.0.0.snupkg").write_bytes(b"")
    (folder / "other").mkdir()
    (folder / "other" / "Acme.Core.nupkg").write_bytes(make_nupkg("Acme.Core", "1.0"))
    done = flask("packages", "import", folder)
    assert done.exit_code == 1
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["file", "outcome", "why"]
    assert [line.split()[:2] for line in lines] == [
        ["bad.nupkg", "refused"],
        ["packages/acme.core/1.0.0/acme.core.1.0.0.nupkg", "different"],
    ]
    assert lines[0].endswith("This is not a .nupkg: it does not end as a zip does.")
    assert done.stderr.splitlines() == [
        "3 imported, 0 here already, 1 different, 1 refused.",
        "Left out, because they hold symbols only: 1. Push .snupkg files.",
    ]


def test_the_report_can_be_read_by_machines(flask: Run, alice: Person, folder: Path) -> None:
    (folder / "bad.nupkg").write_bytes(b"")
    done = flask("packages", "import", folder, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {
        "imported": 3,
        "same": 0,
        "symbols_left_out": 0,
        "trouble": [
            {
                "file": "bad.nupkg",
                "outcome": "refused",
                "why": "This is not a .nupkg: it does not end as a zip does.",
            }
        ],
    }


def test_new_ids_belong_to_whom_the_command_names(
    flask: Run, world: Ninety, alice: Person, bob: Person, folder: Path
) -> None:
    flask("packages", "import", folder, "--owner", "BOB@example.org")
    with world.index.reading() as index:
        assert index.owners("acme.core") == (bob.id,)


def test_an_import_needs_an_owner_there_is_no_doubt_about(
    flask: Run, world: Ninety, alice: Person, bob: Person, folder: Path
) -> None:
    world.people.add("carol@example.org", "a horse of course", admin=True, timezone="UTC", now=NOW)
    world.people.disable(bob.id, NOW)
    for words, why in (
        ((), "Error: There are 2 admins; say --owner EMAIL.\n"),
        (
            ("--owner", "dave@example.org"),
            "Error: There is no such account as dave@example.org here.\n",
        ),
        (("--owner", bob.email), "Error: The account of bob@example.org is disabled.\n"),
    ):
        done = flask("packages", "import", folder, *words)
        assert (done.exit_code, done.stderr) == (1, why)
    assert world.packages.ids() == []


def test_the_list_tells_what_there_is(flask: Run, alice: Person, folder: Path) -> None:
    for path in folder.rglob("*.nupkg"):
        foreign_feeds.dated(path, NOW)
    flask("packages", "import", folder)
    flask("packages", "unlist", "acme.core", "1.0")
    done = flask("packages", "list")
    assert [line.split() for line in done.stdout.splitlines()[1:]] == [
        ["Acme.Core", "1.10.0-Beta.1+build", "2", "1", "2026-11-23", "14:04", "UTC", alice.email],
        ["Acme.Tools", "2.0.0", "1", "0", "2026-11-23", "14:04", "UTC", alice.email],
    ]
    assert json.loads(flask("packages", "list", "--json").stdout) == [
        {
            "id": "Acme.Core",
            "newest": "1.10.0-Beta.1+build",
            "versions": 2,
            "unlisted": 1,
            "published": "2026-11-23T14:04:00Z",
            "owners": ["alice@example.org"],
        },
        {
            "id": "Acme.Tools",
            "newest": "2.0.0",
            "versions": 1,
            "unlisted": 0,
            "published": "2026-11-23T14:04:00Z",
            "owners": ["alice@example.org"],
        },
    ]


def test_versions_are_unlisted_and_listed_again(
    flask: Run, world: Ninety, alice: Person, folder: Path
) -> None:
    flask("packages", "import", folder)
    done = flask("packages", "unlist", "ACME.core", "1.0")
    assert (done.exit_code, done.stderr) == (0, "Acme.Core 1.0.0 is unlisted.\n")
    assert not world.packages.record("acme.core", ONE).listed
    done = flask("packages", "relist", "acme.core", "1.0.0")
    assert (done.exit_code, done.stderr) == (0, "Acme.Core 1.0.0 is listed.\n")
    assert world.packages.record("acme.core", ONE).listed
    assert flask("packages", "unlist", "acme.core", "9.0.0").exit_code == 1


def test_an_admin_deletes_a_version_and_says_why(
    flask: Run, app: Flask, alice: Person, folder: Path
) -> None:
    flask("packages", "import", folder)
    done = flask(
        "packages", "delete", "Acme.Tools", "2.0", "--who", alice.email, "--why", "A secret."
    )
    assert (done.exit_code, done.stderr) == (
        0,
        "Acme.Tools 2.0.0 is deleted; its number stays reserved.\n",
    )
    client = app.test_client()
    for path in ("package/acme.tools/index.json", "registration/acme.tools/index.json"):
        assert client.get(f"/v3/{path}").status_code == 404
    file = "package/acme.tools/2.0.0/acme.tools.2.0.0.nupkg"
    assert client.get(f"/v3/{file}").status_code == 404
    refused = flask("packages", "import", folder)
    assert refused.exit_code == 1
    assert "Acme.Tools 2.0.0 was deleted here and its number stays reserved" in refused.stdout


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--who", "bob@example.org", "--why", "x"), 1),
        (("--who", "nobody@example.org", "--why", "x"), 1),
        (("--who", "alice@example.org", "--why", " "), 1),
        (("--who", "alice@example.org"), 2),
        (("--why", "x"), 2),
    ],
)
def test_nobody_deletes_without_saying_who_and_why(
    flask: Run,
    world: Ninety,
    alice: Person,
    bob: Person,
    folder: Path,
    words: tuple[str, ...],
    status: int,
) -> None:
    flask("packages", "import", folder, "--owner", bob.email)
    assert flask("packages", "delete", "Acme.Core", "1.0.0", *words).exit_code == status
    assert world.packages.nupkg("acme.core", ONE).exists()


def test_verifying_tells_and_repairs(
    flask: Run, world: Ninety, alice: Person, folder: Path
) -> None:
    flask("packages", "import", folder)
    done = flask("packages", "verify")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "Checked 3 versions: all is well.\n"
    world.packages.file("acme.core", ONE, "acme.core.nuspec").unlink()
    done = flask("packages", "verify")
    assert done.exit_code == 1
    assert done.stdout == "acme.core 1.0.0: Its acme.core.nuspec is missing.\n"
    assert done.stderr == "Checked 3 versions: 1 problem.\n"
    done = flask("packages", "verify", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {
        "versions": 3,
        "findings": [
            {
                "where": "acme.core 1.0.0",
                "what": "Its acme.core.nuspec is missing.",
                "standing": "problem",
            }
        ],
    }
    done = flask("packages", "verify", "--repair")
    assert done.exit_code == 0
    assert done.stderr == "Checked 3 versions: 1 thing repaired, all is well now.\n"
    assert flask("packages", "verify").exit_code == 0


def test_reindexing_makes_another_index_with_the_same_in_it(
    flask: Run, world: Ninety, alice: Person, folder: Path
) -> None:
    flask("packages", "import", folder)
    with world.index.reading() as index:
        before = index.generation("feed"), index.ids()
    done = flask("packages", "reindex")
    assert (done.exit_code, done.stderr) == (0, "The index was made anew from 2 package ids.\n")
    with world.index.reading() as index:
        assert index.generation("feed") != before[0]
        assert index.ids() == before[1]


@pytest.mark.large
def test_an_import_of_a_thousand_packages_killed_in_the_middle_ends_complete(
    tmp_path: Path, flask: Run, world: Ninety, alice: Person
) -> None:
    every = [(f"Acme.P{number % 250}", f"{number // 250}.0.0") for number in range(1000)]
    elsewhere = tmp_path / "elsewhere"
    foreign_feeds.write(elsewhere, "nuget.server", every)
    command = [sys.executable, "-m", "flask", "packages", "import", str(elsewhere)]
    environment = {**os.environ, "NINETY_DATA": str(tmp_path / "data")}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as process:
        wait_until(lambda: len(world.packages.ids()) > 100, 120, "a good part of the import")
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert len(world.packages.ids()) < 250, "it was killed before it was done"
    done = flask("packages", "import", elsewhere, "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert told["imported"] + told["same"] == 1000
    assert told["imported"] > 0 < told["same"]
    with world.index.reading() as index:
        there = [(id, one.key) for id in index.ids() for one in index.versions(id)]
    assert sorted(there) == sorted((id.lower(), version) for id, version in every)
    assert list(world.packages.incoming.iterdir()) == []
    assert flask("packages", "verify").exit_code == 0
