"""Settings are typed, and nonsense is named before anything starts."""

from pathlib import Path

import pytest

from ninety.settings import SettingRefused, Settings


def test_without_a_word_everything_has_a_default():
    settings = Settings.from_environment({})
    assert (settings.host, settings.port) == ("127.0.0.1", 5090)
    assert settings.fixed == {}
    assert settings.private


def test_what_is_set_is_read_with_its_type():
    settings = Settings.from_environment(
        {
            "NINETY_PORT": "8080",
            "NINETY_DATA": "/srv/ninety",
            "NINETY_READ_ACCESS": "public",
            "NINETY_BASE_URL": "https://feed.example/",
            "MAIL_USE_TLS": "true",
            "NINETY_WARN_DAYS": "",
        }
    )
    assert (settings.port, settings.data) == (8080, Path("/srv/ninety"))
    assert (settings.private, settings.mail_use_tls) == (False, True)
    assert (settings.base_url, settings.warn_days) == ("https://feed.example", None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NINETY_PORT", "0"),
        ("NINETY_PORT", "65536"),
        ("NINETY_PORT", "http"),
        ("NINETY_PORT", "８０"),
        ("NINETY_BASE_URL", "feed.example"),
        ("NINETY_BASE_URL", "https://feed.example/?a=b"),
        ("NINETY_TIMEZONE", "Mars/Olympus"),
        ("NINETY_READ_ACCESS", "yes"),
        ("NINETY_KEY_DAYS", "0"),
        ("NINETY_KEY_ACTIONS", "push, delete"),
        ("NINETY_OVERLAP_MAX_HOURS", "169"),
        ("NINETY_KEY_MAX_DAYS", "0"),
        ("NINETY_MAX_PACKAGE_MIB", "-1"),
        ("NINETY_PROT", "5091"),
        ("MAIL_USE_TLS", "maybe"),
    ],
)
def test_nonsense_is_refused_by_name(name, value):
    with pytest.raises(SettingRefused, match=name):
        Settings.from_environment({name: value})


def test_what_is_set_of_the_policy_is_fixed_and_nothing_else():
    settings = Settings.from_environment(
        {"NINETY_KEY_MAX_DAYS": "30", "NINETY_KEY_ACTIONS": "read, push"}
    )
    assert settings.fixed == {"key_max_days": 30, "key_actions": ("push", "read")}


def test_two_kinds_of_tls_at_once_are_refused():
    with pytest.raises(SettingRefused, match="MAIL_USE_SSL"):
        Settings.from_environment({"MAIL_USE_TLS": "1", "MAIL_USE_SSL": "1"})


def test_a_secret_may_stand_in_a_file(tmp_path):
    (tmp_path / "password").write_text("hunter2\n")
    settings = Settings.from_environment({"MAIL_PASSWORD_FILE": str(tmp_path / "password")})
    assert settings.mail_password == "hunter2"
    with pytest.raises(SettingRefused, match="MAIL_PASSWORD_FILE"):
        Settings.from_environment({"MAIL_PASSWORD_FILE": str(tmp_path / "missing")})


def test_a_refusal_never_shows_a_secret():
    with pytest.raises(SettingRefused) as refused:
        Settings.from_environment({"REDIS_URL": "nonsense-with-a-password"})
    assert "nonsense-with-a-password" not in str(refused.value)
