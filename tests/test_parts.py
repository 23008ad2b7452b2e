"""The parts that the journeys rely on do what they say."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from parts import commands, processes
from parts.movable_clock import MovableClock
from parts.nuget import ClientOutcome
from parts.required import missing
from parts.waiting import wait_until

TELL_TIME = """
import datetime, sys, time
for line in sys.stdin:
    before = time.monotonic()
    time.sleep(0.01)
    assert 0.01 <= time.monotonic() - before < 60
    print(datetime.datetime.now(datetime.UTC).isoformat(), flush=True)
"""


def test_a_moved_clock_is_read_by_a_process_that_runs(tmp_path: Path) -> None:
    clock = MovableClock(tmp_path)
    environment = {"PATH": os.environ["PATH"], **clock.environment()}
    teller = subprocess.Popen(
        [sys.executable, "-c", TELL_TIME],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with teller:
        assert teller.stdin is not None
        assert teller.stdout is not None

        def told() -> datetime:
            print("now?", file=teller.stdin, flush=True)
            return datetime.fromisoformat(teller.stdout.readline().strip())

        start = datetime.now(UTC)
        assert abs(told() - start) < timedelta(minutes=1)
        clock.move(days=81, hours=1)
        assert abs(told() - start - timedelta(days=81, hours=1)) < timedelta(minutes=1)
        clock.move_to(datetime(2028, 2, 29, 23, 59, 30, tzinfo=UTC))
        first, second = told(), told()
        assert timedelta() <= first - datetime(2028, 2, 29, 23, 59, 30, tzinfo=UTC)
        assert timedelta() < second - first < timedelta(minutes=1)
        assert abs(clock.now() - second) < timedelta(minutes=1)
        teller.stdin.close()
        assert teller.wait(10) == 0


def test_a_process_is_found_by_its_folder_after_its_parent_is_gone(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        ["/bin/sh", "-c", "sleep 600 & echo $!; exec sleep 600"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert {parent.pid, child} <= {one.pid for one in processes.descendants(os.getpid())}
        parent.send_signal(signal.SIGKILL)
    (orphan,) = processes.using(tmp_path)
    assert orphan.pid == child
    assert orphan.alive()
    assert orphan.memory() > 0
    assert orphan.processor_time() > 0
    orphan.kill()
    wait_until(lambda: not orphan.alive(), 5, "the end of the orphan")
    assert processes.using(tmp_path) == []


def test_a_folder_whose_name_only_begins_alike_is_another(tmp_path: Path) -> None:
    (tmp_path / "one-more").mkdir()
    with subprocess.Popen(["/bin/sleep", "600"], cwd=tmp_path / "one-more") as other:
        assert [one.pid for one in processes.using(tmp_path / "one-more")] == [other.pid]
        assert processes.using(tmp_path / "one") == []
        other.kill()


def test_a_command_that_hangs_is_ended_and_named(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"(?s)sleep.*still running after 0.3 s.*so far"):
        commands.run(
            ["/bin/sh", "-c", "echo so far; sleep 600"],
            environment={},
            folder=tmp_path,
            seconds=0.3,
        )
    assert processes.using(tmp_path) == []


def test_a_missing_part_fails_in_continuous_integration_and_is_skipped_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="not tried: a loom; install loom"):
        missing("a loom", "install loom")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="not tried: a loom; install loom"):
        missing("a loom", "install loom")


def test_the_warnings_of_both_clients_are_read() -> None:
    said = "WARNING: ends soon\n  Created\nwarn : ends: soon\nA warning is no warning\n"
    assert ClientOutcome(0, said, "").warnings == ["ends soon", "ends: soon"]


def test_a_page_with_scripts_reports_what_goes_wrong_in_them(
    page: Page, console_errors: list[str]
) -> None:
    page.goto("data:text/html,<title>calm</title><script>document.title='awake'</script>")
    assert page.title() == "awake"
    assert console_errors == []
    page.goto("data:text/html,<script>console.error('odd'); throw new Error('worse')</script>")
    assert len(console_errors) == 2, console_errors
    assert "odd" in console_errors[0]
    assert "worse" in console_errors[1]
    console_errors.clear()


def test_a_page_without_scripts_runs_none(page_without_script: Page) -> None:
    page_without_script.goto(
        "data:text/html,<title>calm</title><script>document.title='awake'</script>"
    )
    assert page_without_script.title() == "calm"
