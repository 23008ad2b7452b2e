"""The queue of the e-mail worker: where its Redis is, and how a job gets into it."""

from collections.abc import Callable
from typing import TypeVar

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from ninety.processes.embedded_redis import redis_url
from ninety.settings import Settings

NAME = "ninety"
Function = TypeVar("Function", str, Callable[..., None])
# Seconds. A Redis that does not answer must not hold a page or a scan for long.
PATIENCE = 0.5
# Seconds a job may take: more than a whole batch of the slowest conversations.
JOB_TIMEOUT = 7200


def connection(settings: Settings, patience: float = PATIENCE) -> Redis:
    """A connection to the Redis of this product; time-outs are `patience` seconds."""
    return Redis.from_url(
        redis_url(settings), socket_connect_timeout=patience, socket_timeout=patience
    )


def answers(settings: Settings) -> bool:
    """Whether Redis is there and answers."""
    try:
        with connection(settings) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def ask(settings: Settings, job: str, *arguments: str) -> bool:
    """Ask a worker to run the `job` of that name once; false where Redis does not answer."""
    try:
        with connection(settings) as redis:
            enqueue(redis, f"ninety.jobs.{job}", *arguments)
    except RedisError:
        return False
    return True


def enqueue(redis: Redis, function: Function, *arguments: object) -> None:
    """Ask a worker to run `function`, or what a dotted name leads to, once.

    Nothing of it stays in Redis for long, and no log has its arguments. Never with a
    retry: a job that was killed may have sent its mail.
    """
    Queue(NAME, connection=redis).enqueue(
        function,
        *arguments,
        job_timeout=JOB_TIMEOUT,
        result_ttl=0,
        failure_ttl=3600,
        description=NAME,
    )
