"""A data folder as it looks in a large company: many people, each with twenty keys."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ninety.rules import instants, secrets
from ninety.settings import Settings
from ninety.store.documents import Collection, Document
from ninety.wiring import open_ninety

NOW = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)
KEYS_EACH = 20
EMAIL = "person-0@example.org"
PASSWORD = "a horse of course"
LIFETIME = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Grown:
    """The folder, and the secrets of its keys; EMAIL signs in with PASSWORD and has the first."""

    folder: Path
    secrets: list[str]


def grow(folder: Path, keys: int, now: datetime, due: int = 0) -> Grown:
    """Fill `folder` with `keys` living keys, `due` of which end within ten days.

    One account and one key are made as people make them, all others are copies
    of these two under other names.
    """
    ninety = open_ninety(Settings(data=folder), clock=lambda: now)
    first = ninety.people.add(EMAIL, PASSWORD, admin=True, timezone="Europe/Berlin", now=now)
    issued = ninety.lifecycle.make(first, "key 0", 90, now)
    person = _document(folder / "users.json", first.id)
    key = _document(folder / "keys.json", issued.key.id)

    owners, people = [first.id], {}
    for number in range(1, -(-keys // KEYS_EACH)):
        owners.append(secrets.new_id())
        email = f"person-{number}@example.org"
        people[owners[-1]] = {**person, "email": email, "admin": False}
        people[f"email:{email}"] = {"person": owners[-1]}
    _put(folder / "users.json", people)

    made, all_secrets = {}, [issued.secret]
    for number in range(1, keys):
        id, owner = secrets.new_id(), owners[number // KEYS_EACH]
        all_secrets.append(secrets.new_secret(id))
        days_left = 1 + number % 9 if number <= due else 11 + number % 79
        ends = now + timedelta(days=days_left, seconds=number % 86_400)
        made[id] = {
            **key,
            "owner": owner,
            "name": f"key {number}",
            "prefix": secrets.display_prefix(id),
            "digest": secrets.digest(all_secrets[-1]),
            "made_at": instants.text(ends - LIFETIME),
            "issued_at": instants.text(ends - LIFETIME),
            "expires_at": instants.text(ends),
        }
        made[f"name:{owner}:key {number}"] = {"key": id}
    _put(folder / "keys.json", made)
    return Grown(folder, all_secrets)


def _document(path: Path, id: str) -> Document:
    document = Collection(path).get(id)
    assert document is not None
    return document


def _put(path: Path, documents: dict[str, Document]) -> None:
    Collection(path).change(documents, lambda _: dict(documents))
