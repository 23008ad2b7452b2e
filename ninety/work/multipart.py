"""Taking a multipart body apart as it streams past: the package of a push, the files of a form."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from werkzeug.http import parse_options_header

from ninety.rules.errors import BadPackage, UploadIncomplete

LONGEST_HEADERS = 256 * 1024
"""Bytes that the headers of a part may have, and what stands before the first part."""

MALFORMED = "The upload's parts are not as multipart has them (RFC 7578)"

_END_OF_HEADERS = b"\r\n\r\n"
_FOLD = re.compile(rb"\r\n[ \t]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a body: the name of its field, and of its file, empty for a mere field.

    `content` is in pieces and can be read until the next part is asked for; reading
    raises BadPackage, UploadIncomplete and what the body raises.
    """

    name: str
    filename: str
    content: Iterator[bytes]


def package_bytes(body: Iterable[bytes], content_type: str) -> Iterator[bytes]:
    """The bytes of the package in a request body, in pieces; the body is read to its end.

    It is the first part of a multipart body, whatever that part is called, or
    else the body itself (NuGet V3 "Package Publish", push request parameters).
    Raises BadPackage, UploadIncomplete and what `body` raises.
    """
    if not _is_multipart(content_type):
        yield from body
        return
    pieces = iter(body)
    first = next(parts(pieces, content_type), None)
    if first is None:
        raise UploadIncomplete
    yield from first.content
    for _ in pieces:
        pass  # what follows the first part is nobody's, but the client wants it read


def parts(body: Iterable[bytes], content_type: str) -> Iterator[Part]:
    """The parts of a multipart body in their order (RFC 7578); what is not read of one is skipped.

    Raises BadPackage, UploadIncomplete and what `body` raises.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get("boundary", "").encode()
    if not _is_multipart(content_type) or not boundary:
        raise BadPackage("The upload says it has parts, but not what is between them")
    # The first delimiter may be the very beginning (RFC 2046 section 5.1.1).
    stream = _Stream(chain([b"\r\n"], body))
    delimiter = b"\r\n--" + boundary
    _short(stream, delimiter)
    while not stream.goes_on_with(b"--"):
        name, filename = _named(_headers(stream))
        content = stream.until(delimiter)
        yield Part(name, filename, content)
        for _ in content:
            pass


def _is_multipart(content_type: str) -> bool:
    return content_type.lstrip()[:10].lower() == "multipart/"


def _headers(stream: "_Stream") -> bytes:
    """The headers of a part, which begin on the line after its delimiter."""
    rest_of_line, _, headers = _short(stream, _END_OF_HEADERS).partition(b"\r\n")
    if rest_of_line.strip(b" \t"):
        raise BadPackage(MALFORMED)
    return headers


def _short(stream: "_Stream", mark: bytes) -> bytes:
    found = b""
    for piece in stream.until(mark):
        found += piece
        if len(found) > LONGEST_HEADERS:
            raise BadPackage("A part of the upload has endless headers, or none")
    return found


def _named(headers: bytes) -> tuple[str, str]:
    """The names of the field and of the file that a part's headers tell, or empty texts.

    UTF-8, as browsers write them (RFC 7578 section 5.1). BadPackage where there is
    no Content-Disposition, which every part has (section 4.2).
    """
    for line in _FOLD.sub(b" ", headers).split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-disposition":
            _, options = parse_options_header(value.decode("utf-8", "replace"))
            return options.get("name", ""), options.get("filename", "")
    raise BadPackage(MALFORMED)


class _Stream:
    """A body in pieces, looked through for what stands between its parts.

    By `bytes.find`, because a regular expression takes thirty times as long, which
    for a package of many megabytes is longer than all else that is done with it.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""

    def until(self, mark: bytes) -> Iterator[bytes]:
        """What stands before `mark`, in pieces; the mark is passed over.

        Raises UploadIncomplete where the body ends before.
        """
        most = len(mark) - 1
        while (at := self._held.find(mark)) < 0:
            sure = len(self._held) - most
            if sure > 0:
                piece, self._held = self._held[:sure], self._held[sure:]
                yield piece
            self._held += self._next()
        piece, self._held = self._held[:at], self._held[at + len(mark) :]
        if piece:
            yield piece

    def goes_on_with(self, what: bytes) -> bool:
        """Whether `what` comes next. Raises UploadIncomplete where nothing tells."""
        while len(self._held) < len(what):
            self._held += self._next()
        return self._held.startswith(what)

    def _next(self) -> bytes:
        piece = next(self._pieces, b"")
        if not piece:
            raise UploadIncomplete
        return piece
