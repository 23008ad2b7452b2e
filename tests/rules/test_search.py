"""What is read in a search box."""

import pytest

from ninety.rules import search
from ninety.rules.search import ANYWHERE, LONGEST_QUERY, MOST_TERMS, Term


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("", []),
        ("   ", []),
        ("json", [Term(ANYWHERE, "json")]),
        ("json parser", [Term(ANYWHERE, "json"), Term(ANYWHERE, "parser")]),
        ('"json parser" fast', [Term(ANYWHERE, "json parser"), Term(ANYWHERE, "fast")]),
        ("packageid:Newtonsoft.Json", [Term("packageid", "newtonsoft.json")]),
        ("PackageId:X", [Term("packageid", "x")]),
        ("id:json", [Term("id", "json")]),
        ("tag:a tags:b", [Term("tags", "a"), Term("tags", "b")]),
        ('author:"Jörg Müller"', [Term("authors", "jörg müller")]),
        ("owner:alice", [Term("owners", "alice")]),
        ("https://example.org", [Term(ANYWHERE, "https://example.org")]),
        ("colour:red", [Term(ANYWHERE, "colour:red")]),
        ("id:", [Term(ANYWHERE, "id:")]),
        ('id:""', []),
        ('"open', [Term(ANYWHERE, "open")]),
        ("a\0b", [Term(ANYWHERE, "a"), Term(ANYWHERE, "b")]),
        ("a\ud800b", [Term(ANYWHERE, "a"), Term(ANYWHERE, "b")]),
    ],
)
def test_queries(typed: str, terms: list[Term]) -> None:
    assert list(search.parse(typed).terms) == terms


def test_the_whole_query_is_kept_in_lower_case() -> None:
    assert search.parse("  Newtonsoft.Json ").text == "newtonsoft.json"


def test_no_query_is_endless_work() -> None:
    assert len(search.parse("a " * 10**6).terms) == MOST_TERMS
    assert len(search.parse("a" * 10**6).text) == LONGEST_QUERY


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("json", "json"),
        ("FlashCap", "FlashCap Flash Cap"),
        ("Newtonsoft.Json", "Newtonsoft.Json"),
        ("Acme.JsonTools", "Acme.JsonTools Json Tools"),
        ("XMLParser", "XMLParser XML Parser"),
        ("My_Tool-kit", "My_Tool-kit"),
        ("", ""),
    ],
)
def test_ids_are_split_into_the_words_people_look_for(id: str, words: str) -> None:
    assert search.words(id) == words
