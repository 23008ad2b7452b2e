"""The pages of a forgotten password: the same answer for everybody, and a form behind the link."""

import re

import pytest

from parts.visitor import Visitor, forms, words

PASSWORD = "a horse of course"
BETTER = "another horse entirely"
ASK = "/forgotten"
RESET = "/reset"


@pytest.fixture
def smtp(mail_server):
    return mail_server()


@pytest.fixture
def app(make_app, smtp):
    """A feed with a mail server and without Redis, so that mails go out at once."""
    return make_app(mail_server=smtp.host, mail_port=smtp.port)


@pytest.fixture
def link(stranger, smtp, alice):
    """The path of a link that was mailed to Alice."""
    stranger.open(ASK)
    stranger.send(ASK, email=alice.email)
    (letter,) = smtp.messages
    (found,) = re.findall(r"^http://\S+(/reset\?token=\S+)$", letter.body("plain"), re.M)
    return found


def test_the_sign_in_page_leads_there(stranger, alice):
    assert f'href="{ASK}">Forgotten your password?</a>' in stranger.open("/sign-in").text


def test_the_answer_is_the_same_whether_there_is_such_an_account(app, smtp, alice):
    answers = []
    for email in (alice.email, "nobody@example.org"):
        visitor = Visitor(app)
        visitor.open(ASK)
        visitor.send(ASK, email=email)
        answers.append((visitor.page.status_code, visitor.page.request.path, visitor.page.text))
    assert answers[0] == answers[1]
    assert answers[0][:2] == (200, "/forgotten/asked")
    assert "If somebody here has that address" in words(answers[0][2])
    assert [one.envelope_to for one in smtp.messages] == [(alice.email,)]


def test_the_link_leads_to_a_new_password_and_ends_every_session(app, stranger, alice, link):
    elsewhere = Visitor(app)
    elsewhere.sign_in(alice.email, PASSWORD)
    page = stranger.open(link)
    assert f"For {alice.email}." in words(page.text)
    page = stranger.send(RESET, password=BETTER)
    assert page.request.path == "/sign-in"
    assert "Your new password counts from now on." in words(page.text)
    assert elsewhere.open("/account").request.path == "/sign-in"
    assert stranger.sign_in(alice.email, PASSWORD).status_code == 403
    assert stranger.sign_in(alice.email, BETTER).request.path == "/account"


def test_looking_at_the_link_changes_nothing_however_often(stranger, alice, link):
    for _ in range(3):
        assert stranger.open(link).status_code == 200
    assert stranger.send(RESET, password=BETTER).request.path == "/sign-in"


def test_the_link_works_once_and_a_reload_says_so(stranger, alice, link):
    stranger.open(link)
    sent = {**stranger.form(RESET).fields, "password": BETTER}
    stranger.post(RESET, sent)
    stranger.open("/sign-in")
    token = stranger.form("/sign-in").fields["csrf_token"]
    page = stranger.post(RESET, {**sent, "csrf_token": token, "password": "one more horse"})
    assert page.status_code == 410
    assert "This link has no use any more" in words(page.text)
    assert stranger.open(link).status_code == 410
    assert stranger.sign_in(alice.email, BETTER).request.path == "/account"


def test_a_password_that_is_easily_guessed_is_refused_beside_the_field(stranger, alice, link):
    stranger.open(link)
    page = stranger.send(RESET, password="password1234")
    assert page.status_code == 422
    assert 'id="password-problem"' in page.text
    assert "password1234" not in page.text
    assert stranger.send(RESET, password=BETTER).request.path == "/sign-in"


def test_the_page_behind_the_link_tells_its_address_to_nobody(stranger, link):
    answer = stranger.open(link)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert stranger.send(RESET, password="short").headers["Referrer-Policy"] == "no-referrer"
    assert stranger.open("/reset?token=wrong").headers["Referrer-Policy"] == "no-referrer"


def test_the_link_is_made_of_the_address_of_the_feed_and_not_of_what_a_stranger_says(
    app, smtp, alice
):
    visitor = Visitor(app)
    visitor.open(ASK)
    token = visitor.form(ASK).fields["csrf_token"]
    visitor.client.post(
        ASK,
        data={"csrf_token": token, "email": alice.email},
        headers={"X-Forwarded-Host": "evil.example", "Host": "localhost:1234"},
    )
    (letter,) = smtp.messages
    assert "http://127.0.0.1:5090/reset?token=" in letter.body("plain")


@pytest.mark.parametrize("email", ["", "alice", "a@b\r\nBcc: eve@example.org"])
def test_what_is_no_address_is_refused_beside_the_field_and_kept(stranger, alice, smtp, email):
    stranger.open(ASK)
    page = stranger.send(ASK, email=email)
    assert page.status_code == 422
    assert 'id="email-problem"' in page.text
    assert smtp.messages == []


def test_who_asks_too_often_waits_and_is_told_so(stranger, alice):
    for _ in range(5):
        stranger.open(ASK)
        stranger.send(ASK, email="nobody@example.org")
    stranger.open(ASK)
    page = stranger.send(ASK, email=alice.email)
    assert page.status_code == 429
    assert "try again in 15 minutes" in words(page.text)
    assert page.headers["Retry-After"] == "900"
    assert stranger.form(ASK).fields["email"] == alice.email


def test_without_a_mail_server_the_page_says_who_can_help(make_app, alice):
    visitor = Visitor(make_app())
    page = visitor.open(ASK)
    assert "flask user password" in words(page.text)
    assert ASK not in [form.action for form in forms(page.text)]


def test_a_form_from_elsewhere_asks_for_nothing(stranger, alice, smtp):
    page = stranger.post(ASK, {"email": alice.email})
    assert page.status_code == 400
    assert stranger.form(ASK).fields["email"] == alice.email
    assert smtp.messages == []
