"""What was typed into a search, as the index understands it."""

from dataclasses import replace

from ninety.rules import search
from ninety.rules.search import Query, Term
from ninety.web.context import world

# What clients may ask by; a query's other parts change no answer below /v3/.
NAMES = frozenset(
    {
        "q",
        "id",
        "skip",
        "take",
        "prerelease",
        "semVerLevel",
        "packageType",
        "packageTypeFilter",
    }
)


def read(typed: str) -> Query:
    """The query in `typed`. People are named by address there, and by id in the index."""
    query = search.parse(typed)
    return replace(query, terms=tuple(map(_by_id, query.terms)))


def _by_id(term: Term) -> Term:
    if term.field != "owners":
        return term
    person = world().people.by_email(term.text)
    return replace(term, text=person.id) if person else term
