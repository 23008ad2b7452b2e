"""What people choose for themselves: each form by itself, errors beside fields, typed text kept."""

import pytest

from parts.visitor import Visitor, words

PASSWORD = "a horse of course"
BETTER = "another horse entirely"
PAGE = "/account/settings"
EMAIL = f"{PAGE}/email"
CHANGE_PASSWORD = f"{PAGE}/password"


@pytest.fixture
def mailing(make_app, mail_server):
    """An app with a mail server and without Redis, and that server."""
    smtp = mail_server()
    return make_app(mail_server=smtp.host, mail_port=smtp.port), smtp


def test_dates_follow_the_zone_a_person_chooses(at_alice):
    at_alice.new_key("ci")
    at_alice.open("/account/settings")
    assert at_alice.form("/account/settings").fields["timezone"] == "Europe/Berlin"
    page = at_alice.send("/account/settings", timezone="Asia/Kathmandu")
    assert "Dates are shown in Asia/Kathmandu now." in words(page.text)
    assert "21 Feb 2027, 19:49 UTC+05:45 (14:04 UTC)" in at_alice.open("/account").text


def test_a_zone_that_is_not_in_the_list_stays_chosen(world, at_alice, alice):
    world.people.set_timezone(alice.id, "US/Pacific")
    at_alice.open("/account/settings")
    assert at_alice.form("/account/settings").fields["timezone"] == "US/Pacific"


def test_a_zone_that_is_none_is_refused_beside_the_field(world, at_alice, alice):
    at_alice.open("/account/settings")
    page = at_alice.send("/account/settings", timezone="Mars/Olympus")
    assert page.status_code == 422
    assert 'id="timezone-problem"' in page.text
    assert world.people.get(alice.id).timezone == "Europe/Berlin"


def test_a_name_is_shown_at_the_top_and_beside_the_address_of_an_owner(world, at_alice, alice):
    at_alice.open(PAGE)
    page = at_alice.send(PAGE, name="  Alice   Liddell ")
    assert "You are called Alice Liddell here now." in words(page.text)
    assert f'title="Settings of {alice.email}">Alice Liddell</a>' in page.text
    assert world.people.get(alice.id).said == "Alice Liddell (alice@example.org)"
    assert "Alice Liddell" in words(at_alice.open("/admin/people").text)
    at_alice.open(PAGE)
    at_alice.send(PAGE, name="")
    assert f">{alice.email}</a>" in at_alice.page.text


def test_a_name_is_text_and_never_markup(at_alice):
    at_alice.open(PAGE)
    page = at_alice.send(PAGE, name="<script>alert(1)</script>")
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("name", ["x" * 101, "Alice\u202egro.elpmaxe", "Alice\u200b"])
def test_a_name_that_misleads_is_refused_beside_the_field_and_kept_there(world, at_bob, bob, name):
    at_bob.open(PAGE)
    page = at_bob.send(PAGE, name=name, timezone="Europe/Paris")
    assert page.status_code == 422
    assert 'id="name-problem"' in page.text
    assert at_bob.form(PAGE).fields["name"] == name
    assert at_bob.form(PAGE).fields["timezone"] == "Europe/Paris"
    assert world.people.get(bob.id) == bob


def test_a_new_address_asks_for_the_password_and_frees_the_old_one(world, at_alice, alice):
    at_alice.open(PAGE)
    page = at_alice.send(EMAIL, email="Alice@new.example", password=PASSWORD)
    assert "You sign in with Alice@new.example from now on" in words(page.text)
    assert world.people.by_email(alice.email) is None
    assert world.people.by_email("alice@new.example").id == alice.id


@pytest.mark.parametrize("password", ["", "not a horse"])
def test_a_new_address_without_the_password_changes_nothing(world, at_alice, alice, password):
    at_alice.open(PAGE)
    page = at_alice.send(EMAIL, email="eve@example.org", password=password)
    assert page.status_code == 422
    assert 'id="password-problem"' in page.text
    assert "This is not your password." in words(page.text)
    assert at_alice.form(EMAIL).fields["email"] == "eve@example.org"
    assert world.people.get(alice.id).email == alice.email


@pytest.mark.parametrize("email", ["BOB@example.org", "nonsense", "a@b\r\nBcc: eve@example.org"])
def test_an_address_that_is_taken_or_none_is_refused_beside_the_field(
    world, at_alice, alice, bob, email
):
    at_alice.open(PAGE)
    page = at_alice.send(EMAIL, email=email, password=PASSWORD)
    assert page.status_code == 422
    assert 'id="email-problem"' in page.text
    assert world.people.get(alice.id).email == alice.email
    assert world.people.by_email(bob.email).id == bob.id


