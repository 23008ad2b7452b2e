"""What threads want at once is done once for all of them, and nobody pays for another's fault."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from ninety.store.together import Together
from parts.waiting import wait_until


class Bad(Exception):
    """What is the matter with a bad wish."""


class Desk:
    """Notes which wishes were fulfilled together; the first ones wait until it is opened."""

    def __init__(self) -> None:
        self.done: list[list[str]] = []
        self.opened, self.busy = Event(), Event()
        self.together = Together(self._fulfil, (Bad,))

    def _fulfil(self, wishes: list[str]) -> None:
        self.busy.set()
        assert self.opened.wait(30)
        if any(wish.startswith("bad") for wish in wishes):
            raise Bad(" ".join(wishes))
        if "broken" in wishes:
            raise ValueError
        self.done.append(wishes)

    def want_meanwhile(self, pool: ThreadPoolExecutor, *wishes: str) -> dict[str, Future[None]]:
        """Have `first` at the desk, and all `wishes` waiting behind it; then open."""
        begun = {"first": pool.submit(self.together.want, "first")}
        assert self.busy.wait(30)
        begun |= {wish: pool.submit(self.together.want, wish) for wish in wishes}
        wait_until(lambda: len(self.together._waiting) == len(wishes), 30, "the others")
        self.opened.set()
        return begun


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_gathers_meanwhile_is_done_in_one_go(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        for one in desk.want_meanwhile(pool, "a", "b", "c").values():
            one.result(30)
    first, rest = desk.done
    assert first == ["first"]
    assert sorted(rest) == ["a", "b", "c"]


def test_who_is_alone_waits_for_nobody(desk: Desk) -> None:
    desk.opened.set()
    desk.together.want("a")
    desk.together.want("b")
    assert desk.done == [["a"], ["b"]]


def test_nobody_fails_by_the_fault_of_another(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        wanted = desk.want_meanwhile(pool, "a", "bad", "b", "bad too", "c")
        for name, one in wanted.items():
            assert isinstance(one.exception(30), Bad if name.startswith("bad") else type(None))
    assert sorted(wish for together in desk.done for wish in together) == ["a", "b", "c", "first"]


def test_what_nobody_foresaw_ends_one_and_leaves_the_others_their_turn(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        wanted = desk.want_meanwhile(pool, "broken", "a", "b")
        failed = [name for name, one in wanted.items() if one.exception(30)]
    done = sorted(wish for together in desk.done for wish in together)
    assert sorted(done + failed) == ["a", "b", "broken", "first"]
    assert "broken" in failed


@pytest.mark.parametrize(("wish", "fault"), [("bad", Bad), ("broken", ValueError)])
def test_a_fault_of_ones_own_is_raised(desk: Desk, wish: str, fault: type[Exception]) -> None:
    desk.opened.set()
    with pytest.raises(fault):
        desk.together.want(wish)
