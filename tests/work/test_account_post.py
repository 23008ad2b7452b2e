"""Mails about accounts go out by the worker, or at once where nobody can ask it."""

import pytest

from ninety import jobs, queue
from ninety.mail.post_office import PostOffice
from ninety.settings import Settings
from ninety.work.account_post import AccountPost
from ninety.work.own_account import OwnAccount

PASSWORD = "correct horse battery"
NEW = "alice@new.example"


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
def make_post(accounts, site, worker, clock, tmp_path):
    def make(**settings):
        return AccountPost(
            accounts=accounts,
            mail=PostOffice(Settings(data=tmp_path, **settings), tmp_path, lambda: "http://feed"),
            site=site,
            base_url=lambda: "http://feed",
            ask_worker=worker,
            clock=clock,
        )

    return make


@pytest.fixture
def post(make_post, smtp):
    return make_post(mail_server=smtp.host, mail_port=smtp.port)


@pytest.fixture
def change(accounts, people, trail, clock):
    """Changes the address of a person, who is told by `post`."""

    def to(post, person, email=NEW):
        own = OwnAccount(accounts, people, post.tell_old_address, trail)
        return own.change_email(person, email, PASSWORD, "10.0.3.7", clock())

    return to


def test_the_worker_is_asked_with_nothing_secret(change, post, smtp, worker, alice):
    change(post, alice)
    assert worker.jobs == [("tell_old_address", alice.id, "alice@example.org")]
    assert smtp.messages == []
    post.send_to_old_address(*worker.jobs[0][1:])
    (letter,) = smtp.messages
    assert letter.envelope_to == ("alice@example.org",)
    assert NEW in letter.body("plain")


def test_while_redis_is_away_the_mail_goes_out_at_once(change, post, smtp, worker, alice):
    worker.there = False
    change(post, alice)
    assert [one.envelope_to for one in smtp.messages] == [("alice@example.org",)]


def test_an_address_is_changed_whatever_becomes_of_the_mail(change, post, smtp, worker, alice):
    worker.there = False
    smtp.fail("connect", "554 go away")
    assert change(post, alice).email == NEW


def test_nobody_is_told_without_a_server_or_where_no_mail_arrives(
    change, make_post, post, worker, people, alice, clock
):
    change(make_post(), alice)
    machine = people.add("ci@x.invalid", PASSWORD, admin=False, timezone="UTC", now=clock())
    change(post, machine, "ci@example.org")
    assert worker.jobs == []


def test_nobody_is_told_of_an_account_that_is_gone(post, smtp):
    post.send_to_old_address("nobody", "alice@example.org")
    assert smtp.messages == []


def test_what_the_mail_server_said_is_noted_for_the_admin(change, post, smtp, worker, site, alice):
    worker.there = False
    change(post, alice)
    assert site.instant("mail-accepted") is not None
    smtp.fail("rcpt", "550 no such user")
    change(post, change(post, alice, "a@new.example"), "b@new.example")
    assert "550 no such user" in site.why("mail-trouble")


@pytest.mark.parametrize("job", ["tell_old_address", "send_reset"])
def test_what_the_worker_is_asked_for_is_a_job(job):
    assert callable(getattr(jobs, job))


def test_without_redis_the_worker_is_not_asked(tmp_path):
    assert not queue.ask(Settings(data=tmp_path), "send_reset", "alice@example.org", "")
