"""XML from strangers, read into small trees of local names.

Expat is driven directly, so that what makes XML dangerous is refused when it
starts: a document type (and with it every entity), depth, sheer number.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from ninety.rules.errors import BadPackage
from ninety.rules.quoting import quoted

DEEPEST = 32
MOST_ELEMENTS = 20_000

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(slots=True)
class Element:
    """One element by its local name; namespaces are dropped, of attributes too."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The element's own text without the white space around it."""
        return "".join(self.pieces).strip()

    def named(self, name: str) -> Iterator["Element"]:
        """The children called `name`."""
        return (child for child in self.children if child.name == name)


def parse(content: bytes) -> Element:
    """The root element of the document `content`.

    UTF-8, or UTF-16 that starts with its byte order mark. BadPackage for other
    encodings, a document type, more than `DEEPEST` levels or `MOST_ELEMENTS`
    elements, and what is not well-formed.
    """
    is_utf16 = content.startswith(_UTF16_MARKS)
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as undecodable:
        raise BadPackage("The nuspec is not encoded in UTF-8, nor in UTF-16") from undecodable
    if "\0" in text:  # expat would take `<` and a NUL for UTF-16, whatever it was told
        raise BadPackage("The nuspec has a NUL character; use UTF-8, or UTF-16 with its mark")
    reading = _Reading(is_utf16)
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.XmlDeclHandler = reading.declared
    parser.StartDoctypeDeclHandler = reading.doctype
    parser.StartElementHandler = reading.started
    parser.EndElementHandler = reading.ended
    parser.CharacterDataHandler = reading.read
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as malformed:
        raise BadPackage(
            f"The nuspec is not well-formed XML: {expat.ErrorString(malformed.code)}, "
            f"line {malformed.lineno}"
        ) from malformed
    return reading.top.children[0]


class _Reading:
    """What expat has told so far; `top` stands above the root element."""

    def __init__(self, is_utf16: bool) -> None:
        self._encodings = {"utf-8", "utf-16"} if is_utf16 else {"utf-8"}
        self.top = Element("")
        self._open = [self.top]
        self._count = 0

    def declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in self._encodings:
            raise BadPackage(
                f"The nuspec declares the encoding {quoted(encoding)}; "
                "use UTF-8, or UTF-16 with its byte order mark"
            )

    def doctype(self, name: str, system: str | None, public: str | None, subset: int) -> None:
        raise BadPackage("The nuspec has a DOCTYPE, which no NuGet client reads")

    def started(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise BadPackage(f"The nuspec has more than {MOST_ELEMENTS} elements")
        if len(self._open) > DEEPEST:
            raise BadPackage(f"The nuspec is nested more than {DEEPEST} levels deep")
        element = Element(_local(name), {_local(key): value for key, value in attributes.items()})
        self._open[-1].children.append(element)
        self._open.append(element)

    def ended(self, name: str) -> None:
        self._open.pop()

    def read(self, piece: str) -> None:
        self._open[-1].pieces.append(piece)


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
