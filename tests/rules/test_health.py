"""What the facts about the feed mean to an admin: a mark and a sentence each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ninety.rules import health
from ninety.rules.health import Mail, Mark, Noted, Queue, Room

NOW = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUEUE = Queue(program="Valkey 9.1.2", up_for=12 * HOUR, waiting=0, worker_heard=NOW - HOUR / 60)
MAIL = Mail(server="smtp.example", accepted=Noted(NOW - HOUR), trouble=None, down=None)
ZONE = "Europe/Berlin"
MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (81_234_567_890, "81.2 GB"),
     (5 * 10**18, "5000.0 PB")],
)  # fmt: skip
def test_bytes_are_said_in_thousands(number, said):
    assert health.size(number) == said


def test_redis_is_up_since_its_start_or_does_not_answer():
    up = health.of_queue(replace(QUEUE, waiting=3), NOW, ZONE)
    assert (up.mark, up.said) == (
        Mark.WELL,
        "Valkey 9.1.2 is up since 23 Nov 2026, 03:04 CET (02:04 UTC); 3 jobs waiting.",
    )
    assert health.of_queue(None, NOW, ZONE).mark is Mark.BREAKS


def test_the_web_says_since_when_it_runs():
    said = health.of_web(2, NOW, "UTC").said
    assert said == "One of 2 web processes made this page; it runs since 23 Nov 2026, 14:04 UTC."
    assert health.of_web(1, NOW, "UTC").said.startswith("The web process made this page")


@pytest.mark.parametrize(
    ("queue", "scanned", "mark", "said"),
    [
        (QUEUE, NOW - HOUR / 4, Mark.WELL, "It was heard of 23 Nov 2026, 15:03 CET (14:03 UTC)"),
        (QUEUE, None, Mark.WARNS, "It has not looked yet"),
        (QUEUE, NOW - HOUR, Mark.BREAKS, "It is not running: it last looked"),
        (replace(QUEUE, worker_heard=None), NOW, Mark.BREAKS, "None is at the queue"),
        (None, NOW - HOUR / 4, Mark.WARNS, "It last looked for ending keys 23 Nov"),
    ],
)
def test_the_worker_is_well_while_it_is_heard_of_and_looks_in_time(queue, scanned, mark, said):
    sign = health.of_worker(queue, scanned, 3 * HOUR / 4, NOW, ZONE)
    assert sign.mark is mark
    assert sign.said.startswith(said)


@pytest.mark.parametrize(
    ("mail", "mark", "said"),
    [
        (MAIL, Mark.WELL, "smtp.example last accepted a mail 23 Nov 2026, 14:04 CET"),
        (replace(MAIL, accepted=None), Mark.WELL, "smtp.example has not accepted a mail yet"),
        (replace(MAIL, server=""), Mark.WARNS, "There is no mail server: nobody is being told"),
        (replace(MAIL, trouble=Noted(NOW, "451 later")), Mark.WARNS, "CET (14:04 UTC): 451 later."),
        (replace(MAIL, trouble=Noted(NOW - 2 * HOUR, "451")), Mark.WELL, "The last trouble was"),
        (replace(MAIL, down=Noted(NOW, "refused")), Mark.BREAKS, "out of reach since 23 Nov"),
    ],
)
def test_mail_is_judged_by_its_latest_news(mail, mark, said):
    sign = health.of_mail(mail, ZONE)
    assert sign.mark is mark
    assert said in sign.said


@pytest.mark.parametrize(
    ("free", "mark", "said"),
    [
        (1000 * MIB, Mark.WELL, "holds 1.0 kB; 1.0 GB are free on its disk."),
        (1000 * MIB - 1, Mark.WARNS, "room for 3 packages of the largest size"),
        (10, Mark.WARNS, "only 10 bytes are free on its disk, no room."),
    ],
)
def test_little_room_is_less_than_four_of_the_largest_packages(free, mark, said):
    sign = health.of_room(Room(used=1000, whole=True, free=free), 250 * MIB)
    assert sign.mark is mark
    assert said in sign.said


def test_a_folder_that_was_not_counted_to_its_end_holds_more():
    assert "more than 1.0 kB" in health.of_room(Room(used=1000, whole=False, free=1), 1).said


@pytest.mark.parametrize(
    ("set_for_it", "told", "asked_at", "mark", "said"),
    [
        ("", "http://127.0.0.1:5090", "http://127.0.0.1:5090", Mark.WARNS, "only on this machine"),
        ("", "http://10.0.0.5:5090", "http://10.0.0.5:5090", Mark.WARNS, "NINETY_BASE_URL is not"),
        ("https://f.example",) * 3 + (Mark.WELL, "as you came here"),
        ("https://f.example", "https://f.example", "http://localhost", Mark.WELL, "You came by"),
        ("https://f.example", "https://f.example", "http://f.example", Mark.WARNS, "You came by"),
    ],
)  # fmt: skip
def test_links_in_mails_are_compared_with_the_address_of_the_page(
    set_for_it, told, asked_at, mark, said
):
    sign = health.of_address(set_for_it, told, asked_at)
    assert sign.mark is mark
    assert said in sign.said


def test_an_index_in_the_making_and_a_trail_in_trouble_are_marked():
    assert health.of_index((1, 2)).said == "1 package and 2 versions are in it."
    assert health.of_index(None).mark is Mark.WARNS
    assert health.of_trail(None, ZONE).mark is Mark.WELL
    sign = health.of_trail(Noted(NOW, "No space left on device"), ZONE)
    assert (sign.mark, "(No space left on device)" in sign.said) == (Mark.BREAKS, True)
