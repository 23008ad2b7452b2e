"""The index: what search, registrations and version lists need, derived from the folder.

It holds nothing of its own. Every id's row remembers when the id's folder last
changed; whatever the index missed (a crash, a full disk, a restored backup) is
seen by comparing the two and read again. Nothing is written by a reader.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from ninety.rules import identifiers
from ninety.rules.errors import DiskFull, IndexRebuilding
from ninety.store import index_schema
from ninety.store.files import locked
from ninety.store.index_file import IndexFile, IndexMissing
from ninety.store.index_reading import IndexReading
from ninety.store.index_watch import IndexWatch
from ninety.store.packages import Entered, Packages
from ninety.store.threads import ThreadLock

# How long the first who misses the index waits for it.
WAIT_SECONDS = 2.0

# What keeps the index from being written, and is over some time.
TROUBLE = (DiskFull, sqlite3.Error, OSError)

log = logging.getLogger(__name__)


def _nobody() -> None:
    """Who is told where nobody wants to be."""


class Index:
    """The index of one data folder, shared by threads and processes."""

    def __init__(self, data: Path, packages: Packages) -> None:
        self._file = IndexFile(data / "index.sqlite")
        self._watch = IndexWatch(self._file)
        self._lock = data / "index.lock"
        self._packages = packages
        self._missed: set[str] = set()
        self._catching_up = threading.Thread()
        self._starting = ThreadLock()

    @contextmanager
    def reading(self) -> Iterator[IndexReading]:
        """Read one state of the whole index, whatever is pushed meanwhile.

        Where there is no index, the first who asks sees it made, if that is quickly
        done. Raises IndexRebuilding while it is not.
        """
        try:
            with ExitStack() as stack:
                yield IndexReading(self._opened(stack))
        except IndexMissing:
            self.catch_up_in_background()
            raise IndexRebuilding from None

    def generation(self, name: str) -> str | None:
        """What `IndexReading.generation` would say now; None while there is no index.

        Whatever any process wrote before the call is seen.
        """
        return self._watch.generation(name)

    def refresh(self, package_id: str) -> None:
        """Bring one id in line with its folder, and those that an earlier call could not.

        Never fails, because what it follows is done: an id that cannot be
        written now is tried again with the next one, and at the next start.
        """
        wanted = identifiers.key(package_id)
        self._follow(wanted, lambda found: index_schema.write(found, self._packages, wanted))

    def add(self, entered: Entered) -> None:
        """Write a version that was just admitted, while nobody else changes its id.

        Like `refresh`, but takes no longer the more versions there are.
        """
        wanted = identifiers.key(entered.record.id)
        self._follow(wanted, lambda found: index_schema.add(found, self._packages, entered))

    def _follow(self, wanted: str, fn: Callable[[sqlite3.Connection], None]) -> None:
        """Write `wanted` by `fn`, and then what an earlier call could not."""
        one = wanted
        try:
            self._file.write(fn)
            self._missed.discard(one)
            for one in sorted(self._missed):
                self._write(one)
                self._missed.discard(one)
        except IndexMissing:
            self._make_meanwhile()
        except TROUBLE:
            self._missed.add(one)
            log.exception("The index could not follow %s; it will be tried again", one)

    def catch_up(self) -> list[str]:
        """Read again every id whose folder changed unseen, and return those ids.

        Builds the index where there is none; every id was then read. For the
        start, and whenever the folder was changed from outside.
        """
        try:
            with self._file.reading() as connection:
                known: dict[str, int] = dict(connection.execute("SELECT id, changed_at FROM ids"))
        except IndexMissing:
            self._build(only_if_missing=True)
            return self._packages.ids()
        behind = self._packages.changed_since(known)
        for package_id in behind:
            self._write(package_id)
        return behind

    def rebuild(self, told: Callable[[], None] = _nobody) -> None:
        """Make the index anew from all packages and put it in the old one's place.

        `told` is called after each id.
        """
        self._build(only_if_missing=False, told=told)

    def catch_up_in_background(self) -> bool:
        """Catch up in a thread; False where one of this process is at it already."""
        with self._starting.held():
            if self._catching_up.is_alive():
                return False
            self._catching_up = threading.Thread(
                target=self._catch_up_or_log, name="index", daemon=True
            )
            self._catching_up.start()
            return True

    def close(self) -> None:
        """Wait for what goes on in the background, then close every connection."""
        if self._catching_up.is_alive():
            self._catching_up.join()
        self._watch.close()
        self._file.close()

    def _make_meanwhile(self) -> None:
        """Have the index made, and wait a moment for it unless another thread does already."""
        if self.catch_up_in_background():
            self._catching_up.join(WAIT_SECONDS)

    def _opened(self, stack: ExitStack) -> sqlite3.Connection:
        try:
            return stack.enter_context(self._file.reading())
        except IndexMissing:
            self._make_meanwhile()
            return stack.enter_context(self._file.reading())

    def _catch_up_or_log(self) -> None:
        try:
            self.catch_up()
        except (IndexMissing, *TROUBLE):
            log.exception("The index could not be made; the next reader tries again")

    def _build(self, *, only_if_missing: bool, told: Callable[[], None] = _nobody) -> None:
        with locked(self._lock):
            if not (only_if_missing and self._is_there()):
                self._file.build(partial(self._fill, told))
                log.info("The index was made anew from the packages")
        # What changed while the new file was being filled was written to the old one.
        self.catch_up()

    def _is_there(self) -> bool:
        try:
            with self._file.reading():
                return True
        except IndexMissing:
            return False

    def _fill(self, told: Callable[[], None], connection: sqlite3.Connection) -> None:
        index_schema.create(connection)
        connection.execute("BEGIN")
        for package_id in self._packages.ids():
            index_schema.write(connection, self._packages, package_id)
            told()
        connection.execute("COMMIT")

    def _write(self, package_id: str) -> None:
        self._file.write(lambda found: index_schema.write(found, self._packages, package_id))
