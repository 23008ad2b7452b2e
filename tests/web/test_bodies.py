"""Request bodies under a real Granian, from clients that behave, stall, trickle and go away."""

import http.client
import io
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from ninety.processes.children import ROOT
from ninety.rules.errors import PackageTooLarge, UploadIncomplete
from ninety.web.bodies import PacedBodies, UploadedBody
from ninety.web.body_pump import Pace, Slots
from parts import body_server
from parts.product import free_port
from parts.waiting import wait_until

SERVER = Path(body_server.__file__)
PIECE = b"x" * 65536
Client = Callable[..., socket.socket]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a running server."""
    number = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(SERVER), str(number)], cwd=SERVER.parent, env=environment
    ) as server:
        try:
            wait_until(lambda: answers(number), 20, "the server")
            yield number
        finally:
            server.terminate()


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    """Begins uploads: `client("/read", b"first bytes", length=1000)`; all are closed at the end."""
    with ExitStack() as stack:

        def begin(path: str, first: bytes = b"", length: int | None = None) -> socket.socket:
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            framing = (
                "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
            )
            line.sendall(f"PUT {path} HTTP/1.1\r\nHost: here\r\n{framing}\r\n\r\n".encode())
            if first:
                line.sendall(first if length is not None else chunk(first))
            return line

        yield begin
    wait_until(lambda: get(port, "/threads") == "0", 5, "the end of every reading thread")


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def get(port: int, path: str, patience: float = 5) -> str:
    """What a GET brings; TimeoutError where nothing comes within `patience` seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def answers(port: int) -> bool:
    try:
        return get(port, "/") == "ok"
    except OSError:
        return False


def answer(line: socket.socket) -> tuple[int, str]:
    """The status and text that came back."""
    response = http.client.HTTPResponse(line)
    response.begin()
    return response.status, response.read().decode()


def test_a_body_arrives_whole_in_chunks_and_by_length(client: Client) -> None:
    line = client("/read", b"five!")
    for _ in range(20):
        line.sendall(chunk(PIECE))
    line.sendall(chunk(b""))
    assert answer(line) == (200, str(5 + 20 * len(PIECE)))
    assert answer(client("/read", b"ten bytes.", length=10)) == (200, "10")


@pytest.mark.parametrize("length", [None, 30 * 16 * len(PIECE)])
def test_a_refusal_reaches_a_client_that_sends_30_megabytes_first(
    client: Client, length: int | None
) -> None:
    line = client("/refuse", length=length)
    for _ in range(30 * 16):
        line.sendall(chunk(PIECE) if length is None else PIECE)
    if length is None:
        line.sendall(chunk(b""))
    assert answer(line) == (403, "no")


@pytest.mark.parametrize("length", [None, 1000])
@pytest.mark.parametrize("path", ["/read", "/refuse"])
def test_a_stalled_client_is_answered_and_holds_nobody_up(
    client: Client, port: int, path: str, length: int | None
) -> None:
    line = client(path, b"hello", length=length)
    assert answer(line) == ((408, "too slow") if path == "/read" else (403, "no"))
    assert get(port, "/threads") == "1"
    line.close()
    wait_until(lambda: get(port, "/threads") == "0", 5, "the reading thread's end")


def test_a_slow_client_that_keeps_its_pace_is_waited_for(client: Client) -> None:
    line = client("/read")
    began = time.monotonic()
    while time.monotonic() - began < 1.2:  # more than twice what an idle one is granted
        line.sendall(chunk(PIECE[:16384]))
        time.sleep(0.1)  # the client's pace: 160 KiB/s, where 64 are asked for
    line.sendall(chunk(b""))
    assert answer(line)[0] == 200


def test_a_client_that_trickles_is_not_waited_for(client: Client) -> None:
    line = client("/read", PIECE)
    line.settimeout(0.05)
    began = time.monotonic()
    while time.monotonic() - began < 10:
        line.sendall(chunk(b"."))
        try:
            line.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            continue
        break
    line.settimeout(5)
    assert answer(line) == (408, "too slow")


