"""Invitations: one account for one address, once, within a week, by somebody who may."""

import re
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from ninety.mail.post_office import PostOffice
from ninety.rules.delivery import Delivered, NotDelivered
from ninety.rules.errors import FieldRefused, LinkUsed, NotFound
from ninety.settings import Settings
from ninety.store.invitations import Invitations
from ninety.work.account_post import AccountPost
from ninety.work.inviting import Inviting
from parts.hand_clock import START

FEED = "https://feed.example"
EVE = "eve@example.org"
PASSWORD = "another horse entirely"
WEEK = timedelta(days=7)


@pytest.fixture
def make_inviting(accounts, people, site, trail, clock, tmp_path):
    def make(**settings):
        post = AccountPost(
            accounts=accounts,
            mail=PostOffice(Settings(data=tmp_path, **settings), tmp_path, lambda: FEED),
            site=site,
            base_url=lambda: FEED,
            ask_worker=lambda *_: False,
            clock=clock,
        )
        return Inviting(
            accounts=accounts,
            invitations=Invitations(tmp_path),
            people=people,
            post=post,
            trail=trail,
        )

    return make


@pytest.fixture
def inviting(make_inviting):
    return make_inviting()


@pytest.fixture
def invite(inviting, admin):
    """Invites Eve, as the admin does unless told otherwise; gives the token."""

    def make(email=EVE, **how):
        invited = inviting.invite(how.pop("by", admin), email, FEED, START, **how)
        assert invited.link.startswith(f"{FEED}/invitation?token=")
        return invited.link.partition("token=")[2]

    return make


def join(inviting, token, now=START):
    return inviting.join(token, "Eve", PASSWORD, "Europe/Paris", now)


def test_an_invitation_makes_an_account_for_its_address_and_no_other_role(inviting, invite, people):
    eve = join(inviting, invite())
    assert people.by_email(EVE) == eve
    assert (eve.name, eve.timezone, eve.admin) == ("Eve", "Europe/Paris", False)
    assert people.sign_in(EVE, PASSWORD, "10.0.3.7", START) == eve
    assert inviting.open(START) == []


def test_an_admin_is_invited_by_name_of_the_role(inviting, invite):
    assert join(inviting, invite(admin=True)).admin


def test_an_invitation_works_once_even_when_its_account_is_gone(inviting, invite, people):
    token = invite()
    eve = join(inviting, token)
    with pytest.raises(LinkUsed):
        join(inviting, token)
    people.remove(eve.id, START)
    with pytest.raises(LinkUsed):
        join(inviting, token)


def test_an_invitation_works_for_a_week_and_no_longer(inviting, invite):
    token = invite()
    assert inviting.opened(token, START + WEEK - timedelta(seconds=1)).email == EVE
    with pytest.raises(LinkUsed):
        join(inviting, token, START + WEEK)
    assert inviting.open(START + WEEK) == []


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 10_000])
def test_a_token_that_was_never_made_opens_nothing(inviting, invite, token):
    invite()
    with pytest.raises(LinkUsed):
        inviting.opened(token, START)


def test_a_later_invitation_replaces_the_earlier_one(inviting, invite):
    first, second = invite(), invite(email="EVE@example.org")
    with pytest.raises(LinkUsed):
        inviting.opened(first, START)
    assert [one.email for one in inviting.open(START)] == ["EVE@example.org"]
    assert join(inviting, second)


def test_a_revoked_invitation_opens_nothing_and_may_be_revoked_again(inviting, invite, admin):
    token = invite()
    (open_one,) = inviting.open(START)
    for _ in range(2):
        assert inviting.revoke(admin, open_one.id, START).email == EVE
    with pytest.raises(LinkUsed):
        join(inviting, token)
    with pytest.raises(NotFound):
        inviting.revoke(admin, "nothing", START)


