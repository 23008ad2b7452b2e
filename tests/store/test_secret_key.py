"""The installation's secret is made once, privately, and whole."""

from threading import Barrier, Thread

from ninety.store import secret_key


def test_it_is_made_once_and_kept(tmp_path):
    first = secret_key.read_or_make(tmp_path)
    assert len(first) >= 32
    assert secret_key.read_or_make(tmp_path) == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_those_who_make_it_at_once_agree(tmp_path):
    together, made = Barrier(8), []

    def make() -> None:
        together.wait()
        made.append(secret_key.read_or_make(tmp_path))

    threads = [Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_each_purpose_has_a_key_of_its_own():
    own = b"s" * 64
    assert secret_key.derived(own, "sessions") == secret_key.derived(own, "sessions")
    assert secret_key.derived(own, "sessions") != secret_key.derived(own, "adopted keys")