def test_a_client_that_goes_away_leaves_nothing_behind(client: Client, port: int) -> None:
    line = client("/read", b"hello", length=1000)
    line.shutdown(socket.SHUT_WR)
    wait_until(lambda: get(port, "/threads") == "0", 5, "the reading thread's end")


@pytest.mark.parametrize("length", [None, 40 * 16 * len(PIECE)])
def test_a_body_over_the_limit_is_refused_after_it_was_sent(
    client: Client, length: int | None
) -> None:
    line = client("/read", length=length)
    for _ in range(40 * 16):
        line.sendall(chunk(PIECE) if length is None else PIECE)
    if length is None:
        line.sendall(chunk(b""))
    assert answer(line) == (413, "too large")


def test_stalled_uploads_starve_neither_reads_nor_each_other(client: Client, port: int) -> None:
    lines = [client("/read", b"hello") for _ in range(body_server.AT_ONCE)]
    wait_until(lambda: get(port, "/threads") == str(body_server.AT_ONCE), 5, "every reader")
    assert get(port, "/", patience=2) == "ok"
    assert answer(client("/read", b"one too many")) == (503, "busy")
    assert [answer(line) for line in lines] == [(408, "too slow")] * len(lines)


def test_clients_that_never_let_go_are_shaken_off(client: Client, port: int) -> None:
    lines = [client("/read", b"hello") for _ in range(body_server.AT_ONCE)]
    assert [answer(line) for line in lines] == [(408, "too slow")] * len(lines)
    for line in lines:
        line.settimeout(20)
        assert line.recv(1) == b""
    assert get(port, "/") == "ok"


def test_a_body_of_an_announced_length_that_ends_early_is_incomplete() -> None:
    body = UploadedBody(io.BytesIO(b"half"), Slots(Pace()), Pace(), limit_mib=1, announced=8)
    assert body.read(100) == b"half"
    with pytest.raises(UploadIncomplete):
        body.read(100)


def test_a_body_too_large_by_its_announced_length_is_refused_unread() -> None:
    body = UploadedBody(io.BytesIO(), Slots(Pace()), Pace(), limit_mib=1, announced=2 * 1024 * 1024)
    with pytest.raises(PackageTooLarge):
        body.read(1)
    assert not body.begun


def test_a_body_reads_like_a_file() -> None:
    content = b"first line\nsecond line\n" * 5000
    body = UploadedBody(io.BytesIO(content), Slots(Pace()), Pace(), limit_mib=1)
    assert body.readline() == b"first line\n"
    assert body.read() == content[11:]
    assert body.read() == b""
    assert body.at_end


def test_what_a_form_may_ask_of_an_empty_body() -> None:
    def application(environ: WSGIEnvironment, _start: StartResponse) -> list[bytes]:
        return [environ["wsgi.input"].read()]

    nothing = {"REQUEST_METHOD": "GET", "wsgi.input": NeverRead()}
    assert list(PacedBodies(application, 1)(nothing, start_nothing)) == [b""]


def test_the_rest_is_read_only_up_to_twice_the_limit() -> None:
    endless = Endless()
    body = UploadedBody(endless, Slots(Pace()), Pace(), limit_mib=1)
    with pytest.raises(PackageTooLarge):
        body.read()
    assert not body.drain()
    assert body.let_go()
    assert 2 * 1024 * 1024 <= endless.given < 3 * 1024 * 1024


def test_a_failing_application_leaves_no_reader_behind() -> None:
    def application(environ: WSGIEnvironment, _start: StartResponse) -> list[bytes]:
        environ["wsgi.input"].read(1)
        raise LookupError("a fault")

    endless = Endless()
    with pytest.raises(LookupError):
        PacedBodies(application, 1)(
            {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": endless}, start_nothing
        )
    assert endless.given < 1024 * 1024
    assert not any(one.name == "request-body" for one in threading.enumerate())


class NeverRead:
    """An input that must be left alone."""

    def read(self, _size: int) -> bytes:
        raise AssertionError("there is no body to read")


class Endless:
    """A client that never stops sending."""

    given = 0

    def read(self, size: int) -> bytes:
        self.given += size
        return bytes(size)


def start_nothing(_status: str, _headers: object, _error: object = None) -> Callable[[bytes], None]:
    raise AssertionError("never called")
