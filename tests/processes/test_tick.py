"""The tick, with both clocks wound by hand."""

from datetime import UTC, datetime, timedelta

from redis.exceptions import ConnectionError as NoConnection

from ninety.processes.tick import Tick
from parts.waiting import wait_until

BEGIN = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)


class Clocks:
    """A wall clock and a monotonic one; `pass_by` moves both, `set_by` only the wall."""

    def __init__(self) -> None:
        self.wall, self.monotonic = BEGIN, 1000.0

    def pass_by(self, **by: float) -> None:
        self.wall += timedelta(**by)
        self.monotonic += timedelta(**by).total_seconds()

    def set_by(self, **by: float) -> None:
        self.wall += timedelta(**by)


class Asked:
    """What was asked for: True for a scan that may send. Fails while `down`."""

    def __init__(self) -> None:
        self.scans: list[bool] = []
        self.down = False

    def __call__(self, send: bool) -> None:
        if self.down:
            raise NoConnection("away")
        self.scans.append(send)


def made(clocks: Clocks, asked: Asked) -> Tick:
    return Tick(asked, 15, lambda: clocks.wall, lambda: clocks.monotonic, retry_seconds=2)


def test_a_scan_is_asked_for_at_the_start_and_every_few_minutes() -> None:
    clocks, asked = Clocks(), Asked()
    tick = made(clocks, asked)
    for _ in range(4):
        assert tick.tick() == 15 * 60
        clocks.pass_by(minutes=15)
    assert asked.scans == [True] * 4


def test_an_outage_of_redis_is_outlived_and_made_good_soon() -> None:
    clocks, asked = Clocks(), Asked()
    tick = made(clocks, asked)
    asked.down = True
    assert [tick.tick() for _ in range(3)] == [2, 2, 2]
    asked.down = False
    assert tick.tick() == 15 * 60
    assert asked.scans == [True]


def test_a_gap_in_the_running_is_no_jump() -> None:
    clocks, asked = Clocks(), Asked()
    tick = made(clocks, asked)
    tick.tick()
    clocks.pass_by(days=3)
    tick.tick()
    assert asked.scans == [True, True]


def test_the_scan_after_a_jump_of_the_clock_sends_nothing_and_the_next_one_does() -> None:
    clocks, asked = Clocks(), Asked()
    tick = made(clocks, asked)
    tick.tick()
    clocks.set_by(hours=7)
    tick.tick()
    clocks.pass_by(minutes=15)
    tick.tick()
    clocks.set_by(days=-30)
    tick.tick()
    tick.tick()
    assert asked.scans == [True, False, True, False, True]


def test_a_jump_is_not_forgotten_while_redis_is_away() -> None:
    clocks, asked = Clocks(), Asked()
    tick = made(clocks, asked)
    tick.tick()
    clocks.set_by(hours=7)
    asked.down = True
    tick.tick()
    asked.down = False
    tick.tick()
    assert asked.scans == [True, False]


def test_small_corrections_of_the_clock_are_no_jump() -> None:
    clocks, asked = Clocks(), Asked()
    tick = made(clocks, asked)
    tick.tick()
    clocks.set_by(hours=5)
    tick.tick()
    assert asked.scans == [True, True]


def test_the_thread_ticks_until_it_is_stopped() -> None:
    clocks, asked = Clocks(), Asked()
    tick = Tick(asked, 0, lambda: clocks.wall, lambda: clocks.monotonic)
    tick.start()
    wait_until(lambda: len(asked.scans) > 2, 5, "three scans")
    tick.stop()
    tick.join(5)
    assert not tick.is_alive()
