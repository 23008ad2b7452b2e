"""Every setting: its name, unit, default and meaning, read once from the environment."""

import os
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ninety.rules import addresses, policy, scopes
from ninety.rules.errors import FieldRefused
from ninety.rules.policy import Policy

DATA = Path("data")


class SettingRefused(Exception):
    """A setting that makes no sense; the sentence names it."""


def _text(value: str) -> str:
    return value


def _flag(value: str) -> bool:
    answers = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    try:
        return answers[value.lower()]
    except KeyError:
        raise ValueError("must be true or false") from None


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in words:
            raise ValueError(f"must be {' or '.join(words)}")
        return value

    return read


def _zone(value: str) -> str:
    if value not in zoneinfo.available_timezones():
        raise ValueError("must be a time zone such as Europe/Berlin")
    return value


def _web_address(value: str) -> str:
    if not addresses.is_web_address(value):
        raise ValueError("must be an address such as https://feed.example")
    return value.rstrip("/")


def _redis_address(value: str) -> str:
    if urlsplit(value).scheme not in ("redis", "rediss", "unix"):
        raise ValueError("must be an address such as redis://host:6379/0")
    return value


def _actions(value: str) -> tuple[str, ...]:
    try:
        return scopes.check_actions(value.replace(",", " ").split())
    except FieldRefused as refusal:
        raise ValueError(f"must name actions; {refusal}") from None


def _setting(
    name: str, default: Any, read: Callable[[str], Any], unit: str, meaning: str, **more: Any
) -> Any:
    about = {"name": name, "read": read, "unit": unit, "meaning": meaning, **more}
    return field(default=default, metadata=about)


