"""A search as SQL: where to look for what was asked, and how to order what is found."""

import json
from dataclasses import dataclass
from enum import Enum

from ninety.rules import search
from ninety.rules.search import Query, Term
from ninety.store.index_latest import variant

# How much a word counts where it is found: id, title, tags, description, authors.
WEIGHTS = "10.0, 5.0, 4.0, 1.0, 2.0"

Values = list[int | str]


class Order(Enum):
    """How what was found is ordered."""

    BEST = "best"
    """The id that was typed, ids that begin so, then by how well the words fit."""
    UPDATED = "updated"
    """By the date of the newest version, the latest first."""
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Which versions somebody who searches wants to see, and can read."""

    prerelease: bool = False
    semver2: bool = False
    package_types: tuple[str, ...] = ()


class Wanted:
    """A query as SQL.

    Where to look (`source`, with its `values`), how to count that (`total`), and
    what comes first (`order`, with its `order_values`). `begins_ids` is whether any id
    begins with what was typed, or is that; where none does, nobody need look at each.
    """

    def __init__(self, query: Query, asker: Asker, order: Order, *, begins_ids: bool) -> None:
        conditions = ["latest.variants & ?"]
        self.values: Values = [variant(asker.prerelease, asker.semver2)]
        if asker.package_types:
            conditions.append(
                "EXISTS (SELECT 1 FROM json_each(latest.types) AS type"
                " WHERE type.value IN (SELECT value FROM json_each(?)))"
            )
            self.values.append(json.dumps([one.lower() for one in asker.package_types]))
        exact = [term.text for term in query.terms if term.field == search.EXACT_ID]
        if exact:
            conditions.append("latest.id IN (SELECT value FROM json_each(?))")
            self.values.append(json.dumps(exact))
        for term in query.terms:
            if term.field in _CONDITIONS:
                conditions.append(_CONDITIONS[term.field])
                self.values.append(term.text)
        words = [
            term
            for term in query.terms
            if term.field != search.EXACT_ID and term.field not in _CONDITIONS
        ]
        if not all(search.searchable(term.text) for term in words):
            conditions.append("0")
            words = []
        if words:
            match = " AND ".join(map(_fts5, words))
        if words and len(conditions) == 1 and order is not Order.UPDATED:
            # For whom a row is can be told by its number, so the full-text index counts alone.
            found = "FROM words WHERE words.rowid & ? AND words MATCH ?"
            # Of the rest only the ids matter then, and `names` has these in few pages.
            self.source = (
                "FROM words JOIN names AS latest ON latest.number = words.rowid"
                " WHERE words.rowid & ? AND words MATCH ?"
            )
            self.values.append(match)
        elif words:
            conditions.append("words MATCH ?")
            self.values.append(match)
            found = self.source = (
                "FROM latest JOIN words ON words.rowid = latest.number"
                f" WHERE {' AND '.join(conditions)}"
            )
        else:
            found = self.source = f"FROM latest WHERE {' AND '.join(conditions)}"
        self.total = f"SELECT count(*) {found}"
        if not words and len(conditions) == 1:
            # Everything there is for this kind of asker was counted when it was written.
            self.total = "SELECT total(number) FROM totals WHERE variants & ?"
        first = ["latest.id"]
        self.order_values: Values = []
        if words and order is Order.BEST:
            first.insert(0, f"bm25(words, {WEIGHTS})")
        if begins_ids and order is Order.BEST:
            first.insert(0, "latest.id = ? DESC, substr(latest.id, 1, ?) = ? DESC")
            self.order_values = [query.text, len(query.text), query.text]
        if order is Order.UPDATED:
            first.insert(0, "latest.published DESC")
        self.order = ", ".join(first)


_CONDITIONS = {
    "owners": "? IN (SELECT value FROM json_each(latest.owners))",
    search.NEEDS: "latest.number IN (SELECT number FROM needs WHERE needed = ?)",
}


def _fts5(term: Term) -> str:
    """A term in FTS5's query language (sqlite.org/fts5.html section 3): a quoted phrase.

    A phrase may go on where it ends, as people type; a tag is a tag only whole.
    """
    phrase = '"' + term.text.replace('"', '""') + '"'
    if term.field == search.ANYWHERE:
        return f"{phrase} *"
    return f"{term.field} : {phrase}" + ("" if term.field == "tags" else " *")
