"""Read by every Python that starts under a movable clock, before anything else.

Python sleeps until an instant of the monotonic clock, and libfaketime 0.9.10
answers such a sleep with "Invalid argument" where it leaves that clock alone.
Waiting for no file at all takes as long and is left in peace.
"""

import select
import time


def _sleep(seconds: float) -> None:
    select.select((), (), (), seconds)


time.sleep = _sleep
