"""Keeping what a serving process gathers, now and then and once more at its end."""

import threading
from collections.abc import Callable


def in_background(keep: Callable[[], None], seconds: float, name: str) -> None:
    """Call `keep` every so many `seconds`, and once more when the process ends."""

    def keep_on() -> None:
        serving = threading.main_thread()
        while serving.is_alive():
            serving.join(seconds)
            keep()

    # Not a daemon: it waits for the end of the main thread, and then Python waits for it.
    threading.Thread(target=keep_on, name=name).start()
