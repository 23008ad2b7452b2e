"""Every arrow of a reminder's life, and every arrow there is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from ninety.mail.deliver import LONGEST_CONVERSATION
from ninety.rules import reminders
from ninety.rules.reminders import IllegalArrow, Reminder, State

NOW = datetime(2027, 2, 11, 14, 4, tzinfo=UTC)
END = NOW + timedelta(days=10)
PENDING = reminders.planned("k3v9w2xq7d", END, NOW, NOW)
CLAIMED = reminders.claimed(PENDING, "worker", NOW)
SENDING = reminders.sending(CLAIMED, "worker", "alice@example.org", NOW)

ROWS = {
    State.PENDING: PENDING,
    State.CLAIMED: CLAIMED,
    State.SENDING: SENDING,
    State.SENT: reminders.sent(SENDING, "250 ok", NOW),
    State.UNKNOWN: reminders.unknown(SENDING, "no answer", NOW),
    State.FAILED: reminders.failed(CLAIMED, "alice@example.org", "550 no such user", NOW),
    State.CANCELLED: reminders.cancelled(PENDING, "the key was revoked", NOW),
    State.MISSED: reminders.missed(PENDING, NOW),
}

WAYS = {
    State.CLAIMED: lambda row: reminders.claimed(row, "worker", NOW),
    State.SENDING: lambda row: reminders.sending(row, "worker", "alice@example.org", NOW),
    State.SENT: lambda row: reminders.sent(row, "250 ok", NOW),
    State.UNKNOWN: lambda row: reminders.unknown(row, "no answer", NOW),
    State.FAILED: lambda row: reminders.failed(row, "alice@example.org", "550", NOW),
    State.CANCELLED: lambda row: reminders.cancelled(row, "revoked", NOW),
    State.MISSED: lambda row: reminders.missed(row, NOW),
    State.PENDING: lambda row: reminders.postponed(row, "451 later", NOW, counts=True),
}

LEGAL = {
    (State.PENDING, State.PENDING),
    (State.PENDING, State.CLAIMED),
    (State.PENDING, State.CANCELLED),
    (State.PENDING, State.MISSED),
    (State.CLAIMED, State.PENDING),
    (State.CLAIMED, State.SENDING),
    (State.CLAIMED, State.CANCELLED),
    (State.CLAIMED, State.FAILED),
    (State.SENDING, State.PENDING),
    (State.SENDING, State.SENT),
    (State.SENDING, State.FAILED),
    (State.SENDING, State.UNKNOWN),
    (State.UNKNOWN, State.PENDING),
    (State.UNKNOWN, State.SENT),
    (State.CANCELLED, State.PENDING),
    (State.FAILED, State.PENDING),
}


@pytest.mark.parametrize(("start", "end"), list(product(State, State)))
def test_only_the_arrows_of_the_picture_lead_anywhere(start, end):
    row = ROWS[start]
    if (start, end) in LEGAL:
        moved = WAYS[end](row)
        assert (moved.state, moved.id, moved.expires_at) == (end, row.id, row.expires_at)
    else:
        with pytest.raises(IllegalArrow):
            WAYS[end](row)


def test_a_row_is_named_by_its_key_and_its_end_in_whole_seconds():
    assert PENDING.id == f"k3v9w2xq7d-{int(END.timestamp())}"
    assert reminders.row_id("k", END + timedelta(microseconds=1)) == reminders.row_id("k", END)


def test_a_claim_can_only_be_taken_over_when_its_lease_is_over():
    assert not reminders.claimable(CLAIMED, NOW + reminders.LEASE - timedelta(seconds=1))
    later = NOW + reminders.LEASE
    assert reminders.claimed(CLAIMED, "other", later).worker == "other"


def test_a_worker_that_lost_its_lease_does_not_send():
    with pytest.raises(IllegalArrow):
        reminders.sending(CLAIMED, "worker", "alice@example.org", NOW + reminders.LEASE)
    taken_over = reminders.claimed(CLAIMED, "other", NOW + reminders.LEASE)
    with pytest.raises(IllegalArrow):
        reminders.sending(taken_over, "worker", "alice@example.org", NOW + reminders.LEASE)


def test_the_lease_outlives_the_longest_conversation():
    assert reminders.LEASE > LONGEST_CONVERSATION


def test_nobody_takes_a_row_that_is_being_sent_however_old():
    assert not reminders.claimable(SENDING, NOW + timedelta(days=1000))


def waits(row: Reminder, *, counts: bool, times: int) -> list[timedelta]:
    found = []
    for _ in range(times):
        row = reminders.postponed(
            replace(row, state=State.CLAIMED), "451 later", NOW, counts=counts
        )
        found.append(row.next_try - NOW)
    return found


def test_tries_space_out_from_five_minutes_to_a_day():
    middles = (*reminders.RETRIES, reminders.RETRIES[-1])
    for waited, middle in zip(waits(PENDING, counts=True, times=6), middles, strict=True):
        assert middle * 0.9 <= waited <= middle * 1.1


def test_an_outage_uses_up_no_tries():
    assert all(wait <= reminders.RETRIES[0] * 1.1 for wait in waits(PENDING, counts=False, times=6))


def test_a_postponed_row_waits_for_its_turn():
    row = reminders.postponed(CLAIMED, "451 later", NOW, counts=True)
    assert not reminders.claimable(row, row.next_try - timedelta(seconds=1))
    assert reminders.claimable(row, row.next_try)


def test_a_reopened_row_forgets_its_failures():
    row = reminders.reopened(ROWS[State.FAILED], "there is a new address", NOW)
    assert (row.attempts, row.next_try, row.state) == (0, NOW, State.PENDING)
