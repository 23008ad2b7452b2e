"""The e-mail worker: the tick asks for scans, and an RQ worker runs them and what they find."""

import logging
import os
import sys

from redis import Redis

from ninety import clock, jobs, queue
from ninety.processes.embedded_redis import redis_url
from ninety.processes.queue_worker import QueueWorker
from ninety.processes.start import REFUSED
from ninety.processes.tick import Tick
from ninety.settings import SettingRefused, Settings


def main() -> int:
    """Work until SIGTERM or SIGINT; returns the exit status."""
    logging.basicConfig(format="worker: %(message)s", level=logging.WARNING)
    try:
        settings = Settings.from_environment(os.environ)
    except SettingRefused as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED

    def ask_for_scan(send: bool) -> None:
        with queue.connection(settings) as redis:
            queue.enqueue(redis, jobs.scan, send)

    tick = Tick(ask_for_scan, settings.scan_minutes, clock.now)
    tick.start()
    QueueWorker(Redis.from_url(redis_url(settings)), queue.NAME).run()
    tick.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
