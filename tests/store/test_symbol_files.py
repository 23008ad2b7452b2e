"""The files of symbols: the old ones or the new ones, whatever happens in between."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ninety.rules import versions
from ninety.rules.errors import NotFound
from ninety.store.symbol_files import SymbolFiles
from parts.feeds import ALICE, NOW, Feed, opened
from parts.pdbs import SIGNATURE, make_pdb, make_snupkg

TESTS = Path(__file__).parents[1]
ONE = versions.parse("1.0.0")


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    """A feed with Acme.Core 1.0.0 and its symbols."""
    with opened(tmp_path / "data") as one:
        one.push()
        push(one)
        yield one


def push(feed: Feed, text: bytes = b"") -> None:
    snupkg = make_snupkg(pdbs={"a.pdb": make_pdb(text=text)})
    feed.symbols.receive(ALICE, [snupkg], "", NOW)


def interrupted(folder: Path, how: str) -> list[dict[str, Any]]:
    """What became of symbols that were replaced, stopped at every step on the disk in turn."""
    done = subprocess.run(
        [sys.executable, "-m", "parts.interrupted_symbols", str(folder), how],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    outcomes: list[dict[str, Any]] = json.loads(done.stdout)
    return outcomes


def whole(outcome: dict[str, Any]) -> bool:
    """Whether the push done again left the new symbols, and nothing else at all."""
    return (outcome["left"], outcome["again"], outcome["then"], outcome["files"]) == (
        [],
        "pushed",
        "new",
        [["0.pdb", "1.pdb", "acme.core.1.0.0.snupkg"]],
    )


def test_symbols_replaced_by_a_process_that_is_killed_are_the_old_or_the_new(
    tmp_path: Path,
) -> None:
    outcomes = interrupted(tmp_path, "kill")
    served = [outcome["served"] for outcome in outcomes]
    replaced = served.index("new")
    assert replaced >= 10, "the steps before the record is replaced are among them"
    assert served == ["old"] * replaced + ["new"] * (len(served) - replaced)
    assert all(map(whole, outcomes))


def test_a_disk_that_fills_at_any_step_keeps_the_old_symbols_and_says_so(tmp_path: Path) -> None:
    outcomes = interrupted(tmp_path, "full")
    refused = [one["served"] for one in outcomes if one["first"] == "DiskFull"]
    pushed = [one["served"] for one in outcomes if one["first"] == "pushed"]
    assert len(refused) + len(pushed) == len(outcomes)
    # The record is in place before its folder is brought to the disk, the last step that counts.
    assert refused == ["old"] * (len(refused) - 1) + ["new"]
    assert set(pushed) == {"new"}
    assert all(map(whole, outcomes))


def test_what_the_record_does_not_name_goes_and_what_it_names_stays(feed: Feed) -> None:
    files = SymbolFiles(feed.packages)
    snupkg = files.snupkg("acme.core", ONE)
    left = snupkg.parent.parent / "left"
    left.mkdir()
    (left / "0.pdb").write_bytes(b"half")
    files.tidy("acme.core", ONE)
    assert [path.name for path in snupkg.parent.parent.iterdir()] == [snupkg.parent.name]
    assert files.pdb("acme.core", ONE, "A.pdb", SIGNATURE).read_bytes() == make_pdb()


def test_what_cannot_be_removed_does_not_fail_a_push(
    feed: Feed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stuck(path: Path) -> None:
        raise OSError(16, "Device or resource busy", str(path))

    monkeypatch.setattr("ninety.store.symbol_files.remove", stuck)
    push(feed, b"newer")
    assert feed.symbols.find("a.pdb", SIGNATURE).read_bytes() == make_pdb(text=b"newer")
    assert "symbols that nobody needs" in caplog.text


def test_a_version_without_symbols_has_none(feed: Feed) -> None:
    feed.push(version="2.0.0")
    files, two = SymbolFiles(feed.packages), versions.parse("2.0.0")
    files.tidy("acme.core", two)
    with pytest.raises(NotFound):
        files.pdb("acme.core", two, "a.pdb", SIGNATURE)
    with pytest.raises(NotFound):
        files.snupkg("acme.core", two)
    assert not (feed.data / "packages" / "acme.core" / "2.0.0" / "symbols").exists()


def test_of_symbols_pushed_at_once_the_last_are_kept_whole(feed: Feed) -> None:
    start = threading.Barrier(6)

    def run(number: int) -> None:
        start.wait()
        push(feed, f"number {number}".encode())

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = SymbolFiles(feed.packages)
    pdb = files.pdb("acme.core", ONE, "a.pdb", SIGNATURE).read_bytes()
    snupkg = files.snupkg("acme.core", ONE)
    assert snupkg.read_bytes() == make_snupkg(pdbs={"a.pdb": pdb})
    assert [path.name for path in snupkg.parent.parent.iterdir()] == [snupkg.parent.name]
    assert feed.left_over() == []
