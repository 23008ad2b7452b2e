"""The list of one's sessions: where one is signed in, and ending what one does not trust."""

import pytest

from parts.visitor import Visitor, forms, words

PASSWORD = "a horse of course"
PAGE = "/account/sessions"
END = f"{PAGE}/end"
END_OTHERS = f"{PAGE}/end-others"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


@pytest.fixture
def elsewhere(app, alice):
    """Another browser of Alice's, a Firefox at another address, signed in."""
    visitor = Visitor(app)
    visitor.client.environ_base.update(HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="10.0.3.7")
    visitor.sign_in(alice.email, PASSWORD)
    return visitor


def test_the_settings_lead_to_the_list(at_alice):
    assert f'href="{PAGE}"' in at_alice.open("/account/settings").text


def test_the_list_tells_where_one_is_signed_in_and_which_one_this_is(at_alice, elsewhere, clock):
    clock.move(hours=2)
    said = words(at_alice.open(PAGE).text)
    here, _, others = said.partition("Elsewhere")
    assert "This one" in here
    assert "from 127.0.0.1, signed in since 23 Nov 2026, 15:04 CET (14:04 UTC)" in here
    assert "Firefox on Linux from 10.0.3.7 Last seen 2 hours ago" in others


def test_whoever_is_signed_in_nowhere_else_reads_so(at_alice, at_bob):
    page = at_alice.open(PAGE)
    assert "You are signed in nowhere else." in words(page.text)
    assert not [form for form in forms(page.text) if form.action.startswith(PAGE)]


def test_one_session_is_ended_at_its_next_click(at_alice, elsewhere):
    at_alice.open(PAGE)
    page = at_alice.send(END)
    assert page.request.path == PAGE
    assert "That session is ended." in words(page.text)
    assert elsewhere.open("/account").request.path == "/sign-in"
    assert at_alice.open("/account").request.path == "/account"


def test_a_session_that_ended_meanwhile_is_said_to_have_ended(at_alice, elsewhere):
    at_alice.open(PAGE)
    elsewhere.open("/account")
    elsewhere.send("/sign-out")
    assert "That session had ended already." in words(at_alice.send(END).text)


def test_nobody_ends_the_session_of_somebody_else(at_alice, elsewhere, at_bob):
    at_alice.open(PAGE)
    session = at_alice.form(END).fields["session"]
    at_bob.open("/account/settings")
    proof = at_bob.form("/account/settings").fields["csrf_token"]
    at_bob.post(END, {"csrf_token": proof, "session": session})
    assert "had ended already" in words(at_bob.page.text)
    assert elsewhere.open("/account").request.path == "/account"


def test_this_session_is_not_ended_from_the_list(world, at_alice, elsewhere, alice, clock):
    here = next(one for one in world.sessions.of(alice, clock.now) if one.address == "127.0.0.1")
    at_alice.open(PAGE)
    page = at_alice.send(END, session=here.id)
    assert page.status_code == 409
    assert "sign out at the top" in words(page.text)
    assert at_alice.open(PAGE).request.path == PAGE


def test_one_signs_out_everywhere_but_here(at_alice, elsewhere, at_bob):
    at_alice.open(PAGE)
    page = at_alice.send(END_OTHERS)
    assert "Everywhere else you are signed out." in words(page.text)
    assert elsewhere.open("/account").request.path == "/sign-in"
    assert at_bob.open("/account").request.path == "/account"
    assert at_alice.open("/account").request.path == "/account"


def test_a_session_ended_in_one_process_is_ended_in_every_other(make_app, at_alice, alice):
    visitor = Visitor(make_app())
    visitor.sign_in(alice.email, PASSWORD)
    at_alice.open(PAGE)
    at_alice.send(END)
    assert visitor.open("/account").request.path == "/sign-in"


def test_a_cookie_that_was_signed_out_opens_nothing_when_it_is_sent_again(app, at_alice):
    at_alice.open("/account")
    kept = at_alice.client.get_cookie("ninety_session").value
    at_alice.send("/sign-out")
    thief = Visitor(app)
    thief.client.set_cookie("ninety_session", kept)
    assert thief.open("/account").request.path == "/sign-in"


def test_visits_keep_a_session_and_thirty_days_without_one_end_it(at_alice, clock):
    for _ in range(3):
        clock.move(days=29)
        assert at_alice.open("/account").request.path == "/account"
    clock.move(days=30)
    assert at_alice.open("/account").request.path == "/sign-in"


@pytest.mark.parametrize("path", [END, END_OTHERS])
def test_the_address_of_a_form_that_was_sent_leads_back(at_alice, path):
    assert at_alice.open(path).request.path == PAGE


def test_a_form_that_went_stale_shows_the_list_again(at_alice, elsewhere):
    assert at_alice.post(END_OTHERS, {}).status_code == 400
    assert "Elsewhere" in words(at_alice.page.text)
    assert elsewhere.open("/account").request.path == "/account"
