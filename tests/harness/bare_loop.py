"""What bounds a push: `python bare_loop.py PORT FOLDER` keeps each body it is sent, and no more.

It reads the body, hashes it, writes one file, syncs it and gives it its name; the
HTTP around it is as little as a client needs.
"""

import hashlib
import itertools
import os
import sys
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
PIECE = 2**18


class Loop(ThreadingTCPServer):
    """Listens on a port of this machine, and keeps what it is sent in `folder`."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, folder: Path) -> None:
        super().__init__(("127.0.0.1", port), Conversation)
        self.folder = folder
        self.numbers = itertools.count()


class Conversation(StreamRequestHandler):
    """One connection: a body after the other."""

    disable_nagle_algorithm = True
    server: Loop

    def handle(self) -> None:
        """Answer each request once its body is on the disk."""
        while self.rfile.readline():
            length = 0
            while line := self.rfile.readline().strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            self._keep(length)
            self.wfile.write(ANSWER)

    def _keep(self, length: int) -> None:
        place = self.server.folder / str(next(self.server.numbers))
        aside = place.with_suffix(".new")
        digest = hashlib.sha512()
        with aside.open("xb", buffering=0) as file:
            while length and (piece := self.rfile.read(min(length, PIECE))):
                digest.update(piece)
                file.write(piece)
                length -= len(piece)
            os.fsync(file.fileno())
        aside.rename(place)


if __name__ == "__main__":
    Loop(int(sys.argv[1]), Path(sys.argv[2])).serve_forever()
