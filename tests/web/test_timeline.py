"""What is drawn of the lives of keys: to scale, within the drawing, and not too many."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ninety.rules.keys import ApiKey
from ninety.rules.standing import Standing
from ninety.rules.uses import Use
from ninety.web import timeline

NOW = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)
DAY = timedelta(days=1)
WARN = 10 * DAY
PLANNED = Standing(kind="planned", recipient="a@example.org")


def key(name="ci", made_ago=0, days=90):
    issued_at = NOW - made_ago * DAY
    return ApiKey(
        id=name,
        owner="p",
        name=name,
        prefix="",
        digest="",
        made_at=issued_at,
        issued_at=issued_at,
        expires_at=issued_at + days * DAY,
    )


def ahead(*keys, standing=PLANNED):
    return timeline.ahead(keys, {one.id: standing for one in keys}, WARN, NOW, "Europe/Berlin")


def at(days):
    """Where the instant `days` from now is, in percent of 130 days from ten days ago on."""
    return pytest.approx(100 * (days + 10) / 130, abs=0.01)


def test_a_life_is_drawn_to_scale():
    drawn = ahead(key())
    (line,) = drawn.lines
    assert drawn.today == at(0)
    assert (line.made, line.end, line.mail) == (at(0), at(90), at(80))
    assert line.life == (at(0), pytest.approx(100 * 80 / 130, abs=0.01))
    assert line.window == (at(80), pytest.approx(100 * 10 / 130, abs=0.01))


def test_what_lies_before_the_drawing_begins_at_its_edge():
    (line,) = ahead(key(made_ago=85)).lines
    assert (line.made, line.life[0], line.mail) == (None, 0.0, at(-5))
    (line,) = ahead(key(made_ago=60, days=61), standing=PLANNED).lines
    assert line.window[0] == at(-9)
    assert line.end == at(1)


def test_a_mail_is_drawn_where_it_went_and_only_where_there_is_one():
    sent = Standing(kind="sent", at=NOW - 2 * DAY)
    (line,) = ahead(key(made_ago=85), standing=sent).lines
    assert (line.mail, line.sent) == (at(-2), True)
    for none in ("too-short", "opted-out", "cancelled", "missed"):
        (line,) = ahead(key(), standing=Standing(kind=none)).lines
        assert (line.mail, line.mail_at) == (None, None)
    (line,) = ahead(key(), standing=replace(PLANNED, nobody_told=True)).lines
    assert line.mail is None


def test_the_old_secret_of_a_rotation_stops_without_a_window():
    old = replace(key(), successor="new", retires_at=NOW + 7 * DAY)
    (line,) = ahead(old).lines
    assert (line.end, line.window, line.mail) == (at(7), (0.0, 0.0), None)


def test_many_keys_are_cut_to_those_that_end_first():
    keys = [key(f"k{days}", days=days) for days in range(119, 94, -1)] + [key("far", days=300)]
    drawn = ahead(*keys)
    assert [line.key.name for line in drawn.lines] == [f"k{days}" for days in range(95, 115)]
    assert (drawn.more, drawn.later) == (5, 1)


def test_months_begin_where_the_reader_is():
    months = ahead(key()).months
    assert [month.name for month in months] == ["Dec", "Jan 2027", "Feb", "Mar"]
    # Midnight in Berlin is an hour before it in UTC.
    assert months[0].at == at((datetime(2026, 11, 30, 23, tzinfo=UTC) - NOW) / DAY)


@pytest.mark.parametrize("days", [1, 90, 365, 3650])
def test_a_whole_life_has_few_months_and_all_its_uses(days):
    one = key(days=days)
    uses = [Use(one.issued_at + share * one.lifetime, "", "", "") for share in (0, 0.5, 1)]
    before = Use(NOW - DAY, "", "", "")
    drawn = timeline.whole_life(one, PLANNED, [*uses, before], WARN, NOW, "UTC")
    assert len(drawn.months) <= 12
    assert drawn.lines[0].uses == (0.0, 50.0, 100.0)
    assert drawn.lines[0].end == 100.0
