"""Asking as fast as answers come: given requests by threads of ours, one path by `wrk`."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat, takewhile
from statistics import median

from harness.connection import Connection, authorization, get
from harness.figures import Measured

CONNECTIONS = 16
SECONDS_IN = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


def wrk() -> str | None:
    """Where wrk is on this machine, if it is."""
    return shutil.which("wrk")


def each(port: int, requests: Sequence[bytes], connections: int) -> Measured:
    """Ask all `requests`, each once, by so many connections at a time."""
    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as threads:
        shares = [requests[first::connections] for first in range(connections)]
        waits = [wait for share in threads.map(_by_one, repeat(port), shares) for wait in share]
    return _measured(waits, time.perf_counter() - began)


def again_and_again(port: int, path: str, secret: str, seconds: float) -> Measured:
    """Ask for one path for so long: by wrk where it is to be had, else by threads of ours."""
    program = wrk()
    if program is None:
        return _by_threads(port, get(path, port, secret), seconds)
    said = subprocess.run(
        [
            program,
            *("-t2", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "30s", "--latency"),
            *("-H", authorization(secret)),
            f"http://127.0.0.1:{port}{path}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return read_wrk(said.stdout)


def read_wrk(said: str) -> Measured:
    """What wrk printed; AssertionError where it did not, or an answer was a refusal."""
    assert "Non-2xx" not in said, said
    assert "Socket errors" not in said, said
    rate = re.search(r"Requests/sec: +([\d.]+)", said)
    half = re.search(r"50% +([\d.]+)(us|ms|s)\n", said)
    count = re.search(r"(\d+) requests in", said)
    assert count, said
    assert rate, said
    assert half, said
    return Measured(int(count[1]), float(rate[1]), float(half[1]) * SECONDS_IN[half[2]])


def waits_of(connection: Connection, requests: Iterable[bytes]) -> list[float]:
    """Ask one thing after the other; how many seconds each took."""
    waits = []
    for request in requests:
        began = time.perf_counter()
        connection.ask(request)
        waits.append(time.perf_counter() - began)
    return waits


def _by_one(port: int, requests: Iterable[bytes]) -> list[float]:
    with Connection(port) as connection:
        return waits_of(connection, requests)


def _by_threads(port: int, request: bytes, seconds: float) -> Measured:
    until = time.monotonic() + seconds

    def share(_number: int) -> list[float]:
        more = takewhile(lambda _: time.monotonic() < until, repeat(request))
        return _by_one(port, chain([request], more))

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        waits = [wait for waits in threads.map(share, range(CONNECTIONS)) for wait in waits]
    return _measured(waits, seconds)


def _measured(waits: Sequence[float], seconds: float) -> Measured:
    return Measured(len(waits), len(waits) / seconds, median(waits))
