"""Where a message is shown instead of sent while no mail server is configured."""

import re
from collections.abc import Callable
from pathlib import Path


class Outbox:
    """A folder of previews, `<name>.eml`, which any mail program opens.

    `write` puts bytes durably in place, all or nothing, and says so by returning.
    """

    def __init__(self, folder: Path, write: Callable[[Path, bytes], None]) -> None:
        self._folder, self._write = folder, write

    def preview(self, name: str, content: bytes) -> Path:
        """The file of the preview called `name`, written unless it is there already.

        `name` holds ASCII letters, digits, dots, `_` and `-`; anything else is a
        ValueError. Raises what `write` raises.
        """
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", name):
            raise ValueError(f"{name!r} cannot be the name of a preview")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{name}.eml"
        if not path.exists():
            self._write(path, content)
        return path
