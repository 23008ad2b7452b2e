"""A connection that breaks at the worst moment: after the server did what it was asked."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "X-NuGet-ApiKey"


@contextmanager
def losing_answers_to_posts(target: int, *, status: int | None = None) -> Iterator[str]:
    """An address, for the block, whose requests reach the server on port `target`.

    Answers to GET come back; those to POST are read to their end and never passed on: the
    connection ends, or brings `status` and no word more, as from a proxy that lost patience.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(*self._ask())

        def do_POST(self) -> None:
            self._ask()
            self.close_connection = True
            if status is not None:
                self._answer(status, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _ask(self) -> tuple[int, bytes]:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection = http.client.HTTPConnection("127.0.0.1", target, timeout=30)
            try:
                connection.request(self.command, self.path, sent, {KEY: self.headers[KEY]})
                answer = connection.getresponse()
                return answer.status, answer.read()
            finally:
                connection.close()

        def log_message(self, format: str, *values: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
