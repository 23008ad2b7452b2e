"""Links that reset a password: one use, one hour, one person, and nothing told to strangers."""

import logging
import re
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from ninety.mail.post_office import PostOffice
from ninety.rules.errors import FieldRefused, LinkUsed, NoMailServer, TooManyResets
from ninety.settings import Settings
from ninety.store.reset_links import ResetLinks
from ninety.work.account_post import AccountPost
from ninety.work.password_reset import PasswordReset
from parts.hand_clock import START

ADDRESS = "10.0.3.7"
BETTER = "another horse entirely"
HOUR = timedelta(hours=1)


def base_url():
    return "https://feed.example"


class HandWorker:
    """A queue that keeps what it was asked; `there` says whether it can be asked."""

    def __init__(self):
        self.there = True
        self.jobs = []

    def __call__(self, job, *arguments):
        if self.there:
            self.jobs.append((job, *arguments))
        return self.there


@pytest.fixture
def worker():
    return HandWorker()


@pytest.fixture
def smtp(mail_server):
    return mail_server()


@pytest.fixture
def make_reset(accounts, site, trail, clock, worker, tmp_path):
    def make(**settings):
        post = AccountPost(
            accounts=accounts,
            mail=PostOffice(Settings(data=tmp_path, **settings), tmp_path, base_url),
            site=site,
            base_url=base_url,
            ask_worker=worker,
            clock=clock,
        )
        return PasswordReset(
            accounts=accounts,
            links=ResetLinks(tmp_path),
            post=post,
            base_url=base_url,
            ask_worker=worker,
            clock=clock,
            trail=trail,
        )

    return make


@pytest.fixture
def reset(make_reset, smtp):
    return make_reset(mail_server=smtp.host, mail_port=smtp.port)


def token_for(reset, smtp, email):
    """The token in the mail that comes for `email`."""
    before = len(smtp.messages)
    reset.send(email, ADDRESS)
    (letter,) = smtp.messages[before:]
    assert letter.envelope_to == (email,)
    (token,) = re.findall(r"^https://feed\.example/reset\?token=(\S+)$", letter.body("plain"), re.M)
    return token


def test_the_link_sets_the_password_once_and_ends_every_session(reset, smtp, people, alice):
    token = token_for(reset, smtp, alice.email)
    assert reset.person(token, START).id == alice.id
    changed = reset.use(token, BETTER, START)
    assert changed.sign_ins == alice.sign_ins + 1
    assert people.sign_in(alice.email, BETTER, ADDRESS, START).id == alice.id
    with pytest.raises(LinkUsed):
        reset.use(token, "one more horse entirely", START)


def test_using_one_link_ends_the_others(reset, smtp, alice):
    first, second = (token_for(reset, smtp, alice.email) for _ in range(2))
    reset.use(second, BETTER, START)
    with pytest.raises(LinkUsed):
        reset.person(first, START)


def test_a_link_works_for_an_hour_and_no_longer(reset, smtp, alice):
    token = token_for(reset, smtp, alice.email)
    assert reset.person(token, START + HOUR - timedelta(seconds=1))
    with pytest.raises(LinkUsed):
        reset.use(token, BETTER, START + HOUR)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 10_000])
def test_a_token_that_was_never_made_opens_nothing(reset, alice, token):
    with pytest.raises(LinkUsed):
        reset.person(token, START)


@pytest.mark.parametrize("end", ["new password", "disabled", "removed", "new address"])
def test_a_link_ends_with_what_it_was_made_for(reset, smtp, people, accounts, alice, end):
    token = token_for(reset, smtp, alice.email)
    {
        "new password": lambda: people.set_password(alice.id, BETTER, START),
        "disabled": lambda: people.disable(alice.id, START),
        "removed": lambda: people.remove(alice.id, START),
        "new address": lambda: accounts.change(
            alice.id, lambda one: replace(one, email="other@example.org")
        ),
    }[end]()
    with pytest.raises(LinkUsed):
        reset.use(token, "one more horse entirely", START)


def test_an_address_that_somebody_else_took_over_gets_no_further_by_an_old_link(
    reset, smtp, people, alice, bob
):
    token = token_for(reset, smtp, alice.email)
    people.remove(alice.id, START)
    again = people.add(alice.email, BETTER, admin=True, timezone="UTC", now=START)
    with pytest.raises(LinkUsed):
        reset.use(token, "one more horse entirely", START)
    assert people.get(again.id).password_hash == again.password_hash
    assert people.get(bob.id).password_hash == bob.password_hash


