"""An RQ worker in a process of its own, and the jobs it is given in tests.

`python queue_process.py REDIS_URL` works on the queue "test" until it is told to stop.
"""

import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def touch(path: str) -> None:
    """Make a file."""
    Path(path).touch()


def touch_slowly(begun: str, path: str, seconds: float) -> None:
    """Make the file `begun`, and that many seconds later the file `path`."""
    Path(begun).touch()
    time.sleep(seconds)
    Path(path).touch()


def work_until_asked(begun: str, path: str) -> None:
    """Make the file `begun`, and the file `path` once this process was asked to end."""
    from ninety.processes import stopping

    Path(begun).touch()
    if stopping.asked.wait(20):
        Path(path).touch()


if __name__ == "__main__":
    sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]
    from redis import Redis

    from ninety.processes.queue_worker import QueueWorker

    QueueWorker(Redis.from_url(sys.argv[1]), "test").run()
