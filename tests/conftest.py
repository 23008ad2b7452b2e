"""The fixtures every test may ask for. A test builds its own world from them."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from parts import processes
from parts.product import RunningProduct
from parts.quick import cheap_passwords
from parts.smtp import MailServer
from parts.waiting import wait_until

pytest_plugins = ["parts.browser", "parts.nuget", "parts.proxy"]


@pytest.fixture(scope="session", autouse=True)
def nothing_runs_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fails the run where a process that a test started is still there at its end."""
    yield
    folder = tmp_path_factory.getbasetemp()

    def left() -> list[processes.Process]:
        found = {*processes.descendants(os.getpid()), *processes.using(folder)}
        return [process for process in found if processes.PYTHONS_OWN not in process.command]

    wait_until(lambda: not left(), 5, f"the end of {left()}")


@pytest.fixture(scope="session", autouse=True)
def passwords_cost_little() -> Iterator[None]:
    """Spares every test two tenths of a second; products started as programs are not touched."""
    with cheap_passwords():
        yield


@pytest.fixture
def mail_server() -> Iterator[Callable[..., MailServer]]:
    """Starts SMTP servers: `mail_server(login=("name", "password"), …)`; they end with the test."""
    with ExitStack() as stack:

        def start(**options: object) -> MailServer:
            return stack.enter_context(MailServer(**options))

        yield start


@pytest.fixture
def product(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., RunningProduct]]:
    """Starts whole products: `product(clock=True, NINETY_READ_ACCESS="public")`.

    Each has a folder of its own, whose path is short enough for a socket in it, and ends with
    the test, which fails if it does not end as it should.
    """
    started: list[RunningProduct] = []

    def start(**options: object) -> RunningProduct:
        one = RunningProduct(tmp_path_factory.mktemp("product"), **options)
        started.append(one)
        return one.start()

    try:
        yield start
        for one in started:
            if one.running:
                one.stop()
    finally:
        for one in started:
            one.kill()
            print(f"{one.address} said:", one.output, sep="\n")  # shown where the test failed
