"""What is left of a collection when the disk is full, writers are killed, and many come at once."""

import errno
import os
import random
import stat
import threading
import time
from pathlib import Path

import pytest

from ninety.rules.errors import DiskFull
from ninety.store.documents import Collection, Documents
from parts.scripts import finished, started


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.json"


@pytest.fixture
def users(path: Path) -> Collection:
    users = Collection(path)
    put(users, ada={"name": "Ada"}, bob={"name": "Bob"})
    return users


def put(collection: Collection, **documents: object) -> Documents:
    return collection.change(documents, lambda _present: documents)


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def held_open(path: Path) -> bool:
    links = Path("/proc/self/fd").iterdir()
    return any(os.path.realpath(link) == str(path.resolve()) for link in links)


def disk_full(*_arguments: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# Trouble with the disk


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_a_full_disk_changes_nothing_and_leaves_nothing(
    users: Collection, path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(os, step, disk_full)
    with pytest.raises(DiskFull):
        put(users, ada=None)
    monkeypatch.undo()
    assert users.get("ada") == Collection(path).get("ada") == {"name": "Ada"}
    assert names(path.parent) == {"changes", "users.json", "users.lock"}
    put(users, ada=None)
    assert users.get("ada") is None, "with room again, it goes on"


def test_a_failed_write_forgets_what_was_read(
    users: Collection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert held_open(path)
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(DiskFull):
        put(users, ada=None)
    assert not held_open(path)


def test_a_file_that_may_not_grow_keeps_its_old_documents(users: Collection, path: Path) -> None:
    printed = finished(
        """
        import errno, pathlib, resource, sys
        from ninety.store.documents import Collection
        users = Collection(pathlib.Path(sys.argv[1]))
        before = users.all()
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
        try:
            users.change(["big"], lambda _: {"big": {"text": "x" * 4000}})
        except OSError as error:
            print(errno.errorcode[error.errno], users.all() == before)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        users.change(["small"], lambda _: {"small": {}})
        """,
        path,
    )
    assert printed == "EFBIG True\n"
    assert list(users.all()) == ["ada", "bob", "small"]
    assert names(path.parent) == {"changes", "users.json", "users.lock"}


def test_where_the_folder_cannot_be_synced_the_change_fails_and_readers_see_the_file(
    users: Collection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def fail_for_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fail_for_folders)
    with pytest.raises(OSError, match="Input/output"):
        put(users, ada=None)
    assert users.all() == Collection(path).all()


def test_leftovers_of_a_killed_writer_go_with_the_next_change(
    users: Collection, path: Path
) -> None:
    leftover = path.with_name(".users.json.0123456789abcdef.tmp")
    leftover.write_bytes(b'{"users": {')
    assert users.get("ada") == {"name": "Ada"}
    put(users, ada=None)
    assert names(path.parent) == {"changes", "users.json", "users.lock"}


# Many at once

COUNT_UP = """
    import pathlib, sys, threading
    from ninety.store.documents import Collection
    counters = Collection(pathlib.Path(sys.argv[1]))

    def count(own):
        def up(present):
            return {id: {"n": (present[id] or {"n": 0})["n"] + 1} for id in present}
        for n in range(1, int(sys.argv[3]) + 1):
            counters.change(["shared", own], up)
            assert counters.get(own) == {"n": n}

    threads = [
        threading.Thread(target=count, args=(f"{sys.argv[2]}-{n}",)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    """


def test_two_processes_of_eight_threads_lose_no_update(path: Path) -> None:
    rounds = 12
    with (
        started(COUNT_UP, path, "one", rounds) as one,
        started(COUNT_UP, path, "two", rounds) as two,
    ):
        assert (one.wait(60), two.wait(60)) == (0, 0)
    counts = {id: document["n"] for id, document in Collection(path).all().items()}
    assert counts.pop("shared") == 2 * 8 * rounds
    assert counts == {f"{name}-{n}": rounds for name in ("one", "two") for n in range(8)}
    assert names(path.parent) == {"changes", "users.json", "users.lock"}


def test_readers_see_whole_states_and_never_go_back(path: Path) -> None:
    padding = "x" * 4_000
    collection = Collection(path)
    put(collection, a={"n": 0}, b={"n": 0}, padding={"text": padding})
    writers = """
        import pathlib, sys
        from ninety.store.documents import Collection
        collection = Collection(pathlib.Path(sys.argv[1]))
        for _ in range(40):
            collection.change(["a", "b"], lambda present: {
                id: {"n": one["n"] + 1} for id, one in present.items()
            })
        """
    trouble: list[object] = []
    done = threading.Event()

    def read() -> None:
        last = 0
        while not done.is_set():
            seen = collection.all()
            n = seen["a"]["n"]
            if seen != {"a": {"n": n}, "b": {"n": n}, "padding": {"text": padding}} or n < last:
                trouble.append((last, seen["a"], seen["b"]))
            last = n

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    try:
        with started(writers, path) as other:
            for _ in range(40):
                collection.change(
                    ["a", "b"],
                    lambda now: {id: {"n": one["n"] + 1} for id, one in now.items()},
                )
            assert other.wait(60) == 0
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert trouble == []
    assert collection.get("a") == {"n": 80}


# Killed and forked


def test_a_writer_killed_at_any_moment_loses_nothing_it_acknowledged(path: Path) -> None:
    script = """
        import os, pathlib, sys
        from ninety.store.documents import Collection
        collection = Collection(pathlib.Path(sys.argv[1]))
        for n in range(100_000):
            id = f"{sys.argv[2]}-{n}"
            collection.change([id], lambda _: {id: {"text": "x" * 5000}})
            os.write(1, f"{id}\\n".encode())
        """
    moments = random.Random(90)
    acknowledged: list[str] = []
    for number in range(10):
        with started(script, path, number) as process:
            acknowledged += [process.stdout.readline() for _ in range(moments.randint(1, 12))]
            time.sleep(moments.uniform(0, 0.004))  # somewhere in the midst of the next write
            process.kill()
            acknowledged += process.stdout.readlines()
    collection = Collection(path)
    stored = collection.all()
    assert {id.strip() for id in acknowledged} <= stored.keys()
    assert len(stored) <= len(acknowledged) + 10, "at most one unacknowledged write a kill"
    put(collection, last={})
    assert names(path.parent) == {"changes", "users.json", "users.lock"}


def test_a_writer_killed_at_any_line_leaves_the_old_state_or_the_new(path: Path) -> None:
    printed = finished(
        """
        import os, pathlib, signal, sys
        from ninety.store.documents import Collection
        path = pathlib.Path(sys.argv[1])
        store = "/ninety/store/"

        def change_until_line(last):
            lines = 0
            def trace(frame, event, argument):
                nonlocal lines
                if store not in frame.f_code.co_filename:
                    return None
                lines += event == "line"
                if lines == last:
                    os.kill(os.getpid(), signal.SIGKILL)
                return trace
            collection = Collection(path)
            sys.settrace(trace)
            collection.change(["n"], lambda now: {"n": {"n": now["n"]["n"] + 1}})

        Collection(path).change(["n"], lambda _: {"n": {"n": 0}})
        seen, killed = 0, 0
        outcomes = set()
        while True:
            child = os.fork()
            if child == 0:
                change_until_line(killed + 1)
                os._exit(0)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            now = Collection(path).get("n")["n"]
            outcomes.add((status, now - seen))
            seen = now
            if status == 0:
                break
            assert status == -signal.SIGKILL
            killed += 1
        print(killed > 100, sorted(outcomes))
        """,
        path,
    )
    assert printed == "True [(-9, 0), (-9, 1), (0, 1)]\n"
    assert names(path.parent) == {"changes", "users.json", "users.lock"}, "the last one cleared up"


def test_a_child_forked_while_another_thread_changes_can_read_and_change(path: Path) -> None:
    printed = finished(
        """
        import os, pathlib, signal, sys, threading
        from ninety.store.documents import Collection
        collection = Collection(pathlib.Path(sys.argv[1]))
        collection.change(["n"], lambda _: {"n": {"by": []}})
        inside, go_on = threading.Event(), threading.Event()

        def add(name, wait=False):
            def change(now):
                if wait:
                    inside.set()
                    go_on.wait()
                return {"n": {"by": [*now["n"]["by"], name]}}
            collection.change(["n"], change)

        thread = threading.Thread(target=add, args=("parent", True))
        thread.start()
        inside.wait()
        ready, tell = os.pipe()
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            os.write(tell, b"." if collection.get("n") == {"by": []} else b"!")
            add("child")
            os._exit(0)
        print(os.read(ready, 1).decode())
        go_on.set()
        thread.join()
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), collection.get("n")["by"])
        """,
        path,
    )
    assert printed == ".\n0 ['parent', 'child']\n"
