"""Durable replacement and locks, against a real folder and real processes."""

import errno
import fcntl
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ninety.rules.errors import DiskFull
from ninety.store.files import locked, remove_leftovers, replace_durably
from parts.scripts import finished, started
from parts.waiting import wait_until

Failing = Callable[[str, int], None]
OPEN_FILES = Path("/proc/self/fd")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "site.json"
    path.write_bytes(b"old")
    return path


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    """Makes one function of `os` fail, as `failing("fsync", errno.ENOSPC)`."""

    def fail(name: str, number: int) -> None:
        def refuse(*_arguments: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, name, refuse)

    return fail


def only_names(path: Path) -> list[str]:
    return [entry.name for entry in path.parent.iterdir()]


def is_free(lock: Path) -> bool:
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_a_file_is_replaced_whole(path: Path) -> None:
    with path.open("rb") as before:
        replace_durably(path, b"new")
        assert path.read_bytes() == b"new"
        assert before.read() == b"old", "who reads the old file reads it to its end"
    assert only_names(path) == ["site.json"]


def test_a_missing_file_is_made(tmp_path: Path) -> None:
    replace_durably(tmp_path / "new", b"content")
    assert (tmp_path / "new").read_bytes() == b"content"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_reads_a_file(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        replace_durably(path, b"new")
        with locked(path.with_suffix(".lock")):
            pass
    finally:
        os.umask(before)
    for one in (path, path.with_suffix(".lock")):
        assert stat.S_IMODE(one.stat().st_mode) == 0o600


def test_content_is_on_disk_before_the_rename_and_the_name_after_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []
    sync, replace = os.fsync, os.replace

    def note_sync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        steps.append(f"sync {kind} of {os.fstat(descriptor).st_size if kind == 'file' else '-'}")
        sync(descriptor)

    def note_replace(source: Path, target: Path) -> None:
        steps.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_replace)
    replace_durably(path, b"content")
    assert steps == ["sync file of 7", "rename", "sync folder of -"]


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named_and_leaves_all_as_it_was(
    path: Path, failing: Failing, step: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(step, number)
    with pytest.raises(DiskFull):
        replace_durably(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert only_names(path) == ["site.json"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_other_trouble_with_the_disk_keeps_its_own_name(
    path: Path, failing: Failing, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(step, errno.EIO)
    with pytest.raises(OSError, match="Input/output error"):
        replace_durably(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert only_names(path) == ["site.json"]


def test_a_write_that_the_system_cuts_short_leaves_all_as_it_was(path: Path) -> None:
    printed = finished(
        """
        import errno, pathlib, resource, sys
        from ninety.store.files import replace_durably
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            replace_durably(pathlib.Path(sys.argv[1]), b"n" * 5000)
        except OSError as error:
            print(errno.errorcode[error.errno])
        """,
        path,
    )
    assert printed == "EFBIG\n"
    assert path.read_bytes() == b"old"
    assert only_names(path) == ["site.json"]


def test_leftovers_of_one_file_are_removed_and_nothing_else(path: Path) -> None:
    others = {".other.json.0123456789abcdef.tmp", ".site.json.tmp", "site.json", ".site.json"}
    for name in others | {".site.json.0123456789abcdef.tmp"}:
        path.with_name(name).touch()
    remove_leftovers(path)
    assert set(only_names(path)) == others


def test_what_a_killed_writer_left_is_a_leftover(path: Path) -> None:
    script = """
        import os, pathlib, signal, sys
        from ninety.store.files import replace_durably
        os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
        replace_durably(pathlib.Path(sys.argv[1]), b"new")
        """
    with started(script, path) as process:
        process.wait(30)
    assert len(only_names(path)) == 2
    remove_leftovers(path)
    assert only_names(path) == ["site.json"]
    assert path.read_bytes() == b"old"


def test_a_lock_is_held_by_one_thread_at_a_time(tmp_path: Path) -> None:
    inside = []
    most = []

    def enter() -> None:
        for _ in range(50):
            with locked(tmp_path / "a.lock"):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 200


def test_a_lock_is_free_after_its_block_however_it_ends(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    with locked(lock):
        assert not is_free(lock)
    assert is_free(lock)
    with pytest.raises(KeyError), locked(lock):
        raise KeyError
    assert is_free(lock)


def test_a_lock_is_free_after_its_block_though_another_has_a_copy_of_it_open(
    tmp_path: Path,
) -> None:
    lock = tmp_path / "a.lock"
    with locked(lock):
        links = {int(link.name): os.path.realpath(link) for link in OPEN_FILES.iterdir()}
        copies = [os.dup(number) for number, target in links.items() if target == str(lock)]
    assert len(copies) == 1
    assert is_free(lock)
    os.close(copies[0])


def test_a_forked_child_neither_holds_nor_frees_its_parents_lock(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    script = """
        import os, pathlib, sys
        from ninety.store.files import locked
        with locked(pathlib.Path(sys.argv[1])):
            if os.fork() == 0:
                print("forked", flush=True)
                sys.stdin.read()
                os._exit(0)
            os.wait()
        """
    with started(script, lock) as process:
        assert process.stdout.readline() == "forked\n"
        assert not is_free(lock), "the child's letting go left the lock to its parent"
        process.kill()
        wait_until(lambda: is_free(lock), 5, "the lock of a parent killed while its child lives")


def test_a_child_that_leaves_the_block_it_was_forked_in_closes_no_file_of_its_own(
    tmp_path: Path,
) -> None:
    printed = finished(
        """
        import os, pathlib, sys
        from ninety.store.files import locked
        with locked(pathlib.Path(sys.argv[1])):
            child = os.fork()
            mine = None if child else os.open(sys.argv[1], os.O_RDONLY)
        if child:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        else:
            os.fstat(mine)
            os._exit(7)
        """,
        tmp_path / "a.lock",
    )
    assert printed == "7\n"