def test_after_ten_wrong_passwords_the_form_waits_beside_the_field(at_alice):
    at_alice.open(PAGE)
    for _ in range(10):
        at_alice.send(EMAIL, email="eve@example.org", password="wrong")
    page = at_alice.send(EMAIL, email="eve@example.org", password=PASSWORD)
    assert page.status_code == 429
    assert "Too many failed attempts" in words(page.text)


def test_the_old_address_is_told_of_the_new_one(mailing, at_alice, alice):
    app, smtp = mailing
    visitor = Visitor(app)
    visitor.sign_in(alice.email, PASSWORD)
    assert "a mail tells the old address so" in words(visitor.open(PAGE).text)
    visitor.send(EMAIL, email="eve@example.org", password=PASSWORD)
    (letter,) = smtp.messages
    assert letter.envelope_to == (alice.email,)
    assert letter.message["Subject"] == "Your address at 127.0.0.1 was changed"
    for kind in ("plain", "html"):
        assert "eve@example.org" in letter.body(kind)
        assert "23 Nov 2026, 15:04 CET (14:04 UTC)" in " ".join(letter.body(kind).split())


def test_an_address_that_stays_the_same_tells_nobody(mailing, at_alice, alice):
    app, smtp = mailing
    visitor = Visitor(app)
    visitor.sign_in(alice.email, PASSWORD)
    visitor.open(PAGE)
    visitor.send(EMAIL, email=alice.email, password=PASSWORD)
    assert smtp.messages == []


def test_a_new_password_ends_every_session_but_this_one(app, at_alice, alice):
    elsewhere = Visitor(app)
    elsewhere.sign_in(alice.email, PASSWORD)
    at_alice.open(PAGE)
    page = at_alice.send(CHANGE_PASSWORD, current=PASSWORD, new=BETTER)
    assert "Your new password counts from now on." in words(page.text)
    assert at_alice.open("/account").request.path == "/account"
    assert elsewhere.open("/account").request.path == "/sign-in"
    assert Visitor(app).sign_in(alice.email, PASSWORD).status_code == 403
    assert Visitor(app).sign_in(alice.email, BETTER).request.path == "/account"


@pytest.mark.parametrize(
    ("current", "new", "beside", "said"),
    [
        ("wrong", BETTER, "current", "This is not your password."),
        ("", BETTER, "current", "This is not your password."),
        (PASSWORD, "short", "new", "at least 10 characters"),
        (PASSWORD, "password1234", "new", "add another word or two."),
        (PASSWORD, "alice@example.org", "new", "This is easy to guess; add another word or two."),
    ],
)
def test_a_password_is_refused_beside_its_field_and_never_repeated(
    app, at_alice, alice, current, new, beside, said
):
    at_alice.open(PAGE)
    page = at_alice.send(CHANGE_PASSWORD, current=current, new=new)
    assert page.status_code == 422
    assert f'id="{beside}-problem"' in page.text
    assert said in words(page.text)
    assert at_alice.form(CHANGE_PASSWORD).fields["new"] == ""
    assert at_alice.form(CHANGE_PASSWORD).fields["current"] == ""
    assert Visitor(app).sign_in(alice.email, PASSWORD).request.path == "/account"


def test_a_form_of_a_session_that_is_over_is_shown_again_with_what_was_typed(at_alice):
    at_alice.open(PAGE)
    page = at_alice.post(EMAIL, {"email": "new@example.org", "password": PASSWORD})
    assert page.status_code == 400
    assert at_alice.form(EMAIL).fields["email"] == "new@example.org"
    assert PASSWORD not in page.text


@pytest.mark.parametrize("path", [EMAIL, CHANGE_PASSWORD])
def test_the_address_of_a_form_that_was_sent_leads_back(at_alice, path):
    assert at_alice.open(path).request.path == PAGE


def test_a_reminder_that_is_still_to_be_sent_goes_to_the_new_address(mailing, alice, clock):
    app, smtp = mailing
    visitor = Visitor(app)
    visitor.sign_in(alice.email, PASSWORD)
    visitor.new_key("ci", "90")
    clock.move(days=81)
    visitor.sign_in_again()
    world = app.extensions["ninety"]
    due = world.reminding.scan(clock()).ready
    smtp.fail("rcpt", "550 no such user", times=1)
    world.sending.remind(due, clock)
    visitor.open(PAGE)
    visitor.send(EMAIL, email="alice@new.example", password=PASSWORD)
    clock.move(days=1)
    world.sending.remind(world.reminding.scan(clock()).ready, clock)
    told = [one.envelope_to[0] for one in smtp.messages]
    assert told == ["alice@example.org", "alice@new.example"]
    assert "API key" in smtp.messages[-1].message["Subject"]
