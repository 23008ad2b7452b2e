"""A year of two workers: killed daily, paused weekly, their queue wiped, their mail failing."""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from ninety import jobs
from ninety.rules import secrets
from ninety.rules.reminders import LEASE
from ninety.settings import Settings
from ninety.wiring import Ninety, open_ninety
from parts import points
from parts.hand_clock import HandClock
from parts.smtp import MailServer
from simulation.post import Post
from simulation.stage import Killed, Stage
from simulation.town import Town

START = datetime(2027, 1, 1, tzinfo=UTC)
WORKERS = 2

# Days on which no worker runs: a long weekend and a long summer.
OFF = frozenset({*range(100, 106), *range(130, 156)})
# Days on which the mail server cannot be reached.
OUTAGES = frozenset(range(25, 365, 30))


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder for as long as the block lasts; in memory where that is possible, to be quick."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="ninety-") as folder:
        yield Path(folder)


class Year:
    """Plays `days` days with `keys` keys in `folder`; the same seed, the same year."""

    def __init__(self, folder: Path, keys: int, seed: int = 90, days: int = 365) -> None:
        self.folder, self.days = folder, days
        self.dice = random.Random(seed)
        self.clock = HandClock(START)
        self.town = Town(folder, keys, self.dice, self.clock)
        self.kills: Counter[str] = Counter()
        self.deeds: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.scans: list[datetime] = []
        self.servers = [MailServer() for _ in range(WORKERS)]
        self._stage = Stage(self.dice)
        self._queue: deque[Callable[[Ninety], None]] = deque()
        self._dump: list[Callable[[Ninety], None]] = []
        self._web = self._product(self.servers[0])
        self._workers = [self._product(server) for server in self.servers]
        self._outage = False
        self._points_today = self._kill_in = self._pause_in = 0

    def run(self, watch: Callable[[int], None] = lambda _day: None) -> None:
        """Play the year; `watch` is told each day."""
        with ExitStack() as stack:
            for server in self.servers:
                stack.enter_context(server)
            self._workers = [self._product(server) for server in self.servers]
            stack.enter_context(points.watched(self._reached))
            # Ids are random; here they come from the dice like all that is by chance.
            stack.enter_context(mock.patch.object(secrets, "new_id", self._new_id))
            for day in range(self.days):
                self._day(day)
                watch(day)

    def scanned_between(self, start: datetime, end: datetime) -> bool:
        """Whether a scan that got to its end began after `start` and before `end`."""
        return any(start < began < end for began in self.scans)

    def _day(self, day: int) -> None:
        morning = START + timedelta(days=day)
        self._kill_in = self.dice.randint(1, max(60, self._points_today))
        self._pause_in = self.dice.randint(1, max(60, self._points_today)) if day % 7 == 3 else 0
        self._points_today = 0
        self._outage = day in OUTAGES
        for half in (0, 12):
            self.clock.move_to(max(self.clock(), morning + timedelta(hours=half)))
            plays = [self._people]
            if day not in OFF:
                # Each worker ticks by itself; every other morning both do at once.
                at_once = WORKERS if half == 0 and day % 2 else 1
                self._queue.extend([self._scan] * at_once)
                plays += [lambda number=number: self._work(number) for number in range(WORKERS)]
            self._stage.play(*plays)
        if day % 7 == 6:
            self._wipe_redis()

    def _people(self) -> None:
        for _deed in self.town.half_a_day(self._web):
            self._stage.pass_on()

    def _work(self, number: int) -> None:
        """One worker until the queue is empty; killed, it is started again and ticks at once."""
        actor = self._stage.actor()
        assert actor is not None
        while True:
            try:
                while self._queue:
                    job = self._queue.popleft()
                    self._stage.pass_on()
                    job(self._workers[number])
                return
            except Killed:
                self._workers[number] = self._product(self.servers[number])
                self._queue.append(self._scan)
                actor.dead = False

    def _scan(self, worker: Ninety) -> None:
        began = self.clock()
        found = worker.reminding.scan(began)
        self.scans.append(began)
        for start in range(0, len(found.ready), jobs.BATCH):
            self._queue.append(self._remind(found.ready[start : start + jobs.BATCH]))

    def _remind(self, ids: tuple[str, ...]) -> Callable[[Ninety], None]:
        return lambda worker: worker.sending.remind(ids, self.clock) and None

    def _new_id(self) -> str:
        return f"new{self.dice.getrandbits(32):010d}"

    def _wipe_redis(self) -> None:
        """Everything in the queue is gone; now and then an old dump comes back instead."""
        self.deeds["Redis wiped"] += 1
        last_week, self._dump = self._dump, [self._scan, *self._queue]
        self._queue.clear()
        if self.dice.random() < 0.3:
            self._queue.extend(last_week)
            self.deeds["Redis restored from an old dump"] += 1

    def _reached(self, point: str) -> None:
        """Somebody is at a point: time passes, others may act, and a worker may die here."""
        actor = self._stage.actor()
        if actor is None or actor.dead:
            return
        self._points_today += 1
        self.clock.advance(milliseconds=20)
        if self._happens_now("_pause_in"):
            self.clock.advance(seconds=LEASE.total_seconds() + 60)
            self.deeds["worker paused for longer than a lease"] += 1
        if actor.play != self._people and self._happens_now("_kill_in"):
            actor.dead = True
            self.kills[point] += 1
            raise Killed
        if "beside" not in point and self.dice.random() < 0.2:
            self._stage.pass_on()

    def _happens_now(self, countdown: str) -> bool:
        left = getattr(self, countdown)
        setattr(self, countdown, max(0, left - 1))
        return bool(left == 1)

    def _product(self, server: MailServer) -> Ninety:
        """The product as a process that has just started joins it."""
        settings = Settings(data=self.folder, mail_server=server.host, mail_port=server.port)
        post = Post(settings, self.folder, server, self.dice, self.faults, lambda: self._outage)
        return open_ninety(settings, clock=self.clock, mail=post)
