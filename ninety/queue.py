"""The queue of the e-mail worker: where its Redis is, and how a job gets into it.

The client libraries are loaded by whoever first needs them: they take 18 MiB and a
tenth of a second, and most commands do without.
"""

import socket
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ninety.processes.embedded_redis import redis_url, socket_path
from ninety.rules import health
from ninety.settings import Settings

if TYPE_CHECKING:
    from redis import Redis

NAME = "ninety"
Function = TypeVar("Function", str, Callable[..., None])
# Seconds. A Redis that does not answer must not hold a page or a scan for long.
PATIENCE = 0.5
# Seconds a job may take: more than a whole batch of the slowest conversations.
JOB_TIMEOUT = 7200


def connection(settings: Settings, patience: float = PATIENCE) -> "Redis":
    """A connection to the Redis of this product; time-outs are `patience` seconds."""
    from redis import Redis

    return Redis.from_url(
        redis_url(settings), socket_connect_timeout=patience, socket_timeout=patience
    )


def answers(settings: Settings) -> bool:
    """Whether Redis is there and answers."""
    if not settings.redis_url:
        return _embedded_answers(socket_path(settings.data))
    from redis.exceptions import RedisError

    try:
        with connection(settings) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def _embedded_answers(path: Path) -> bool:
    """Whether the Redis at this socket says PONG. Every page asks, so it asks by hand."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE)
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


def look(settings: Settings) -> health.Queue | None:
    """What Redis and the workers tell of themselves; None where Redis does not answer."""
    from redis.exceptions import RedisError
    from rq import Queue, Worker

    try:
        with connection(settings) as redis:
            told = redis.info("server")
            queue = Queue(NAME, connection=redis)
            heard = [one.last_heartbeat for one in Worker.all(queue=queue)]
            waiting = queue.count
    except RedisError:
        return None
    name = "Valkey" if "valkey_version" in told else "Redis"
    return health.Queue(
        program=f"{name} {told.get('valkey_version') or told['redis_version']}",
        up_for=timedelta(seconds=int(told["uptime_in_seconds"])),
        waiting=waiting,
        worker_heard=max((at.replace(tzinfo=at.tzinfo or UTC) for at in heard if at), default=None),
    )


def ask(settings: Settings, job: str, *arguments: str) -> bool:
    """Ask a worker to run the `job` of that name next, since a person waits for what it does.

    False where Redis does not answer.
    """
    from redis.exceptions import RedisError

    try:
        with connection(settings) as redis:
            enqueue(redis, f"ninety.jobs.{job}", *arguments, first=True)
    except RedisError:
        return False
    return True


def enqueue(redis: "Redis", function: Function, *arguments: object, first: bool = False) -> None:
    """Ask a worker to run `function`, or what a dotted name leads to, once; `first` of all.

    Nothing of it stays in Redis for long, and no log has its arguments. Never with a
    retry: a job that was killed may have sent its mail.
    """
    from rq import Queue

    Queue(NAME, connection=redis).enqueue(
        function,
        *arguments,
        job_timeout=JOB_TIMEOUT,
        result_ttl=0,
        failure_ttl=3600,
        description=NAME,
        at_front=first,
    )
