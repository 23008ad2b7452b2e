"""The worker of the queue against a real Redis that comes and goes."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker

from ninety import queue
from ninety.processes import embedded_redis
from ninety.settings import Settings
from parts import queue_process
from parts.waiting import wait_until


class QueueWorld:
    """A Redis that can be ended and begun, and a worker that runs all the while."""

    def __init__(self, data: Path) -> None:
        self._program = embedded_redis.server_program()
        self._command = embedded_redis.command(self._program, data, embedded_redis.prepare(data))
        self.url = embedded_redis.redis_url(Settings(data=data))
        self.redis = Redis.from_url(self.url, socket_timeout=2)
        self.begin()
        self.worker = subprocess.Popen([sys.executable, queue_process.__file__, self.url])

    def begin(self) -> None:
        """Start Redis, empty."""
        self.server = subprocess.Popen(self._command)
        wait_until(self._answers, 10, "Redis")

    def end(self) -> None:
        """Kill Redis."""
        self.server.kill()
        self.server.wait()

    def ask(self, function: object, *arguments: object) -> None:
        """Put a job into the queue."""
        Queue("test", connection=self.redis).enqueue(function, *arguments, result_ttl=0)

    def close(self) -> None:
        """End both."""
        self.worker.kill()
        self.worker.wait()
        self.end()
        self.redis.close()

    def _answers(self) -> bool:
        try:
            return bool(self.redis.ping())
        except RedisError:
            return False


@pytest.fixture
def world(tmp_path: Path) -> Iterator[QueueWorld]:
    with ExitStack() as stack:
        one = QueueWorld(tmp_path)
        stack.callback(embedded_redis.forget, tmp_path)
        stack.callback(one.close)
        yield one


def test_jobs_are_run_after_redis_died_and_came_back_empty(
    world: QueueWorld, tmp_path: Path
) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    world.ask(queue_process.touch, str(before))
    wait_until(before.exists, 10, "the first job")
    world.end()
    assert world.worker.poll() is None
    world.begin()
    world.ask(queue_process.touch, str(after))
    wait_until(after.exists, 15, "the second job")
    assert world.worker.poll() is None


def test_the_job_under_way_is_finished_before_the_end(world: QueueWorld, tmp_path: Path) -> None:
    begun, done = tmp_path / "begun", tmp_path / "done"
    world.ask(queue_process.touch_slowly, str(begun), str(done), 0.5)
    wait_until(begun.exists, 10, "the job's begin")
    world.worker.send_signal(signal.SIGTERM)
    assert world.worker.wait(10) == 0
    assert done.exists()


def test_a_long_job_hears_that_the_end_was_asked_for(world: QueueWorld, tmp_path: Path) -> None:
    begun, heard = tmp_path / "begun", tmp_path / "heard"
    world.ask(queue_process.work_until_asked, str(begun), str(heard))
    wait_until(begun.exists, 10, "the job's begin")
    world.worker.send_signal(signal.SIGTERM)
    assert world.worker.wait(10) == 0
    assert heard.exists()


def test_it_ends_while_redis_is_away(world: QueueWorld, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    world.ask(queue_process.touch, str(ready))
    wait_until(ready.exists, 10, "the first job")
    world.end()
    world.worker.send_signal(signal.SIGTERM)
    assert world.worker.wait(10) == 0


def test_the_queue_tells_of_redis_of_its_jobs_and_of_who_works_on_it(
    world: QueueWorld, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path)
    own = Queue(queue.NAME, connection=world.redis)
    for _job in range(2):
        own.enqueue(queue_process.touch, "nowhere")
    found = queue.look(settings)
    assert found is not None
    assert found.program.partition(" ")[0] in ("Valkey", "Redis")
    assert (found.waiting, found.worker_heard) == (2, None), "the worker here has another queue"
    worker = Worker([own], connection=world.redis)
    worker.register_birth()
    found = queue.look(settings)
    assert found is not None
    assert found.worker_heard is not None
    assert found.worker_heard.tzinfo is not None
