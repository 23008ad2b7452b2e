"""Finding the package in the body of a push, as it streams past."""

from collections.abc import Iterable, Iterator

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Event, MultipartDecoder, NeedData

from ninety.rules.errors import BadPackage, UploadIncomplete

# How much of a body is looked at together, and how long a part's headers may be, in bytes.
PIECE = 64 * 1024
LONGEST_HEADERS = 4 * PIECE


def package_bytes(body: Iterable[bytes], content_type: str) -> Iterator[bytes]:
    """The bytes of the package in a request body, in pieces; the body is read to its end.

    It is the first part of a multipart body, whatever that part is called, or
    else the body itself (NuGet V3 "Package Publish", push request parameters).
    Raises BadPackage, UploadIncomplete and what `body` raises.
    """
    kind, options = parse_options_header(content_type)
    if not kind.startswith("multipart/"):
        yield from body
        return
    if not options.get("boundary"):
        raise BadPackage("The upload says it has parts, but not what is between them")
    pieces = _pieces(body)
    whole = False
    for event in _events(pieces, options["boundary"].encode()):
        if isinstance(event, Data):
            yield event.data
            if not event.more_data:
                whole = True
                break
    if not whole:
        raise UploadIncomplete
    for _ in pieces:
        pass  # what follows the first part is nobody's, but the client wants it read


def _events(pieces: Iterator[bytes], boundary: bytes) -> Iterator[Event]:
    decoder = MultipartDecoder(boundary, LONGEST_HEADERS)
    try:
        for piece in pieces:
            decoder.receive_data(piece)
            while not isinstance(event := decoder.next_event(), NeedData):
                yield event
    except RequestEntityTooLarge:
        raise BadPackage("The upload's first part has endless headers, or none") from None
    except ValueError:
        raise BadPackage("The upload's parts are not as multipart has them (RFC 7578)") from None


def _pieces(body: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in body:
        for start in range(0, len(chunk), PIECE):
            yield chunk[start : start + PIECE]
