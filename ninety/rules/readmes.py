"""A readme as HTML that is safe on our pages, whatever a stranger wrote into it.

Two walls: the renderer writes nothing but the few elements of Markdown, of HTML in
a readme only the text; and a sanitizer lets through only what stands in the lists
below. Nothing is loaded from elsewhere: a picture becomes a link to it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.token import Token

LARGEST_READ = 40 * 1024
"""Characters of a readme that are looked at; some texts cost their square to parse."""
LARGEST_SHOWN = 32 * 1024
"""Bytes of HTML, so that the page they stand on stays small."""
LARGEST_RUN = 4096
"""Characters of one paragraph, heading or cell that are read as Markdown; longer is plain text."""
MOST_BRACKETS = 200
"""Opening brackets in one of those: for each the parser looks for its end."""
LARGEST_HTML = 16 * 1024
"""Characters of one block of HTML whose text is looked for."""
MOST_CELLS = 5000
"""Cells of all tables together: a row of two characters can ask for hundreds."""
HIGHEST, LOWEST = 3, 6
"""The levels of headings that are left below those of the page."""
PREFIX = "readme-"
"""Before the ids of headings, so that none is the id of something of ours."""

REL = "nofollow noopener noreferrer"

_SCHEMES = frozenset({"http", "https", "mailto"})
_LANGUAGE = re.compile(r"language-[A-Za-z0-9+#.-]{1,32}")
_ALIGNED = frozenset({"centre", "right"})
_NOT_IN_SLUGS = re.compile(r"[^\w\- ]")
_KEPT = {
    "a": {"href"},
    "code": {"class"},
    "div": {"class", "tabindex"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "td": {"class"},
    "th": {"class"},
    **{f"h{level}": {"id"} for level in range(HIGHEST, LOWEST + 1)},
}
_PLAIN = "blockquote br em hr li p s strong table tbody thead tr ul"
_TEXT_IS_NO_TEXT = {"script", "style", "title", "template"}


@dataclass(frozen=True, slots=True)
class Readme:
    """What is shown of a readme: safe HTML, and whether it is all of it."""

    html: str
    whole: bool


@lru_cache(maxsize=32)
def shown(text: str) -> Readme:
    """The readme `text`, in CommonMark with tables and strikethrough, as safe HTML.

    Takes a second or so where a text was made to be slow; the last few are remembered.
    """
    start = text[:LARGEST_READ]
    written = _Writing()
    for token in _MARKDOWN.parse(start, written.references):
        written.take(token)
        if written.left <= 0:
            break
    whole = written.whole and written.left > 0 and len(start) == len(text)
    html = "".join(written.pieces).encode()[:LARGEST_SHOWN].decode(errors="ignore")
    return Readme(_CLEANER.clean(html), whole)


def slug(title: str) -> str:
    """The name of a heading in links to it, as code hosts make them: `Use it!` is `use-it`."""
    return _NOT_IN_SLUGS.sub("", title.strip().lower()).replace(" ", "-")


@dataclass(slots=True)
class _Writing:
    """The HTML so far, in `pieces`, and how many bytes are `left` to it.

    Where it stops in the middle of an element, the sanitizer closes it. The parser
    keeps in `references` where `[words][name]` lead.
    """

    left: int = LARGEST_SHOWN
    pieces: list[str] = field(default_factory=list)
    whole: bool = True
    references: dict[str, Any] = field(default_factory=dict)
    _slugs: set[str] = field(default_factory=set)
    _heading: Token | None = None
    _raised: int | None = None

    def take(self, token: Token) -> None:
        """Write one token of the block level."""
        match token.type:
            case "heading_open":
                self._heading = token
                self._shift(token)
                return
            case "heading_close":
                self._shift(token)
            case "inline":
                _read_inside(token, self.references)
                if self._heading is not None:
                    self._open_heading(self._heading, token)
                    self._heading = None
            case "th_open" | "td_open":
                _align(token)
            case "fence" | "code_block":
                self._add(_code(token))
                return
            case "html_block":
                self.whole &= len(token.content) <= LARGEST_HTML
                self._add(_text_of_html(token.content[:LARGEST_HTML]))
                return
            case "table_open":
                self._add('<div class="wide" tabindex="0">')
        self._add(_html(token))
        if token.type == "table_close":
            self._add("</div>")

    def _add(self, piece: str) -> None:
        self.left -= len(piece.encode())
        self.pieces.append(piece)

    def _shift(self, token: Token) -> None:
        """Headings begin below those of the page, whatever level the readme begins at."""
        level = int(token.tag[1])
        if self._raised is None:
            self._raised = HIGHEST - level
        token.tag = f"h{min(max(level + self._raised, HIGHEST), LOWEST)}"

    def _open_heading(self, heading: Token, inside: Token) -> None:
        name = slug("".join(_words(inside.children or [])))
        if name and name not in self._slugs:
            self._slugs.add(name)
            heading.attrSet("id", PREFIX + name)
        self._add(_html(heading))


def _html(token: Token) -> str:
    """One token of the block level; no line breaks after what is opened."""
    html: str = _MARKDOWN.renderer.render([token], _MARKDOWN.options, {})
    return html.removesuffix("\n") if token.nesting == 1 else html


def _code(token: Token) -> str:
    """A block of code, which scrolls inside itself and so must be reachable by keyboard."""
    token.content = token.content[:LARGEST_SHOWN]
    return _html(token).replace("<pre>", '<pre tabindex="0">', 1)


def _read_inside(token: Token, references: dict[str, Any]) -> None:
    """Read the Markdown inside a paragraph, heading or cell, and make it harmless."""
    if len(token.content) > LARGEST_RUN or token.content.count("[") > MOST_BRACKETS:
        token.children = [_text(token.content)]
        return
    read: list[Token] = []
    _MARKDOWN.inline.parse(token.content, _MARKDOWN, references, read)
    token.children = list(_harmless(read))


def _harmless(tokens: list[Token]) -> Iterator[Token]:
    """The same words without HTML, pictures, and links to what is no page or address."""
    open_links: list[bool] = []
    for token in tokens:
        match token.type:
            case "link_open":
                target = _target(str(token.attrGet("href") or ""))
                open_links.append(bool(target))
                if target:
                    token.attrs = {"href": target, "rel": REL}
                    yield token
            case "link_close":
                if open_links.pop():
                    yield token
            case "image":
                yield from _picture(token, inside_link=any(open_links))
            case "html_inline":
                if token.content.lower().startswith("<br"):
                    yield Token("hardbreak", "br", 0)
            case "text_special":
                yield _text(token.content)
            case _:
                yield token


def _picture(token: Token, *, inside_link: bool) -> Iterator[Token]:
    """A picture in words, leading to it unless the words lead somewhere else already."""
    words = "".join(_words(token.children or [])).strip()
    target = _target(str(token.attrGet("src") or ""))
    if inside_link or not target:
        yield _text(words or "picture")
        return
    yield Token("link_open", "a", 1, attrs={"href": target, "rel": REL})
    yield _text(f"{words} (picture)" if words else "picture")
    yield Token("link_close", "a", -1)


def _target(address: str) -> str:
    """Where a link may lead: the web, a mailbox, or a heading of the readme; else nowhere."""
    if address.startswith("#"):
        return f"#{PREFIX}{address[1:]}" if len(address) > 1 else ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in _SCHEMES:
        return ""
    return address if parts.scheme == "mailto" or parts.netloc else ""


def _words(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("text", "text_special", "code_inline"):
            yield token.content
        elif token.type == "softbreak":
            yield " "
        elif token.children:
            yield from _words(token.children)


def _text(words: str) -> Token:
    return Token("text", "", 0, content=words)


def _text_of_html(html: str) -> str:
    """The text in a block of HTML, as a paragraph; nothing where it has none."""
    text = nh3.clean(html, tags=set(), clean_content_tags=_TEXT_IS_NO_TEXT).strip()
    return f"<p>{text}</p>\n" if text else ""


def _align(cell: Token) -> None:
    """Where the parser would write a style, a class of ours."""
    style = str(cell.attrGet("style") or "")
    side = {"text-align:center": "centre", "text-align:right": "right"}.get(style)
    cell.attrs = {"class": side} if side else {}


def _kept(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute that may stay, else None: the second wall."""
    match tag, name:
        case "a", "rel":
            return value if value == REL else None
        case "a", "href":
            return value if value.startswith(f"#{PREFIX}") or _target(value) == value else None
        case "code", "class":
            return value if _LANGUAGE.fullmatch(value) else None
        case "td" | "th", "class":
            return value if value in _ALIGNED else None
        case "div", "class":
            return value if value == "wide" else None
        case "div" | "pre", "tabindex":
            return value if value == "0" else None
        case "ol", "start":
            return value if value.isascii() and value.isdigit() else None
        case _, "id":
            return value if value.startswith(PREFIX) else None
        case _:
            return None


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The parser's own rule for tables, while there are cells left for all that may follow."""
    if silent or not table(state, start, end, True):
        return silent and table(state, start, end, True)
    columns = state.src[state.bMarks[start] : state.eMarks[start]].count("|") + 1
    left = state.env.setdefault("cells", MOST_CELLS)
    for line in range(start, end):
        left -= columns
        if left < 0 or state.isEmpty(line):
            break
    state.env["cells"] = left
    return left >= 0 and table(state, start, end, False)


def _markdown() -> MarkdownIt:
    """A parser of blocks; what is inside them is read one by one, and no further than is shown.

    HTML is recognised so that it can be left out: no rule of it writes any.
    """
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    markdown.core.ruler.disable(["inline", "text_join"])
    markdown.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    return markdown


_MARKDOWN = _markdown()
_CLEANER = nh3.Cleaner(
    tags={*_PLAIN.split(), *_KEPT},
    clean_content_tags=_TEXT_IS_NO_TEXT,
    attributes=_KEPT,
    attribute_filter=_kept,
    url_schemes=set(_SCHEMES),
    link_rel=REL,
)
