"""How much the data folder holds, and how much room its disk has left."""

import os
import shutil
import time
from pathlib import Path

from ninety.rules.health import Room

SECONDS = 0.3
"""How long the files are counted at most; some ten thousand of them."""


def look(folder: Path, seconds: float = SECONDS) -> Room:
    """Add up the sizes of the files below `folder`, for `seconds` at most. Raises OSError."""
    until = time.monotonic() + seconds
    used, folders = 0, [folder]
    while folders:
        if time.monotonic() > until:
            break
        used += _sizes(folders.pop(), folders)
    return Room(used=used, whole=not folders, free=shutil.disk_usage(folder).free)


def _sizes(folder: Path, below: list[Path]) -> int:
    """The bytes of the files in one folder; the folders in it are added to `below`."""
    used = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    below.append(Path(entry.path))
                else:
                    used += entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return used  # moved away while it was being counted, as an upload is
    return used
