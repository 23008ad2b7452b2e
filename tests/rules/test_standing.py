"""How a reminder stands is told from its key, its row and the moment, and from nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ninety.rules import reminders, standing
from ninety.rules.keys import ApiKey
from ninety.rules.reminders import State

DAY = timedelta(days=1)
MADE = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)
END = MADE + 90 * DAY
DUE = END - 10 * DAY
NOW = DUE + DAY
CI = ApiKey(
    id="k3v9w2xq7d",
    owner="p",
    name="ci",
    prefix="n90_k3v9w2xq7d",
    digest="",
    made_at=MADE,
    issued_at=MADE,
    expires_at=END,
)
ROW = reminders.planned(CI.id, END, DUE, DUE)
OWNER = "alice@example.org"


def stands(key=CI, row=None, *, unwanted="", now=NOW, mail_configured=True):
    return standing.of(
        key,
        row,
        unwanted=unwanted,
        recipient=OWNER,
        warn=10 * DAY,
        mail_configured=mail_configured,
        now=now,
    )


def test_before_the_window_it_is_planned_for_the_day_the_window_opens():
    found = stands(now=MADE)
    assert (found.kind, found.at, found.recipient) == ("planned", DUE, OWNER)


def test_due_without_a_row_it_may_go_out_any_moment():
    assert (stands().kind, stands().at) == ("planned", None)


@pytest.mark.parametrize("row", [None, ROW])
def test_without_a_mail_server_nobody_is_told(row):
    assert stands(row=row, mail_configured=False).nobody_told
    assert not stands(row=row).nobody_told


def test_a_key_that_lives_too_briefly_gets_no_mail():
    assert stands(replace(CI, expires_at=MADE + DAY), now=MADE).kind == "too-short"


def test_the_old_secret_of_a_rotation_stops_before_its_reminder_is_due():
    due = CI.expires_at - timedelta(days=10)
    assert stands(replace(CI, retires_at=due)).kind == "rotated"
    assert stands(replace(CI, retires_at=due + timedelta(seconds=1))).kind == "planned"


def test_a_revoked_key_has_none_planned():
    assert stands(replace(CI, revoked_at=NOW)).kind == "revoked"


def test_a_choice_is_told_from_other_reasons():
    assert stands(unwanted=standing.BY_CHOICE).kind == "opted-out"
    found = stands(unwanted="its owner was disabled")
    assert (found.kind, found.why) == ("cancelled", "its owner was disabled")
    chosen = reminders.cancelled(ROW, standing.BY_CHOICE, NOW)
    assert stands(row=chosen).kind == "opted-out"
    assert stands(row=reminders.cancelled(ROW, "the key was revoked", NOW)).kind == "cancelled"


def test_a_postponed_one_says_when_it_is_tried_again_and_why():
    later = reminders.postponed(reminders.claimed(ROW, "w", NOW), "421 too busy", NOW, counts=True)
    found = stands(row=later)
    assert (found.kind, found.at, found.why) == ("pending", later.next_try, "421 too busy")
    assert stands(row=later, now=later.next_try).at is None


def test_what_was_sent_says_when_and_to_whom_it_went():
    sending = reminders.sending(reminders.claimed(ROW, "w", NOW), "w", "team@example.org", NOW)
    found = stands(row=reminders.sent(sending, "250 ok", NOW), now=NOW + DAY)
    assert (found.kind, found.at, found.recipient) == ("sent", NOW, "team@example.org")


def test_after_the_ledger_forgot_the_row_nothing_is_planned():
    assert stands(now=END + reminders.KEPT).kind == "archived"


@pytest.mark.parametrize("state", list(State))
def test_only_what_is_in_doubt_or_undelivered_is_offered_to_be_sent_again(state):
    row = replace(ROW, state=state)
    assert stands(row=row).again is (state in (State.UNKNOWN, State.FAILED))
    assert not stands(row=row, now=END + reminders.LATEST).again


def test_the_words_of_a_mail_server_are_one_line_of_bounded_length():
    row = reminders.failed(
        reminders.claimed(ROW, "w", NOW), OWNER, "550 no\r\nsuch\x1b[31m user " + "x" * 9000, NOW
    )
    why = stands(row=row).why
    assert why.startswith("550 no such [31m user xxx")
    assert len(why) <= 400
