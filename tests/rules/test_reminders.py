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

# Every arrow there is, and the states it may start from; from all others it leads nowhere.
LEGAL = {
    "claimed": {State.PENDING},  # and CLAIMED, once the lease is over
    "renewed": {State.CLAIMED},
    "released": {State.CLAIMED},
    "sending": {State.CLAIMED},
    "sent": {State.SENDING, State.UNKNOWN},
    "unknown": {State.SENDING},
    "postponed": {State.CLAIMED, State.SENDING},
    "failed": {State.CLAIMED, State.SENDING},
    "cancelled": {State.PENDING, State.CLAIMED},
    "missed": {State.PENDING, State.CLAIMED},
    "waiting": {State.PENDING},  # and CLAIMED, once the lease is over
    "moved": {State.PENDING},
    "reopened": {State.UNKNOWN, State.CANCELLED, State.FAILED},
}

WAYS = {
    "claimed": lambda row, now: reminders.claimed(row, "worker", now),
    "renewed": lambda row, now: reminders.renewed(row, "worker", now),
    "released": lambda row, now: reminders.released(row, "the worker was stopped", now),
    "sending": lambda row, now: reminders.sending(row, "worker", "alice@example.org", now),
    "sent": lambda row, now: reminders.sent(row, "250 ok", now),
    "unknown": lambda row, now: reminders.unknown(row, "no answer", now),
    "postponed": lambda row, now: reminders.postponed(row, "451 later", now, counts=True),
    "failed": lambda row, now: reminders.failed(row, "alice@example.org", "550", now),
    "cancelled": lambda row, now: reminders.cancelled(row, "revoked", now),
    "missed": lambda row, now: reminders.missed(row, now),
    "waiting": lambda row, now: reminders.waiting(row, "no mail server", now),
    "moved": lambda row, now: reminders.moved(row, now + timedelta(days=3), now),
    "reopened": lambda row, now: reminders.reopened(row, "a new address", now),
}


def test_every_arrow_there_is_is_tried_here():
    assert set(WAYS) == set(LEGAL) == set(reminders.ARROWS)


@pytest.mark.parametrize(("arrow", "start"), list(product(reminders.ARROWS, State)))
def test_an_arrow_leads_from_where_it_starts_to_its_end_and_from_nowhere_else(arrow, start):
    row = ROWS[start]
    if start in LEGAL[arrow]:
        moved = WAYS[arrow](row, NOW)
        end, _starts = reminders.ARROWS[arrow]
        assert (moved.state, moved.id, moved.expires_at) == (end, row.id, row.expires_at)
    else:
        with pytest.raises(IllegalArrow):
            WAYS[arrow](row, NOW)


@pytest.mark.parametrize("start", [State.SENDING, State.SENT, State.UNKNOWN, State.FAILED])
def test_no_time_makes_a_row_free_that_may_have_been_sent(start):
    far_off = NOW + timedelta(days=1000)
    for arrow in ("claimed", "renewed", "released", "sending", "waiting"):
        with pytest.raises(IllegalArrow):
            WAYS[arrow](ROWS[start], far_off)


@pytest.mark.parametrize("arrow", ["claimed", "waiting"])
def test_a_row_whose_worker_is_taken_for_dead_may_be_taken(arrow):
    moved = WAYS[arrow](CLAIMED, NOW + reminders.LEASE)
    assert moved.state is reminders.ARROWS[arrow][0]


def test_nothing_leads_on_from_a_reminder_that_was_sent_or_missed():
    starts = {state for _end, starts in reminders.ARROWS.values() for state in starts}
    assert starts == set(State) - {State.SENT, State.MISSED}


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


def test_a_lease_is_renewed_before_it_could_end_in_a_conversation():
    ends_at = NOW + reminders.LEASE - LONGEST_CONVERSATION
    assert reminders.lease_short(CLAIMED, ends_at)
    assert not reminders.lease_short(CLAIMED, NOW)


def test_only_who_holds_a_row_renews_its_lease():
    later = NOW + reminders.LEASE - timedelta(seconds=1)
    assert reminders.renewed(CLAIMED, "worker", later).lease_until == later + reminders.LEASE
    for worker, now in (("other", later), ("worker", NOW + reminders.LEASE)):
        with pytest.raises(IllegalArrow):
            reminders.renewed(CLAIMED, worker, now)


def test_why_a_row_waited_is_not_forgotten_while_it_is_claimed():
    waited = reminders.postponed(CLAIMED, "451 later", NOW, counts=True)
    again = reminders.claimed(waited, "other", waited.next_try)
    assert again.reason == reminders.released(again, "", NOW).reason == "451 later"
    assert reminders.missed(again, NOW).reason == "451 later"


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


def test_a_row_that_moves_is_due_then_and_never_before_now():
    later = reminders.moved(PENDING, NOW + timedelta(days=3), NOW)
    assert (later.due_at, later.next_try) == (NOW + timedelta(days=3),) * 2
    assert not reminders.claimable(later, NOW)
    back = reminders.moved(later, NOW - timedelta(days=1), NOW)
    assert (back.due_at, back.next_try) == (NOW - timedelta(days=1), NOW)
