"""What people type into a search box: words, quoted phrases and `field:value` terms.

The fields are those of nuget.org's search syntax, and `needs:`, which finds what
depends on an id. Every term must fit; only several `packageid:` terms are
alternatives.
"""

import re
import unicodedata
from dataclasses import dataclass

ANYWHERE = ""
EXACT_ID = "packageid"
NEEDS = "needs"
FIELDS = {
    "packageid": EXACT_ID,
    "id": "id",
    "title": "title",
    "tag": "tags",
    "tags": "tags",
    "description": "description",
    "author": "authors",
    "authors": "authors",
    "owner": "owners",
    "owners": "owners",
    "needs": NEEDS,
}
MOST_TERMS = 20
LONGEST_QUERY = 1000

_TERM = re.compile(r'(?:(?P<field>[A-Za-z]+):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_JOINT = re.compile(r"[._-]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for: `text`, in `field` (a value of FIELDS) or ANYWHERE."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query: its `terms`, and `text`, all of it in lower case."""

    text: str
    terms: tuple[Term, ...]

    @property
    def names_owners(self) -> bool:
        """Whether it depends on who owns what."""
        return any(term.field == "owners" for term in self.terms)


def parse(typed: str) -> Query:
    """The query in `typed`, which may be any text at all.

    What cannot be printed counts as white space; past LONGEST_QUERY characters
    or MOST_TERMS terms nothing is read.
    """
    text = "".join(_printable(letter) for letter in typed[:LONGEST_QUERY]).strip()
    terms = [term for found in _TERM.finditer(text) if (term := _term(found)).text]
    return Query(text.lower(), tuple(terms[:MOST_TERMS]))


def words(text: str) -> str:
    """`text` followed by the words it is made of: `FlashCap.Core` gives `FlashCap Flash Cap Core`.

    Ids run words together by dots, dashes, underscores and capitals; people
    search for the words.
    """
    parts = [part for part in _JOINT.split(text) if part]
    split = [word for part in parts for word in _HUMP.split(part) if word]
    return " ".join([text, *(word for word in split if word not in parts)])


def searchable(text: str) -> bool:
    """Whether `text` has a letter or digit, without which no word can fit it."""
    return any(unicodedata.category(letter)[0] in "LN" for letter in text)


def _term(found: re.Match[str]) -> Term:
    written, phrase, word = found["field"], found["phrase"], found["word"]
    value = phrase if phrase is not None else word
    if written is None:
        return Term(ANYWHERE, value.strip())
    field = FIELDS.get(written.lower())
    return Term(ANYWHERE, found[0]) if field is None else Term(field, value.strip().lower())


def _printable(letter: str) -> str:
    return " " if unicodedata.category(letter)[0] == "C" else letter
