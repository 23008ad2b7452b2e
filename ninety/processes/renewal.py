"""Replacing the serving processes of the web server by new ones, without missing a request."""

import multiprocessing
import os
import signal


def renew() -> None:
    """Ask for new serving processes in place of this one and its siblings.

    The new ones serve before the old ones are told to finish and end: what
    Granian does on SIGHUP. Nothing happens outside a serving process.
    """
    if multiprocessing.current_process().name == "granian-worker":
        os.kill(os.getppid(), signal.SIGHUP)
