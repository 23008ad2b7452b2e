"""What keys cost when there are many: each figure at a thousand, ten and a hundred thousand."""

import gc
import random
import tracemalloc
from collections.abc import Callable
from datetime import timedelta

import pytest

from app import create_app
from ninety.settings import Settings
from ninety.wiring import Ninety, open_ninety
from parts.grown import EMAIL, NOW, PASSWORD, Grown
from parts.visitor import Visitor

SIZES = (1_000, 10_000, 100_000)


@pytest.fixture(params=SIZES, ids="{} keys".format)
def feed(request: pytest.FixtureRequest, grown: Callable[[int], Grown]) -> Grown:
    return grown(request.param)


def opened(feed: Grown) -> Ninety:
    return open_ninety(Settings(data=feed.folder), clock=lambda: NOW)


def test_a_key_is_checked_while_the_files_stay_as_they_are(benchmark, feed):
    """What every push and every private read pays."""
    ninety, draw = opened(feed), random.Random(90)
    ninety.access.authenticate(feed.secrets[0], NOW)

    holder = benchmark(lambda: ninety.access.authenticate(draw.choice(feed.secrets), NOW))
    assert holder.key.alive(NOW)


def test_the_first_key_is_checked_in_a_process(benchmark, feed):
    """Once after a start: both files are read whole."""
    holder = benchmark.pedantic(
        lambda ninety: ninety.access.authenticate(feed.secrets[0], NOW),
        setup=lambda: ((opened(feed),), {}),
        rounds=7,
    )
    assert holder.key.alive(NOW)


def test_the_keys_are_kept_in_memory(feed, capsys):
    """What each process holds of people and keys once it has checked a key, by tracemalloc."""
    ninety = opened(feed)
    gc.collect()
    tracemalloc.start()
    try:
        ninety.access.authenticate(feed.secrets[0], NOW)
        gc.collect()
        held, _most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    on_disk = sum((feed.folder / name).stat().st_size for name in ("users.json", "keys.json"))
    keys = len(feed.secrets)
    with capsys.disabled():
        print(f"\n{keys:,} keys: {held / 2**20:.1f} MiB, {held / keys:,.0f} bytes a key;", end=" ")
        print(f"the files are of {on_disk / 2**20:.1f} MiB", end=" ")
    assert held > on_disk, "each line is kept beside what it says"


def test_a_key_is_regenerated(benchmark, feed):
    """One change: lock, look, write the whole file, sync, replace."""
    ninety = opened(feed)
    owner = ninety.people.by_email(EMAIL)
    key = ninety.lifecycle.keys_of(owner)[0]

    issued = benchmark.pedantic(
        lambda: ninety.lifecycle.regenerate(key.id, owner, NOW), rounds=15, warmup_rounds=1
    )
    assert issued.key.id == key.id


def test_a_key_is_regenerated_after_another_process_changed_one(benchmark, feed):
    """The same, and the file that the other process wrote is read before."""
    ninety, other = opened(feed), opened(feed)
    owner = ninety.people.by_email(EMAIL)
    key, neighbour = ninety.lifecycle.keys_of(owner)[:2]

    issued = benchmark.pedantic(
        lambda: ninety.lifecycle.regenerate(key.id, owner, NOW),
        setup=lambda: other.lifecycle.regenerate(neighbour.id, owner, NOW) and None,
        rounds=15,
    )
    assert issued.key.id == key.id


def test_a_key_is_checked_after_another_process_changed_one(benchmark, feed):
    """The first check in a process whose snapshot is out of date."""
    ninety, other = opened(feed), opened(feed)
    owner = ninety.people.by_email(EMAIL)
    key = ninety.lifecycle.keys_of(owner)[0]
    ninety.access.authenticate(feed.secrets[-1], NOW)

    holder = benchmark.pedantic(
        lambda: ninety.access.authenticate(feed.secrets[-1], NOW),
        setup=lambda: other.lifecycle.regenerate(key.id, owner, NOW) and None,
        rounds=15,
    )
    assert holder.key.alive(NOW)


def test_the_account_page_of_a_person_with_twenty_keys(benchmark, feed):
    """Rendered whole, without the network."""
    visitor = Visitor(create_app(Settings(data=feed.folder), clock=lambda: NOW))
    visitor.sign_in(EMAIL, PASSWORD)

    page = benchmark.pedantic(lambda: visitor.open("/account"), rounds=25, warmup_rounds=3)
    assert page.text.count("Ends in ") == 20


def test_a_scan_that_finds_a_tenth_of_all_keys_due(benchmark, feed):
    """The first look on a day when a tenth of all keys comes into its window."""
    ninety = opened(feed)

    def forget() -> None:
        (feed.folder / "reminders.json").unlink(missing_ok=True)

    found = benchmark.pedantic(lambda: ninety.reminding.scan(NOW), setup=forget, rounds=7)
    assert found.written == len(feed.secrets) // 10


def test_a_scan_that_finds_nothing_new(benchmark, feed):
    """Every other look."""
    ninety = opened(feed)
    ninety.reminding.scan(NOW)

    found = benchmark.pedantic(
        lambda: ninety.reminding.scan(NOW + timedelta(minutes=15)), rounds=15
    )
    assert found.written == 0
