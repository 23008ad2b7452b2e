"""What becomes of a key's reminder stands on its page, and a person can send it again."""

import pytest

from ninety.rules import wording
from ninety.rules.audit import Wanted
from ninety.rules.reminders import State
from ninety.store.ledger import Ledger
from parts.reminded import bring
from parts.visitor import words

ACCOUNT = "/account"


@pytest.fixture
def app(make_app):
    return make_app(mail_server="127.0.0.1")


@pytest.fixture
def ci(at_bob, clock) -> str:
    """A key of Bob's whose reminder is due."""
    key_id = at_bob.new_key("ci", "30")
    clock.move(days=21)
    return key_id


def page_of(key_id) -> str:
    return f"/account/keys/{key_id}"


def state(world, key_id) -> State:
    [row] = Ledger(world.settings.data).of(key_id)
    return row.state


def both_pages(visitor, key_id) -> list[str]:
    """What the list of keys and the key's own page say."""
    return [words(visitor.open(path).text) for path in (ACCOUNT, page_of(key_id))]


def test_a_planned_reminder_says_when_and_to_whom(at_bob):
    key_id = at_bob.new_key("ci", "30")
    for said in both_pages(at_bob, key_id):
        assert "Reminder on 13 Dec 2026, 14:04 UTC to bob@example.org." in said


@pytest.mark.parametrize(
    ("state", "said", "sentence"),
    [
        (State.CLAIMED, "", "The reminder to bob@example.org is being sent."),
        (State.SENDING, "", "The reminder to bob@example.org is being sent."),
        (State.SENT, "250 ok", "Reminder sent 14 Dec 2026, 14:04 UTC to bob@example.org."),
        (
            State.FAILED,
            "The mail server refused the recipient: 550 no such user",
            "Reminder cannot be delivered to bob@example.org "
            "(The mail server refused the recipient: 550 no such user).",
        ),
        (
            State.UNKNOWN,
            "it gave no answer",
            "Reminder to bob@example.org in doubt since 14 Dec 2026, 14:04 UTC: "
            "it may or may not have arrived (it gave no answer).",
        ),
    ],
)
def test_the_pages_say_what_became_of_it(world, at_bob, bob, ci, clock, state, said, sentence):
    bring(world, ci, state, clock(), to=bob.email, said=said)
    for page in both_pages(at_bob, ci):
        assert sentence in page
    offered = state in (State.UNKNOWN, State.FAILED)
    assert (f'action="{page_of(ci)}/reminder"' in at_bob.page.text) is offered
    assert ("Send again?" in at_bob.open(ACCOUNT).text) is offered


def test_a_postponed_one_says_when_it_is_tried_again_and_what_the_server_said(
    world, at_bob, bob, ci, clock
):
    row = bring(world, ci, State.PENDING, clock(), to=bob.email, said="421 too busy")
    again = wording.local(row.next_try, "UTC")
    for page in both_pages(at_bob, ci):
        assert f"to bob@example.org will be tried again {again} (421 too busy)." in page


def test_what_a_mail_server_says_is_shown_as_text(world, at_bob, bob, ci, clock):
    said = "550 <script>alert(1)</script>\r\n\x1b[2J"
    bring(world, ci, State.FAILED, clock(), to=bob.email, said=said)
    for path in (ACCOUNT, page_of(ci)):
        text = at_bob.open(path).text
        assert "550 &lt;script&gt;alert(1)&lt;/script&gt; [2J)" in text
        assert "<script>alert" not in text


def test_the_choice_of_the_owner_is_said_to_them_and_to_admins(world, at_bob, at_alice, bob, ci):
    world.unsubscribing.choose(bob.id, False, world.clock())
    for said in both_pages(at_bob, ci):
        assert "No mail, by your choice." in said
    assert "No mail, by its owner’s choice." in words(at_alice.open(page_of(ci)).text)


@pytest.mark.parametrize("left_as", [State.UNKNOWN, State.FAILED])
@pytest.mark.parametrize("who", ["owner", "admin"])
def test_its_owner_and_an_admin_can_send_it_again(
    world, at_bob, at_alice, bob, ci, clock, left_as, who
):
    bring(world, ci, left_as, clock(), to=bob.email)
    visitor = at_bob if who == "owner" else at_alice
    visitor_of = {"owner": "bob", "admin": "alice"}
    visitor.open(page_of(ci))
    page = visitor.send(f"{page_of(ci)}/reminder")
    assert page.status_code == 200
    assert "The reminder of “ci” is sent again within 15 minutes." in words(page.text)
    [told] = world.trail.newest(Wanted(what="reminder reopened"))
    asked = told.who and told.who.email
    assert (asked, told.key and told.key.id) == (f"{visitor_of[who]}@example.org", ci)
    assert state(world, ci) is State.PENDING