def test_of_two_at_once_one_sets_the_password(reset, smtp, people, alice):
    token = token_for(reset, smtp, alice.email)
    words = ["the first of the horses", "the second of the horses"]
    outcome = {}

    def use(password):
        try:
            reset.use(token, password, START)
            outcome[password] = "set"
        except LinkUsed:
            outcome[password] = "refused"

    threads = [threading.Thread(target=use, args=(one,)) for one in words]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcome.values()) == ["refused", "set"]
    (password,) = (one for one, became in outcome.items() if became == "set")
    assert people.sign_in(alice.email, password, ADDRESS, START)


def test_a_password_that_cannot_be_taken_leaves_the_link_as_it_is(reset, smtp, alice):
    token = token_for(reset, smtp, alice.email)
    for weak in ("short", "password1234", alice.email):
        with pytest.raises(FieldRefused):
            reset.use(token, weak, START)
    assert reset.use(token, BETTER, START)


def test_nobody_is_mailed_who_is_unknown_disabled_or_has_no_mail(reset, smtp, people, alice):
    machine = people.add(
        "ci@team.invalid", "a horse of course", admin=False, timezone="UTC", now=START
    )
    people.disable(alice.id, START)
    for email in ("nobody@example.org", alice.email, machine.email):
        reset.send(email, ADDRESS)
    assert smtp.messages == []


def test_an_account_gets_three_mails_an_hour(reset, smtp, clock, alice, bob):
    for _ in range(5):
        reset.send(alice.email, ADDRESS)
    assert len(smtp.messages) == 3
    reset.send(bob.email, ADDRESS)
    assert len(smtp.messages) == 4
    clock.advance(hours=1)
    reset.send(alice.email, ADDRESS)
    assert len(smtp.messages) == 5


def test_links_that_ended_are_forgotten(reset, smtp, clock, alice, bob, tmp_path):
    token_for(reset, smtp, alice.email)
    clock.advance(hours=1)
    token_for(reset, smtp, bob.email)
    kept = (tmp_path / "resets.json").read_text()
    assert bob.id in kept
    assert alice.id not in kept


def test_whoever_asks_hands_the_same_job_over_whether_there_is_such_an_account(
    reset, smtp, worker, alice, tmp_path
):
    for email in (alice.email, "nobody@example.org"):
        reset.ask(email, ADDRESS, START)
    assert worker.jobs == [
        ("send_reset", alice.email, ADDRESS),
        ("send_reset", "nobody@example.org", ADDRESS),
    ]
    assert smtp.messages == []
    assert not (tmp_path / "resets.json").exists()


def test_while_redis_is_away_the_mail_goes_out_at_once(reset, smtp, worker, alice):
    worker.there = False
    reset.ask(alice.email, ADDRESS, START)
    assert len(smtp.messages) == 1


def test_one_network_address_may_ask_five_times(reset, worker, alice):
    for number in range(5):
        reset.ask(f"nobody{number}@example.org", "2001:db8::1", START)
    with pytest.raises(TooManyResets) as refused:
        reset.ask(alice.email, "2001:db8::2", START)
    assert refused.value.retry_seconds == 15 * 60
    reset.ask(alice.email, ADDRESS, START)
    reset.ask(alice.email, "2001:db8::2", START + timedelta(minutes=15))


def test_what_is_no_address_is_refused_before_anybody_is_asked(reset, worker):
    with pytest.raises(FieldRefused):
        reset.ask("alice@example.org\r\nBcc: eve@example.org", ADDRESS, START)
    assert worker.jobs == []


def test_without_a_mail_server_nothing_is_made(make_reset, worker, alice):
    with pytest.raises(NoMailServer):
        make_reset().ask(alice.email, ADDRESS, START)
    assert worker.jobs == []


def test_the_token_is_in_the_mail_and_nowhere_else(reset, smtp, alice, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    token = token_for(reset, smtp, alice.email)
    reset.use(token, BETTER, START)
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert all(token.encode() not in content for content in kept)
    assert token not in caplog.text
    assert alice.email not in caplog.text


def test_a_mail_server_that_refuses_is_noted_and_raises_nothing(reset, smtp, site, alice):
    smtp.fail("rcpt", "550 no such user")
    reset.send(alice.email, ADDRESS)
    assert smtp.messages == []
    assert "550 no such user" in site.why("mail-trouble")