def _ruled(name: str, of: str, unit: str, meaning: str) -> Any:
    """A setting of the policy: None leaves the field `of` to the policy page."""
    usual = getattr(policy.USUAL, of)
    read = _actions if of == "key_actions" else _whole(*policy.BOUNDS[of])
    shown = " ".join(usual) if isinstance(usual, tuple) else usual
    return _setting(name, None, read, unit, meaning, default_text=f"`{shown}`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the person who runs Ninety decided, and the defaults for the rest."""

    host: str = _setting(
        "NINETY_HOST", "127.0.0.1", _text, "address", "The address the web server listens on."
    )
    port: int = _setting(
        "NINETY_PORT", 5090, _whole(1, 65535), "port", "The port the web server listens on."
    )
    data: Path = _setting(
        "NINETY_DATA",
        DATA,
        Path,
        "folder",
        "Where everything is kept; copy it for a backup.",
    )
    base_url: str = _setting(
        "NINETY_BASE_URL",
        "",
        _web_address,
        "address",
        "The address people and clients reach the feed at; links are made of it.",
    )
    proxies: int = _setting(
        "NINETY_PROXIES",
        0,
        _whole(0, 10),
        "hops",
        "How many reverse proxies stand in front, whose X-Forwarded headers are believed.",
    )
    timezone: str = _setting(
        "NINETY_TIMEZONE", "UTC", _zone, "time zone", "The zone of people who chose none."
    )
    read_access: str = _setting(
        "NINETY_READ_ACCESS",
        "private",
        _one_of("private", "public"),
        "word",
        "private: reading needs a key or a sign-in; public: anybody reads.",
    )
    key_days: int | None = _ruled(
        "NINETY_KEY_DAYS", "key_days", "days", "The lifetime a new key is offered."
    )
    key_max_days: int | None = _ruled(
        "NINETY_KEY_MAX_DAYS", "key_max_days", "days", "The longest lifetime of a key."
    )
    read_key_max_days: int | None = _ruled(
        "NINETY_READ_KEY_MAX_DAYS",
        "read_key_max_days",
        "days",
        "The longest lifetime of a key that can only read.",
    )
    warn_days: int | None = _ruled(
        "NINETY_WARN_DAYS",
        "warn_days",
        "days",
        "How long before its end a key is warned of, on the page, by mail and while pushing.",
    )
    keys_per_person: int | None = _ruled(
        "NINETY_KEYS_PER_PERSON", "keys_per_person", "keys", "The most living keys a person has."
    )
    key_actions: tuple[str, ...] | None = _ruled(
        "NINETY_KEY_ACTIONS",
        "key_actions",
        "words",
        "What keys may do at all, whatever each was made for.",
    )
    overlap_max_hours: int | None = _ruled(
        "NINETY_OVERLAP_MAX_HOURS",
        "overlap_max_hours",
        "hours",
        "The longest that the old secret of a rotation goes on after the new one is used.",
    )
    max_package_mib: int = _setting(
        "NINETY_MAX_PACKAGE_MIB", 250, _whole(1, 4096), "MiB", "The largest package accepted."
    )
    read_cache_mib: int = _setting(
        "NINETY_READ_CACHE_MIB",
        8,
        _whole(0, 4096),
        "MiB",
        "How much each web process may remember of what it answered to reads; 0: nothing.",
    )
    scan_minutes: int = _setting(
        "NINETY_SCAN_MINUTES",
        15,
        _whole(1, 1440),
        "minutes",
        "How often the worker looks for keys that are about to end.",
    )
    web_processes: int = _setting(
        "NINETY_WEB_PROCESSES",
        min(os.cpu_count() or 1, 2),
        _whole(1, 64),
        "processes",
        "How many web server processes run.",
        default_text="the smaller of cores and 2",
    )
    redis_url: str = _setting(
        "REDIS_URL",
        "",
        _redis_address,
        "address",
        "A Redis to use; without it an embedded one is started.",
        secret=True,
    )
    mail_server: str = _setting(
        "MAIL_SERVER", "", _text, "host", "The SMTP server; without it nobody is told by mail."
    )
    mail_port: int = _setting("MAIL_PORT", 25, _whole(1, 65535), "port", "The SMTP server's port.")
    mail_use_tls: bool = _setting(
        "MAIL_USE_TLS", False, _flag, "true or false", "Ask for TLS by STARTTLS, and insist on it."
    )
    mail_use_ssl: bool = _setting(
        "MAIL_USE_SSL", False, _flag, "true or false", "Speak TLS from the first byte."
    )
    mail_username: str = _setting(
        "MAIL_USERNAME", "", _text, "name", "The name to log in to the SMTP server with."
    )
    mail_password: str = _setting(
        "MAIL_PASSWORD", "", _text, "password", "The password to log in with.", secret=True
    )
    mail_default_sender: str = _setting(
        "MAIL_DEFAULT_SENDER",
        "",
        _text,
        "address",
        "The address mail comes from.",
        default_text="ninety@ and the feed's host",
    )

    @property
    def private(self) -> bool:
        """Whether reading needs a key or a sign-in."""
        return self.read_access == "private"

    @property
    def fixed(self) -> dict[str, Any]:
        """The fields of the policy that are set here, so that no page can change them."""
        ruled = {one.name: getattr(self, one.name) for one in fields(Policy)}
        return {name: value for name, value in ruled.items() if value is not None}

    @classmethod
    def name_of(cls, field: str) -> str:
        """The name of the environment variable of a field."""
        return next(str(one.metadata["name"]) for one in fields(cls) if one.name == field)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read every setting from `environment`; an empty value counts as not set.

        A secret may also be given as a file that holds it, `NAME_FILE`.
        Raises SettingRefused for nonsense and for a NINETY_ name that is no setting.
        """
        known = {one.metadata["name"]: one for one in fields(cls)}
        chosen: dict[str, Any] = {}
        for name, one in known.items():
            value = environment.get(name, "").strip() or _from_file(name, one.metadata, environment)
            if not value:
                continue
            try:
                chosen[one.name] = one.metadata["read"](value)
            except ValueError as error:
                shown = "" if one.metadata.get("secret") else f", not {value!r}"
                raise SettingRefused(f"{name} {error}{shown}") from None
        for name in environment:
            if name.startswith("NINETY_") and name not in known:
                raise SettingRefused(f"{name} is not a setting of Ninety; is it misspelt?")
        return _sensible(cls(**chosen))


def _from_file(name: str, about: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    path = environment.get(f"{name}_FILE", "") if about.get("secret") else ""
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingRefused(f"{name}_FILE names a file that cannot be read: {path}") from None


def _sensible(settings: Settings) -> Settings:
    """The settings, if they also make sense together."""
    if settings.mail_use_tls and settings.mail_use_ssl:
        raise SettingRefused("MAIL_USE_TLS and MAIL_USE_SSL exclude each other; choose one")
    return settings
