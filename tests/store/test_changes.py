"""Whether anything changed: told at once by whoever changes it, else noticed soon."""

import subprocess
import sys
from pathlib import Path

import pytest

from ninety.store import changes
from ninety.store.changes import BELIEVED_SECONDS, NEVER, Remembered, Watch


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 90.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def seconds(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(changes, "monotonic", clock)
    return clock


def test_what_was_found_stands_until_a_change_is_noted(tmp_path: Path) -> None:
    one, other = Watch(tmp_path), Watch(tmp_path)
    found, found_elsewhere = one.look(), other.look()
    assert one.stands(found)
    assert other.stands(found_elsewhere)

    changes.note(tmp_path)
    assert not one.stands(found)
    assert not other.stands(found_elsewhere)
    assert one.stands(one.look())


def test_another_process_is_heard(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    found = watch.look()
    note = (
        "import sys, pathlib; from ninety.store import changes; "
        "changes.note(pathlib.Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", note, str(tmp_path)], check=True)
    assert not watch.stands(found)


def test_no_two_changes_leave_the_same_mark(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    marks = {watch.look().mark}
    for _ in range(100):
        changes.note(tmp_path)
        marks.add(watch.look().mark)
    assert len(marks) == 101


def test_what_was_found_is_believed_for_so_long_only(tmp_path: Path, seconds: Clock) -> None:
    watch = Watch(tmp_path)
    found = watch.look()
    seconds.now += BELIEVED_SECONDS * 0.99
    assert watch.stands(found)
    seconds.now += BELIEVED_SECONDS * 0.02
    assert not watch.stands(found)


def test_before_the_first_look_nothing_stands(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    assert not watch.stands(NEVER)
    watch.look()
    assert not watch.stands(NEVER)


def test_where_no_mark_can_be_kept_nothing_stands_and_it_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = tmp_path / "nowhere"
    watch = Watch(nowhere)
    assert not watch.stands(watch.look())
    changes.note(nowhere)
    assert "cannot be watched" in caplog.text
    assert "could not be marked" in caplog.text

    nowhere.mkdir()
    assert watch.stands(watch.look()), "it is tried again"


def test_only_the_owner_may_read_the_marks(tmp_path: Path) -> None:
    changes.note(tmp_path)
    file = tmp_path / changes.NAME
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_size == changes.LENGTH


def test_what_is_remembered_is_found_anew_after_a_change(tmp_path: Path, seconds: Clock) -> None:
    answers = iter("abcd")
    remembered = Remembered(tmp_path, lambda: next(answers))
    assert [remembered(), remembered()] == ["a", "a"]
    changes.note(tmp_path)
    assert [remembered(), remembered()] == ["b", "b"]
    seconds.now += BELIEVED_SECONDS
    assert remembered() == "c"


def test_a_change_in_the_middle_of_a_look_is_not_missed(tmp_path: Path) -> None:
    kept = ["old"]

    def find() -> str:
        found = kept[0]
        if found == "old":
            kept[0] = "new"
            changes.note(tmp_path)
        return found

    remembered = Remembered(tmp_path, find)
    assert [remembered(), remembered()] == ["old", "new"]
