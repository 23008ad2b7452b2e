"""The bytes of a file on their way to a client."""

from typing import IO

from werkzeug.wsgi import FileWrapper

PIECE = 64 * 1024
"""Bytes at a time. Each piece costs the interpreter a turn, whatever its length, and from 128 KiB
on the C library asks the system for the memory of each, page by page."""


class FilePieces(FileWrapper):
    """A file as a WSGI answer, whatever piece is asked for (PEP 3333, "wsgi.file_wrapper")."""

    def __init__(self, file: IO[bytes], buffer_size: int = PIECE) -> None:
        super().__init__(file, max(buffer_size, PIECE))