@pytest.mark.parametrize("now_is", [State.SENDING, State.CLAIMED, State.SENT, State.PENDING])
def test_a_form_from_before_changes_nothing_and_says_so(world, at_bob, bob, ci, clock, now_is):
    at_bob.open(page_of(ci))
    proof = at_bob.form(f"{page_of(ci)}/note").fields["csrf_token"]
    bring(world, ci, now_is, clock(), to=bob.email, said="later")
    page = at_bob.post(f"{page_of(ci)}/reminder", {"csrf_token": proof})
    assert page.status_code == 409
    assert "is not in doubt any more" in words(page.text)
    assert state(world, ci) is now_is


def test_what_has_no_reminder_yet_cannot_be_sent_again(at_bob, ci):
    at_bob.open(page_of(ci))
    proof = at_bob.form(f"{page_of(ci)}/note").fields["csrf_token"]
    assert at_bob.post(f"{page_of(ci)}/reminder", {"csrf_token": proof}).status_code == 404


def test_somebody_else_can_neither_send_it_again_nor_change_who_is_told(
    world, at_alice, at_bob, alice, clock
):
    key_id = at_alice.new_key("hers", "30")
    clock.move(days=21)
    bring(world, key_id, State.UNKNOWN, clock(), to=alice.email)
    at_bob.open("/account/settings")
    proof = at_bob.form("/account/settings").fields["csrf_token"]
    for path in ("reminder", "contact"):
        fields = {"csrf_token": proof, "contact": "bob@example.org"}
        assert at_bob.post(f"{page_of(key_id)}/{path}", fields).status_code == 404
    assert state(world, key_id) is State.UNKNOWN
    assert world.lifecycle.find(key_id).contact == ""


def test_a_form_that_is_not_ours_sends_nothing_again(world, at_bob, bob, ci, clock):
    bring(world, ci, State.UNKNOWN, clock(), to=bob.email)
    assert at_bob.post(f"{page_of(ci)}/reminder", {}).status_code == 400
    assert state(world, ci) is State.UNKNOWN


def test_an_address_of_the_key_is_told_instead_of_its_owner(world, at_bob, ci):
    at_bob.open(page_of(ci))
    page = at_bob.send(f"{page_of(ci)}/contact", contact=" team@example.org ")
    said = words(page.text)
    assert "The reminder of “ci” goes to team@example.org." in said
    assert "goes to team@example.org instead of you." in said
    assert "The reminder to team@example.org is due" in said
    page = at_bob.send(f"{page_of(ci)}/contact", contact="")
    assert "The reminder of “ci” goes to bob@example.org." in words(page.text)
    assert world.lifecycle.find(ci).contact == ""


def test_what_is_no_address_is_refused_beside_the_field(world, at_bob, ci):
    at_bob.open(page_of(ci))
    page = at_bob.send(f"{page_of(ci)}/contact", contact="team@example.org\r\nBcc: x@y.z")
    assert page.status_code == 422
    assert "This is not an e-mail address" in words(page.text)
    assert world.lifecycle.find(ci).contact == ""


def test_a_new_address_reopens_what_could_not_be_delivered(world, at_bob, bob, ci, clock):
    bring(world, ci, State.FAILED, clock(), to=bob.email, said="550 no such user")
    at_bob.open(page_of(ci))
    at_bob.send(f"{page_of(ci)}/contact", contact="team@example.org")
    world.reminding.scan(clock())
    assert state(world, ci) is State.PENDING


def test_an_address_of_the_key_is_told_although_its_owner_wants_no_mail(world, at_bob, bob, ci):
    world.unsubscribing.choose(bob.id, False, world.clock())
    page = at_bob.open(page_of(ci))
    assert "goes to nobody: you switched reminders off" in words(page.text)
    page = at_bob.send(f"{page_of(ci)}/contact", contact="team@example.org")
    assert "The reminder to team@example.org is due" in words(page.text)


@pytest.mark.parametrize("form", ["contact", "reminder"])
def test_whoever_opens_the_address_of_a_form_sees_the_key(at_bob, ci, form):
    assert at_bob.open(f"{page_of(ci)}/{form}").request.path == page_of(ci)
