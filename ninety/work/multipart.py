"""Taking a multipart body apart as it streams past: the package of a push, the files of a form."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Event, Field, File, MultipartDecoder, NeedData

from ninety.rules.errors import BadPackage, UploadIncomplete

# How much of a body is looked at together, and how long a part's headers may be, in bytes.
PIECE = 64 * 1024
LONGEST_HEADERS = 4 * PIECE


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
    pieces = _pieces(body)
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
    if not _is_multipart(content_type) or not options.get("boundary"):
        raise BadPackage("The upload says it has parts, but not what is between them")
    events = _events(_pieces(body), options["boundary"].encode())
    for event in events:
        if isinstance(event, Field | File):
            filename = event.filename if isinstance(event, File) else ""
            yield Part(event.name or "", filename or "", _content(events))


def _is_multipart(content_type: str) -> bool:
    return parse_options_header(content_type)[0].startswith("multipart/")


def _content(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        if isinstance(event, Data):
            yield event.data
            if not event.more_data:
                return
    raise UploadIncomplete


def _events(pieces: Iterator[bytes], boundary: bytes) -> Iterator[Event]:
    decoder = MultipartDecoder(boundary, LONGEST_HEADERS)
    try:
        for piece in pieces:
            decoder.receive_data(piece)
            while not isinstance(event := decoder.next_event(), NeedData):
                yield event
    except RequestEntityTooLarge:
        raise BadPackage("A part of the upload has endless headers, or none") from None
    except ValueError:
        raise BadPackage("The upload's parts are not as multipart has them (RFC 7578)") from None


def _pieces(body: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in body:
        for start in range(0, len(chunk), PIECE):
            yield chunk[start : start + PIECE]
