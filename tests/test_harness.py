"""What the harness says of what it measured, and that it asks for what it should."""

import socket
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from harness import __main__ as harness
from harness import asking
from harness.asking import read_wrk
from harness.bare_loop import Loop
from harness.connection import Connection, get, put
from harness.feeds import MANY, SHARE, VERSIONS, WORDS, names, tags, word
from harness.figures import HEAD, Measured, Row, duration, number, table
from harness.limit import Limit

WRK = """Running 2s test @ http://127.0.0.1:5090/v3/index.json
  2 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     6.65ms   21.40ms 148.41ms   92.82%
    Req/Sec    10.57k     6.95k   21.24k    60.00%
  Latency Distribution
     50%  303.00us
     75%    0.98ms
     90%   12.68ms
     99%  122.14ms
  42614 requests in 2.12s, 6.28MB read
Requests/sec:  20106.03
Transfer/sec:      5.92MB
"""


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    with Loop(0, tmp_path) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_what_wrk_prints_is_read() -> None:
    assert read_wrk(WRK) == Measured(42614, 20106.03, pytest.approx(303e-6))
    assert read_wrk(WRK.replace("303.00us", "1.21s")).wait == 1.21
    assert read_wrk(WRK.replace("303.00us", "98.50ms")).wait == pytest.approx(0.0985)


@pytest.mark.parametrize(
    "said",
    [
        WRK + "  Non-2xx or 3xx responses: 3\n",
        WRK + "  Socket errors: connect 0, read 0, write 0, timeout 7\n",
        "unable to connect to 127.0.0.1:5090 Connection refused\n",
    ],
)
def test_refusals_and_errors_are_no_answers(said: str) -> None:
    with pytest.raises(AssertionError):
        read_wrk(said)


def test_a_ratio_is_taken_within_a_repeat_and_then_the_median() -> None:
    row = Row("a read")
    row.ours = [Measured(1, rate, 0.002, 0.001) for rate in (100, 10, 80)]
    row.limit = [Measured(1, rate, 0.0005) for rate in (200, 100, 100)]
    row.bare = [Measured(1, 100, 0.001)] * 3
    assert (row.ratio(row.limit), row.ratio(row.bare)) == (0.5, 0.8)
    assert row.cells() == (
        *("a read", "100/s", "100/s", "80.0/s"),
        *("0.50", "0.80", "2.00 ms", "1.00 ms"),
    )


def test_what_is_compared_with_nothing_has_no_ratio() -> None:
    row = Row("a search", ours=[Measured(1, 20_000, 0.1)])
    assert row.ratio(row.limit) is None
    assert row.cells() == ("a search", "–", "–", "20,000/s", "–", "–", "100 ms", "–")


def test_the_columns_of_a_table_stand_below_each_other() -> None:
    assert table(("", "a second"), [("push", "7"), ("service index", "31,000")]) == (
        "|               | a second |\n"
        "| ------------- | -------: |\n"
        "| push          |        7 |\n"
        "| service index |   31,000 |"
    )
    assert len(HEAD) == len(Row("nothing", ours=[Measured(1, 1, 1)]).cells())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0000123, "12 µs"), (0.00123, "1.23 ms"), (0.0123, "12.3 ms"), (1.234, "1,230 ms")],
)
def test_short_times_are_told_with_three_digits(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0.5, "0.50"), (75.24, "75.2"), (346.2, "346"), (57_979, "58,000")]
)
def test_counts_are_told_with_three_digits(value: float, words: str) -> None:
    assert number(value) == words


def test_a_program_that_is_missing_is_named_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(harness, "nginx", lambda: None)
    monkeypatch.setattr(asking, "wrk", lambda: None)
    of_nginx, of_wrk = harness.missing()
    assert of_nginx.startswith("nginx is missing, so ")
    assert of_wrk.startswith("wrk is missing, so ")


def test_a_feed_has_as_many_versions_as_were_asked_for() -> None:
    found = Counter(id for id, _ in names(1_000))
    assert found.total() == 1_000 - 1, "the one that all are copies of comes to these"
    assert found[MANY] == VERSIONS
    assert set(found.values()) == {1, VERSIONS}


def test_each_word_is_a_tag_of_two_in_a_hundred() -> None:
    found = Counter(tag for number in range(SHARE * 4) for tag in tags(number))
    assert found == {word(number): 4 for number in range(WORDS)}


def test_the_bare_loop_keeps_what_it_is_sent(loop: Loop, tmp_path: Path) -> None:
    port = loop.server_address[1]
    small, large = put(b"small", port, "secret"), put(bytes(2**20 + 7), port, "secret")
    measured = asking.each(port, [small, large, small], connections=2)
    assert measured.answers == 3
    bodies = [request.partition(b"\r\n\r\n")[2] for request in (small, large, small)]
    kept = [path.read_bytes() for path in tmp_path.iterdir()]
    assert sorted(kept) == sorted(bodies)


def test_the_bare_server_answers_from_memory_and_does_what_a_push_does(tmp_path: Path) -> None:
    limit = Limit(tmp_path)
    try:
        path = limit.serve(b"what is read")
        with Connection(limit.bare_port) as connection:
            for _ in range(2):
                assert connection.ask(get(path, limit.bare_port, "secret")) == b"what is read"
            for body in (b"small", bytes(2**20)):
                connection.ask(put(body, limit.bare_port, "secret"))
    finally:
        limit.stop()
    kept = {one.name.rpartition(".")[2]: one for one in tmp_path.glob("packages/*/*/*")}
    assert set(kept) == {"nupkg", "sha512", "nuspec", "json"}
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as index:
        for table in ("ids", "versions", "latest", "words"):
            assert index.execute(f"SELECT count(*) FROM {table}").fetchone() == (2,)
    assert list((tmp_path / "incoming").iterdir()) == []


def test_reads_are_asked_without_wrk_too(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "wrk", lambda: None)
    measured = asking.again_and_again(loop.server_address[1], "/v3/index.json", "secret", 0.05)
    assert measured.answers >= asking.CONNECTIONS
    assert measured.rate == pytest.approx(measured.answers / 0.05)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 401 UNAUTHORIZED\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut",
        b"",
    ],
)
def test_only_a_whole_answer_counts(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with Connection(port) as connection, server.accept()[0] as other_end:
            other_end.sendall(answer)
            other_end.shutdown(socket.SHUT_WR)
            with pytest.raises(AssertionError):
                connection.ask(get("/v3/index.json", port, "secret"))
