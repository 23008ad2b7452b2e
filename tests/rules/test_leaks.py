"""What a report of found secrets may hold."""

import pytest

from ninety.rules import leaks, secrets
from ninety.rules.errors import FieldRefused

SECRET = secrets.new_secret("k3v7w2xq7d")


def test_a_report_holds_secrets_and_where_they_were_found():
    assert leaks.read({"keys": [SECRET, "x"], "found_at": " https://example.org/1 "}) == (
        leaks.Report((SECRET, "x"), "https://example.org/1")
    )
    assert leaks.read({"keys": [SECRET]}).found_at == ""


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"keys": SECRET},
        {"keys": []},
        {"keys": [1]},
        {"keys": [None]},
        {"keys": [[SECRET]]},
        {"keys": {SECRET: 1}},
        {"keys": [SECRET] * 101},
        {"keys": [SECRET], "found_at": 7},
        {"keys": [SECRET], "found_at": None},
        {"keys": [SECRET], "found_at": "a\nb"},
        {"keys": [SECRET], "found_at": "\u202eexe"},
        {"keys": [SECRET], "found_at": "\ud800"},
        {"keys": [SECRET], "found_at": "x" * 201},
    ],
)
def test_anything_else_is_refused_without_repeating_it(told):
    with pytest.raises(FieldRefused) as refused:
        leaks.read(told)
    assert SECRET not in str(refused.value)


def test_a_hundred_secrets_and_two_hundred_letters_are_taken():
    report = leaks.read({"keys": [SECRET] * 100, "found_at": "ü" * 200})
    assert len(report.secrets) == 100
    assert report.found_at == "ü" * 200


def test_no_secret_is_kept_of_where_it_was_found():
    adopted = "oy2mofleabcdefghijklmnop"
    other = secrets.new_secret("aaaaaaaaaa")
    found = f"https://example.org/?key={SECRET}&old={adopted}&new={other}"
    report = leaks.read({"keys": [SECRET, f" {adopted}\n", " "], "found_at": found})
    assert report.found_at == ("https://example.org/?key=[secret]&old=[secret]&new=[secret]")