def test_a_form_that_is_sent_twice_makes_one_link(inviting, invite):
    token = invite(form="a-form")
    with pytest.raises(FieldRefused) as refused:
        invite(form="a-form")
    assert refused.value.field == "form"
    assert inviting.opened(token, START)


@pytest.mark.parametrize("email", ["nonsense", "ADMIN@example.org", "a@b\r\nBcc: eve@example.org"])
def test_nobody_is_invited_to_an_address_that_is_none_or_taken(inviting, admin, email):
    with pytest.raises(FieldRefused) as refused:
        inviting.invite(admin, email, FEED, START)
    assert refused.value.field == "email"
    assert inviting.open(START) == []


@pytest.mark.parametrize("end", ["disabled", "removed", "no admin any more"])
def test_an_invitation_falls_with_the_rights_of_who_made_it(
    inviting, invite, people, accounts, admin, end
):
    token = invite(admin=True)
    {
        "disabled": lambda: people.disable(admin.id, START),
        "removed": lambda: people.remove(admin.id, START),
        "no admin any more": lambda: accounts.change(
            admin.id, lambda one: replace(one, admin=False)
        ),
    }[end]()
    assert inviting.open(START) == []
    with pytest.raises(LinkUsed):
        join(inviting, token)
    assert people.by_email(EVE) is None


def test_one_made_by_a_command_stands_by_itself(inviting, invite):
    assert join(inviting, invite(by=None))


def test_what_cannot_be_taken_leaves_the_link_as_it_is(inviting, invite, people):
    token = invite()
    for name, password, zone in (
        ("Eve", "short", "UTC"),
        ("Eve", EVE, "UTC"),
        ("Eve", PASSWORD, "Mars/Olympus"),
        ("x" * 101, PASSWORD, "UTC"),
    ):
        with pytest.raises(FieldRefused):
            inviting.join(token, name, password, zone, START)
    assert people.by_email(EVE) is None
    assert join(inviting, token)


def test_of_two_at_once_one_makes_the_account(inviting, invite, people):
    token = invite()
    outcome = []

    def use():
        try:
            outcome.append(join(inviting, token).id)
        except LinkUsed:
            outcome.append("refused")

    threads = [threading.Thread(target=use) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert outcome.count("refused") == 1
    assert people.by_email(EVE).id in outcome


def test_those_that_ended_are_forgotten_as_others_come(inviting, invite, admin, tmp_path):
    invite()
    inviting.invite(admin, "zoe@example.org", FEED, START + WEEK)
    kept = (tmp_path / "invitations.json").read_text()
    assert "zoe@example.org" in kept
    assert EVE not in kept


def test_the_token_is_kept_nowhere(inviting, invite, tmp_path):
    token = invite()
    join(inviting, token)
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert all(token.encode() not in content for content in kept)


def test_the_link_is_mailed_where_there_is_a_mail_server(make_inviting, mail_server, admin):
    smtp = mail_server()
    inviting = make_inviting(mail_server=smtp.host, mail_port=smtp.port)
    invited = inviting.invite(admin, EVE, FEED, START)
    assert isinstance(inviting.mail(invited, admin, START), Delivered)
    (letter,) = smtp.messages
    assert letter.envelope_to == (EVE,)
    assert re.search(rf"^{re.escape(invited.link)}$", letter.body("plain"), re.M)
    assert "admin@example.org invites you" in letter.body("plain")
    smtp.fail("rcpt", "550 no such user")
    assert isinstance(inviting.mail(invited, admin, START), NotDelivered)


def test_nothing_is_mailed_without_a_server_or_to_where_no_mail_arrives(
    make_inviting, mail_server, admin
):
    invited = make_inviting().invite(admin, EVE, FEED, START)
    assert make_inviting().mail(invited, admin, START) is None
    smtp = mail_server()
    inviting = make_inviting(mail_server=smtp.host, mail_port=smtp.port)
    machine = inviting.invite(admin, "ci@team.invalid", FEED, START)
    assert inviting.mail(machine, admin, START) is None
    assert smtp.messages == []
