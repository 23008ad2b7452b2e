"""The admin page of reminders: every one that needs a person, the state of mail, and a test."""

from collections.abc import Iterator

import pytest

from ninety.rules.reminders import State
from ninety.store.ledger import Ledger
from parts.reminded import bring
from parts.smtp import MailServer
from parts.visitor import words

PAGE = "/admin/reminders"
TEST = "/admin/reminders/test"


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def app(make_app, smtp):
    return make_app(mail_server=smtp.host, mail_port=smtp.port)


@pytest.fixture
def ci(at_bob, clock) -> str:
    """A key of Bob's whose reminder is due."""
    key_id = at_bob.new_key("ci", "30")
    clock.move(days=21)
    return key_id


def again(row) -> str:
    return f"{PAGE}/{row.id}/again"


def test_a_feed_at_peace_says_so(at_alice):
    said = words(at_alice.open(PAGE).text)
    for title in ("In doubt (0)", "Not delivered (0)", "Waiting (0)", "Due (0)"):
        assert title in said
    assert "Nobody has looked for ending keys yet" in said
    assert "Oldest waiting" not in said


def test_what_the_next_look_takes_up_is_due(at_alice, ci, world):
    said = words(at_alice.open(PAGE).text)
    assert "Due (1)" in said
    assert "ci of bob@example.org ends 23 Dec 2026, 15:04 CET (14:04 UTC)" in said
    assert "To bob@example.org" in said
    assert Ledger(world.settings.data).all() == {}, "looking writes nothing"


def test_what_nobody_wants_is_not_due(at_alice, world, bob, ci):
    world.unsubscribing.choose(bob.id, False, world.clock())
    assert "Due (0)" in words(at_alice.open(PAGE).text)


@pytest.mark.parametrize(
    ("state", "title"),
    [
        (State.PENDING, "Waiting (1)"),
        (State.SENDING, "Waiting (1)"),
        (State.UNKNOWN, "In doubt (1)"),
        (State.FAILED, "Not delivered (1)"),
    ],
)
def test_each_stands_in_its_list_with_what_the_server_said(
    at_alice, world, bob, ci, clock, state, title
):
    row = bring(world, ci, state, clock(), to=bob.email, said="4xx <b>later</b>")
    text = at_alice.open(PAGE).text
    assert title in words(text)
    assert "Last look 14 Dec 2026" in words(text)
    assert ("Oldest waiting" in text) is (title == "Waiting (1)")
    assert "<b>later" not in text
    if state is not State.SENDING:
        assert "4xx &lt;b&gt;later&lt;/b&gt;" in text
    assert (again(row) in text) is (state in (State.UNKNOWN, State.FAILED))


def test_long_lists_are_cut_and_counted_exactly(at_alice, world, alice, bob, clock):
    for number in range(53):
        world.lifecycle.make(bob if number % 2 else alice, f"key {number}", 30, clock())
    clock.move(days=21)
    text = at_alice.open(PAGE).text
    assert "Due (53)" in words(text)
    assert "These are the first 50 of 53" in words(text)
    assert text.count("<li>") == 50


def test_an_admin_sends_again_what_is_in_doubt(at_alice, world, bob, ci, clock):
    row = bring(world, ci, State.UNKNOWN, clock(), to=bob.email)
    at_alice.open(PAGE)
    page = at_alice.send(again(row))
    assert "It is sent again within 15 minutes." in words(page.text)
    assert "Waiting (1)" in words(page.text)


def test_a_form_from_before_is_answered_with_what_is_true_now(at_alice, world, bob, ci, clock):
    row = bring(world, ci, State.UNKNOWN, clock(), to=bob.email)
    at_alice.open(PAGE)
    fields = at_alice.form(again(row)).fields
    at_alice.post(again(row), fields)
    page = at_alice.post(again(row), fields)
    assert page.status_code == 409
    assert "It cannot be sent again" in words(page.text)
    assert at_alice.post(f"{PAGE}/no-such-row/again", fields).status_code == 404


def test_a_test_mail_goes_to_the_admin_who_asks_and_the_page_says_so(at_alice, smtp):
    at_alice.open(PAGE)
    page = at_alice.send(TEST)
    [letter] = smtp.messages
    assert letter.envelope_to == ("alice@example.org",)
    said = words(page.text)
    assert "To alice@example.org: delivered; the mail server said 250" in said
    assert "Last accepted 23 Nov 2026" in said


def test_a_refused_test_mail_says_what_the_server_said(at_alice, smtp):
    smtp.fail("rcpt", "550 <i>not here</i>")
    at_alice.open(PAGE)
    page = at_alice.send(TEST)
    said = "not delivered. The mail server refused the recipient: 550 &lt;i&gt;not here&lt;/i&gt;"
    assert said in page.text
    assert "<i>not here" not in page.text
    assert "Last trouble 23 Nov 2026" in words(page.text)


def test_without_a_mail_server_there_is_nothing_to_try_and_the_page_says_who_is_told(
    make_app, at_alice
):
    fields = at_alice.open(PAGE) and at_alice.form(TEST).fields
    at_alice.client.application = make_app()
    page = at_alice.open(PAGE)
    assert "No mail server: nobody is being told." in words(page.text)
    assert f'action="{TEST}"' not in page.text
    assert at_alice.post(TEST, fields).status_code == 409


@pytest.mark.parametrize("path", [PAGE, TEST, f"{PAGE}/x/again"])
def test_only_admins_get_there(at_bob, stranger, path):
    assert at_bob.open(path).status_code == 403
    assert stranger.open(path).request.path == "/sign-in"


@pytest.mark.parametrize("path", [TEST, f"{PAGE}/x/again"])
def test_forms_that_are_not_ours_do_nothing(at_alice, smtp, path):
    assert at_alice.post(path, {}).status_code == 400
    assert smtp.messages == []


@pytest.mark.parametrize("path", [TEST, f"{PAGE}/x/again"])
def test_whoever_opens_the_address_of_a_form_sees_the_page(at_alice, path):
    assert at_alice.open(path).request.path == PAGE
