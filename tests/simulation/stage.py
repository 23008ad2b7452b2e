"""Actors that take turns: one runs at a time, and a seeded die says who is next.

They are threads, so that the code they run is the real one; but each runs only
while it has the turn, so the same seed plays the same year.
"""

import random
import threading
from collections.abc import Callable


class Killed(BaseException):
    """The actor dies here, as by SIGKILL: nothing after this point happens."""


class Actor:
    """One thread of the play."""

    def __init__(self, play: Callable[[], None]) -> None:
        self.play = play
        self.turn = threading.Semaphore(0)
        self.dead = False
        self.failure: BaseException | None = None


class Stage:
    """Plays actors against each other until all are done."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._ready: list[Actor] = []
        self._done = threading.Semaphore(0)
        self._here = threading.local()

    def play(self, *plays: Callable[[], None]) -> None:
        """Run the plays, interleaved wherever they call `pass_on`; raises what one raised."""
        actors = [Actor(play) for play in plays]
        threads = [threading.Thread(target=self._run, args=[actor]) for actor in actors]
        self._ready = list(actors)
        for thread in threads:
            thread.start()
        self._next().turn.release()
        self._done.acquire()
        for thread in threads:
            thread.join()
        for actor in actors:
            if actor.failure is not None:
                raise actor.failure

    def actor(self) -> Actor | None:
        """Whoever has the turn, asked by their own thread; None for any other thread."""
        found: Actor | None = getattr(self._here, "actor", None)
        return found

    def pass_on(self) -> None:
        """Let the die say who goes on; perhaps the one who asks."""
        actor = self.actor()
        chosen = self._next()
        if actor is not None and chosen is not actor:
            chosen.turn.release()
            actor.turn.acquire()

    def _next(self) -> Actor:
        return self._dice.choice(self._ready)

    def _run(self, actor: Actor) -> None:
        self._here.actor = actor
        actor.turn.acquire()
        try:
            actor.play()
        except BaseException as failure:  # noqa: BLE001 - raised again by whoever plays
            actor.failure = failure
        self._ready.remove(actor)
        (self._next().turn if self._ready else self._done).release()
