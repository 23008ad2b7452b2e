"""The real process tree: how it starts, what it refuses, what it survives, how it ends."""

import ast
import os
import signal
import socket
import sys
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import pytest

from ninety.processes import embedded_redis
from ninety.settings import Settings
from parts import commands, processes
from parts.product import REPOSITORY, RunningProduct, free_port
from parts.waiting import wait_until

Product = Callable[..., RunningProduct]


def refused(tmp_path: Path, **settings: str) -> str:
    """The one sentence that a start with these settings ends with, at status 2."""
    outcome = commands.run(
        [sys.executable, "app.py"],
        environment={
            "PATH": os.environ["PATH"],
            "NINETY_DATA": str(tmp_path / "data"),
            "NINETY_PORT": str(free_port()),
            **settings,
        },
        folder=REPOSITORY,
        seconds=20,
    )
    assert outcome.code == 2, outcome.text
    assert outcome.stdout == ""
    (sentence,) = outcome.stderr.splitlines()
    return sentence


def child(product: RunningProduct, part: str) -> processes.Process:
    """The process of the tree that is called `part`."""
    return wait_until(lambda: [one for one in product.processes() if part == one.name], 10, part)[0]


def supervisor(product: RunningProduct) -> processes.Process:
    """The process that `python app.py` is."""
    (found,) = [one for one in product.processes() if one.parent == os.getpid()]
    return found


def healthy(product: RunningProduct) -> bool:
    connection = HTTPConnection("127.0.0.1", product.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_asked_and_starts_again_at_once(product: Product, by: signal.Signals) -> None:
    one = product()
    wait_until(lambda: "Ninety is at" in one.output, 5, "the address")
    assert one.address in one.output
    child(one, "ninety-worker")
    with socket.create_connection(("127.0.0.1", one.port)):  # and keeps the line open
        assert one.stop(by) == 0
        one.start()


def test_the_process_that_forks_has_one_thread(product: Product) -> None:
    one = product()
    child(one, "ninety-worker")
    status = Path(f"/proc/{supervisor(one).pid}/status").read_text()
    assert "\nThreads:\t1\n" in status


def test_a_worker_that_cannot_be_loaded_leaves_the_feed_alone(
    product: Product, tmp_path: Path
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "rq.py").write_text("raise ImportError('half installed')")
    one = product(PYTHONPATH=str(tmp_path / "broken"))
    wait_until(lambda: one.output.count("The worker ended") >= 2, 10, "another try")
    assert "half installed" in one.output
    assert healthy(one)


def test_the_embedded_redis_listens_on_a_private_socket_only(product: Product) -> None:
    one = product()
    redis = child(one, "valkey-server")
    inodes = {
        line.split()[9]
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/{redis.pid}/net/{name}").read_text().splitlines()[1:]
    }
    handles = [os.readlink(handle) for handle in Path(f"/proc/{redis.pid}/fd").iterdir()]
    sockets = {handle.removeprefix("socket:[").removesuffix("]") for handle in handles}
    assert not sockets & inodes
    assert (one.data / "redis").stat().st_mode & 0o777 == 0o700


def test_a_redis_of_ones_own_is_used_instead(product: Product) -> None:
    one = product(REDIS_URL="redis://127.0.0.1:1/0")
    child(one, "ninety-worker")
    assert not [each for each in one.processes() if each.name == "valkey-server"]
    assert healthy(one)


@pytest.mark.parametrize("part", ["ninety-worker", "valkey-server", "ninety-web"])
def test_what_is_killed_comes_back(product: Product, part: str) -> None:
    one = product()
    killed = child(one, part)
    killed.kill()
    wait_until(lambda: not killed.alive(), 5, "its end")
    assert child(one, part).pid != killed.pid
    wait_until(lambda: healthy(one), 10, "an answer")


def test_a_serving_process_that_is_killed_comes_back(product: Product) -> None:
    one = product(NINETY_WEB_PROCESSES="1")
    serving = child(one, "ninety-serving")
    serving.kill()
    wait_until(lambda: healthy(one), 10, "an answer")
    assert not serving.alive()


def test_nothing_outlives_a_supervisor_that_is_killed(product: Product) -> None:
    one = product()
    child(one, "ninety-worker")
    assert len(one.processes()) >= 5
    supervisor(one).kill()
    wait_until(lambda: not one.processes(), 5, "the end of all")
    one.kill()


def test_a_socket_whose_path_would_be_too_long_lies_elsewhere(
    product: Product, tmp_path: Path
) -> None:
    data = tmp_path / ("a" * 60) / ("b" * 60)
    one = product(NINETY_DATA=str(data))
    path = Path(embedded_redis.redis_url(Settings(data=data)).removeprefix("unix://"))
    wait_until(path.is_socket, 5, "the socket")
    assert len(os.fsencode(path)) <= embedded_redis.SOCKET_PATH_LIMIT
    assert path.parent.stat().st_mode & 0o777 == 0o700
    one.stop()
    assert not path.parent.exists()


def test_a_busy_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as other:
        # As a web server would that lets others share its port.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        sentence = refused(tmp_path, NINETY_PORT=str(port))
    assert f"Port {port} is in use" in sentence
    assert f"NINETY_PORT={port + 1} make run" in sentence


def test_a_second_one_is_told_who_has_the_folder(product: Product, tmp_path: Path) -> None:
    one = product()
    sentence = refused(tmp_path, NINETY_DATA=str(one.data))
    assert one.address in sentence
    assert f"process {supervisor(one).pid} " in sentence
    assert healthy(one)


def test_a_data_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    sentence = refused(tmp_path, NINETY_DATA=str(in_the_way))
    assert str(in_the_way) in sentence
    assert "NINETY_DATA" in sentence


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    assert "NINETY_HOST 192.0.2.1" in refused(tmp_path, NINETY_HOST="192.0.2.1")


def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    assert "NINETY_KEY_DAYS" in refused(tmp_path, NINETY_KEY_DAYS="ninety")


def test_an_older_python_is_told_so() -> None:
    program = (
        "import runpy, sys; sys.version_info = (3, 10, 2);"
        "runpy.run_path('app.py', run_name='__main__')"
    )
    outcome = commands.run(
        [sys.executable, "-c", program],
        environment={"PATH": os.environ["PATH"]},
        folder=REPOSITORY,
        seconds=20,
    )
    assert (outcome.code, outcome.stderr) == (
        2,
        "Ninety needs Python 3.11 or later; this is 3.10.2\n",
    )


def test_an_older_python_can_read_that_far() -> None:
    source = (REPOSITORY / "app.py").read_text(encoding="utf-8")
    assert ast.parse(source, feature_version=(3, 7))
