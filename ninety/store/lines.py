"""How a collection looks in its file: TinyDB's JSON, written one document a line.

    {"users": {
    "u1": {"email": "ada@example.test"},
    "u2": {"email": "grace@example.test"}
    }}

A document's line is the same whatever stands around it. So a document that
stays needs no second encoding, and a line read before needs no second parsing:
with thousands of documents and one changed, that is nearly all the work.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

Document = dict[str, Any]
"""A document: JSON values only, its id not among them."""


class Row(NamedTuple):
    """A document, its id, and its line in the file. Shared, so never changed."""

    id: str
    document: Document
    line: bytes


Rows = dict[str, Row]
"""The rows of one table by document id, in the order of the file."""


def row(id: str, document: Document) -> Row:
    """The row of `document`, which stays the caller's to change.

    Raises TypeError or ValueError for what JSON in UTF-8 cannot say: other
    types, NaN, half of a surrogate pair.
    """
    line = _encoder.encode({id: document})[1:-1].encode()
    return _parse_lines([line])[0]


def write(tables: Mapping[str, Rows]) -> bytes:
    """The file that holds `tables`."""
    written = [
        _opening(name) + b",\n".join([row.line for row in rows.values()]) + b"\n}"
        for name, rows in tables.items()
    ]
    return b"{" + b", ".join(written) + b"}\n"


def read(content: bytes, name: str, known: Iterable[Row] = ()) -> dict[str, Rows]:
    """The tables in a file: usually just the one called `name`, in the form `write` gives it.

    Any other JSON that TinyDB would take is read as well. `known` are rows that
    an earlier state of the file held; those that are still there come back as
    they are. Raises ValueError for anything else.
    """
    head, tail = b"{" + _opening(name), b"\n}}\n"
    if not content.startswith(head) or not content.endswith(tail):
        return _read_whole(content)
    try:
        return {name: _read_lines(content[len(head) : -len(tail)], known)}
    except ValueError:
        return _read_whole(content)


def _read_lines(body: bytes, known: Iterable[Row]) -> Rows:
    if not body:
        return {}
    by_line = {row.line: row for row in known}
    found = body.split(b",\n")
    new = iter(_parse_lines([line for line in found if line not in by_line]))
    rows = (by_line.get(line) or next(new) for line in found)
    return {row.id: row for row in rows}


def _parse_lines(found: Sequence[bytes]) -> list[Row]:
    """The rows of lines that hold a document each; ValueError where one does not.

    Parsed in one go, which is quicker, and the names of fields are then the same
    objects in all documents, which takes a third less memory.
    """
    objects = _decoder.decode("[{" + b"},{".join(found).decode() + "}]") if found else []
    # A document that goes on over several lines takes their braces for its own.
    if len(objects) != len(found):
        raise ValueError("the documents are not one a line")
    return [_row(members, line) for members, line in zip(objects, found, strict=True)]


def _row(members: dict[str, Any], line: bytes) -> Row:
    ((id, document),) = members.items()
    if not isinstance(document, dict):
        raise ValueError(f"document {id!r} is not an object")
    return Row(id, document, line)


def _read_whole(content: bytes) -> dict[str, Rows]:
    tables = _decoder.decode(content.decode())
    if not isinstance(tables, dict):
        raise ValueError("the file is not an object of tables")
    for name, documents in tables.items():
        if not isinstance(documents, dict):
            raise ValueError(f"table {name!r} is not an object of documents")
    return {
        name: {id: row(id, document) for id, document in documents.items()}
        for name, documents in tables.items()
    }


def _opening(name: str) -> bytes:
    return f"{_encoder.encode(name)}: {{\n".encode()


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
