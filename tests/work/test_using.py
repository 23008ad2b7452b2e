"""Uses are gathered in memory, kept together with those of other processes, and never block."""

import errno
from datetime import timedelta

import pytest

from ninety.rules.uses import Use
from ninety.store.uses import Uses
from ninety.work.using import Using
from parts.feeds import ALICE, BOB
from parts.hand_clock import START


def use(minutes: int, package: str = "") -> Use:
    return Use(START + timedelta(minutes=minutes), "10.0.3.7", "dotnet/10", package)


@pytest.fixture
def using(tmp_path, trail) -> Using:
    return Using(Uses(tmp_path), trail)


def test_a_use_is_seen_at_once_and_on_disk_once_it_is_kept(tmp_path, using, trail):
    using.note(ALICE, use(1))
    assert using.of(ALICE.key.id) == (use(1),)
    assert Using(Uses(tmp_path), trail).of(ALICE.key.id) == ()
    using.keep()
    assert Using(Uses(tmp_path), trail).of(ALICE.key.id) == using.of(ALICE.key.id) == (use(1),)
    assert using.of("other") == ()


def test_processes_add_to_each_other(tmp_path, using, trail):
    other = Using(Uses(tmp_path), trail)
    using.note(ALICE, use(1, "Acme.Core"))
    other.note(ALICE, use(2, "Acme.Json"))
    other.note(BOB, use(3))
    using.keep()
    other.keep()
    assert using.of(ALICE.key.id) == (use(2, "Acme.Json"), use(1, "Acme.Core"))
    assert using.of(BOB.key.id) == (use(3),)


def test_nothing_noted_is_nothing_written(tmp_path, using):
    using.keep()
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_kept_is_tried_again(tmp_path, using, trail, monkeypatch, caplog):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    using.note(ALICE, use(1))
    with monkeypatch.context() as patched:
        patched.setattr("ninety.store.uses.Collection.change", full)
        using.keep()
    assert "could not be kept" in caplog.text
    using.note(ALICE, use(2, "Acme"))
    using.keep()
    assert Using(Uses(tmp_path), trail).of(ALICE.key.id) == (use(2, "Acme"), use(1))
