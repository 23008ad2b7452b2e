"""Where a message is shown instead of sent while no mail server is configured."""

import os
import re
import secrets
from pathlib import Path


class Outbox:
    """A folder of previews, `<name>.eml`, which any mail program opens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def preview(self, name: str, content: bytes) -> Path:
        """The file of the preview called `name`, written durably unless it is there already.

        `name` holds ASCII letters, digits, dots, `_` and `-`; anything else is a
        ValueError. Raises OSError where it cannot be written, and leaves nothing then.
        """
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", name):
            raise ValueError(f"{name!r} cannot be the name of a preview")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{name}.eml"
        if path.exists():
            return path
        unfinished = self._folder / f".{name}.{secrets.token_hex(8)}"
        try:
            with open(unfinished, "xb", opener=_private) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        self._sync()
        return path

    def _sync(self) -> None:
        """The name of a new file is on disk once its folder is."""
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
