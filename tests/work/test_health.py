"""What is down is said with the time it went down, and only while it is."""

from datetime import timedelta

import pytest

from ninety.work.health import Health
from parts.hand_clock import START


class Redis:
    """Answers or not, as told."""

    def __init__(self) -> None:
        self.up = True

    def __call__(self) -> bool:
        return self.up


@pytest.fixture
def redis() -> Redis:
    return Redis()


@pytest.fixture
def health(site, redis, trail) -> Health:
    return Health(site, redis, scan_minutes=15, zone="UTC", trail=trail)


def test_nothing_is_said_while_all_is_well(health, site):
    site.note("scan", START)
    assert health.banners(START + timedelta(minutes=45)) == []


def test_redis_is_down_since_it_was_first_missed(health, redis):
    redis.up = False
    health.look(START)
    health.look(START + timedelta(hours=1))
    (said,) = health.banners(START + timedelta(hours=2), "Europe/Berlin")
    assert said.startswith("Redis is down since 23 Nov 2026, 15:04 CET (14:04 UTC)")
    redis.up = True
    health.look(START + timedelta(hours=3))
    assert health.banners(START + timedelta(hours=3)) == []


def test_another_process_knows_since_when(site, redis, trail):
    redis.up = False
    Health(site, redis, 15, "UTC", trail).look(START)
    (said,) = Health(site, redis, 15, "UTC", trail).banners(START + timedelta(days=1))
    assert "23 Nov 2026, 14:04 UTC" in said


def test_an_unreachable_mail_server_is_said_with_its_reason(health, site):
    site.note_start("mail-down", START, "connection refused")
    (said,) = health.banners(START)
    assert "The mail server is down since 23 Nov 2026, 14:04 UTC (connection refused)" in said


def test_a_worker_that_stopped_looking_is_noticed(health, site):
    site.note("scan", START)
    (said,) = health.banners(START + timedelta(minutes=46))
    assert said.startswith("Nobody has looked for ending keys since 23 Nov 2026, 14:04 UTC")
