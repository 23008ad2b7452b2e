"""What did not work says what is so and what to do, and an unforeseen mistake has a number."""

import logging
import re

import pytest

from ninety.rules.errors import IndexRebuilding
from ninety.web import error_pages, refusals
from parts.client import client_of
from parts.packages import make_nupkg
from parts.visitor import words


@pytest.fixture
def client(world, app, alice):
    """Alice's build."""
    return client_of(world, app, alice)


@pytest.fixture
def broken(monkeypatch):
    """Makes a method of a part of the feed fail: `broken(world.people, "get")`."""

    def fail(*_, **__):
        raise RuntimeError("a fault of the feed's own")

    def make(part, method):
        monkeypatch.setattr(type(part), method, fail)

    return make


def test_every_status_has_a_title_and_says_what_to_do():
    met = {status for pair in refusals.STATUS.values() for status in pair}
    assert (met | refusals.SENTENCES.keys()) - error_pages.WORDS.keys() == set()


def test_what_is_not_here_can_be_searched_for(at_alice):
    page = at_alice.open("/packages/No.Such")
    assert page.status_code == 404
    assert "There is no such package here." in words(page.text)
    assert at_alice.form("/").fields == {"q": ""}


def test_a_stranger_to_a_private_feed_is_offered_no_search(stranger):
    page = stranger.open("/nothing")
    assert page.status_code == 404
    assert "<form" not in page.text


@pytest.mark.parametrize("method", ["put", "delete"])
def test_a_wrong_method_says_which_are_right(at_alice, method):
    answer = getattr(at_alice.client, method)("/account")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert "This address does not take such a request." in words(answer.text)


def test_a_form_that_is_too_large_is_refused_with_a_page(at_alice):
    page = at_alice.post("/account/keys/make", {"name": "x" * 200_000})
    assert page.status_code == 413
    assert "Too large" in words(page.text)


def test_an_index_that_is_made_anew_says_when_to_come_back(at_alice, world, monkeypatch):
    def rebuilding(*_, **__):
        raise IndexRebuilding

    monkeypatch.setattr(type(world.index), "reading", rebuilding)
    page = at_alice.client.get("/?q=core")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert 'href="/?q=core">Try again</a>' in page.text


def test_a_mistake_has_a_number_that_stands_in_the_log(at_alice, world, broken, caplog):
    broken(world.lifecycle, "keys_of")
    with caplog.at_level(logging.ERROR):
        page = at_alice.client.get("/account")
    assert page.status_code == 500
    number = re.search(r"<code>([0-9a-f]{8})</code>", page.text)[1]
    assert f"Incident {number}: " in caplog.text
    assert "a fault of the feed's own" in caplog.text
    assert "fault" not in page.text


def test_a_mistake_in_what_stands_around_every_page_still_has_its_page(
    at_alice, world, broken, caplog
):
    broken(world.sessions, "opened")
    page = at_alice.client.get("/account")
    assert page.status_code == 500
    assert "Something went wrong" in words(page.text)
    assert re.search(r"<code>([0-9a-f]{8})</code>", page.text)[1] in caplog.text


def test_a_program_is_told_the_number_too(world, broken, client, caplog):
    broken(world.publishing, "receive")
    answer = client.push(make_nupkg())
    assert answer.status_code == 500
    number = re.fullmatch(r"The feed made a mistake; its log has it as (\w+)\n", answer.text)[1]
    assert f"Incident {number}: " in caplog.text


def test_mistakes_have_numbers_of_their_own(at_alice, world, broken):
    broken(world.lifecycle, "keys_of")
    pages = [at_alice.client.get("/account").text for _ in range(2)]
    numbers = {re.search(r"<code>([0-9a-f]{8})</code>", page)[1] for page in pages}
    assert len(numbers) == 2
