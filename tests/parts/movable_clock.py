"""A wall clock for real processes that a test moves while they run."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from parts.required import missing

PRELOADED = Path(__file__).parent / "preloaded"
SHARED_LIBRARY_FOLDERS = Path("/usr/lib")


def find_libfaketime() -> Path | None:
    """The libfaketime for programs with threads, or None where it is not installed."""
    for name in ("libfaketimeMT.so.1", "libfaketime.so.1"):
        for path in sorted(SHARED_LIBRARY_FOLDERS.glob(f"*/faketime/{name}")):
            return path
    return None


class MovableClock:
    """The wall clock of every process started with `environment`, kept in one file of `folder`.

    Time flows on after each move. Only the wall clock moves: time-outs, which
    count on the monotonic clock, are as real as ever, and so are the dates of files.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._ahead = timedelta()
        self._write()

    def now(self) -> datetime:
        """What the clock says."""
        return datetime.now(UTC) + self._ahead

    def move(self, **by: float) -> None:
        """Move the clock by `days=…`, `hours=…` or anything else a timedelta is made of."""
        self._ahead += timedelta(**by)
        self._write()

    def move_to(self, instant: datetime) -> None:
        """Set the clock to an aware `instant`, from which it goes on."""
        self._ahead = instant - datetime.now(UTC)
        self._write()

    def environment(self) -> dict[str, str]:
        """The variables that put a process, and all it starts, under this clock."""
        library = find_libfaketime()
        if library is None:
            missing("a clock that can be moved", "install the package faketime")
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": str(PRELOADED),
        }

    def _write(self) -> None:
        # An offset and not an instant: an instant would be counted from the start of each
        # process, and those started later would lag behind.
        new = self._file.with_suffix(".new")
        new.write_text(f"{self._ahead.total_seconds():+.6f}\n", encoding="ascii")
        os.replace(new, self._file)
