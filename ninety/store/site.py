"""What the feed knows of itself, in `site.json`: its address, its setup link, how it is doing."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ninety.rules import instants, secrets
from ninety.store.documents import Collection, Document, Documents, Made, Unchanged


class Site:
    """A handful of small facts, each in a document of its own."""

    def __init__(self, folder: Path) -> None:
        self._facts = Collection(folder / "site.json")

    def address(self) -> str:
        """The public address entered at setup, or an empty text."""
        return self._fact("address", "base_url")

    def set_address(self, base_url: str) -> None:
        """Keep the address that people and clients reach the feed at."""
        self._facts.change(["address"], lambda _: {"address": {"base_url": base_url}})

    def setup_digest(self) -> str:
        """The digest of the one-time setup link in force, or an empty text."""
        return self._fact("setup", "digest")

    def set_setup_digest(self, digest: str) -> None:
        """Put a new one-time setup link in force; an empty text leaves none."""
        self._facts.change(["setup"], lambda _: {"setup": {"digest": digest}})

    def install_id(self) -> str:
        """A random name of this installation, made at the first call and kept."""

        def make(found: Documents) -> Documents:
            if found["install"] is not None:
                raise Unchanged
            return {"install": {"id": secrets.new_id()}}

        known = self._fact("install", "id")
        if not known:
            self._facts.change(["install"], make)
        return known or self._fact("install", "id")

    def policy(self) -> Document:
        """What an admin entered of the policy, by field, with the `revision` it has by now."""
        return self._facts.get("policy") or {"revision": 0}

    def policy_as(self, make: Callable[[str, Document], Made]) -> Made | None:
        """What `make` makes of what was entered, None while nothing was; see `Collection.made`."""
        return self._facts.made("policy", make)

    def change_policy(self, fn: Callable[[Document], Document]) -> None:
        """Replace what was entered by what `fn` makes of it, alone among all writers.

        `fn` sees it as it is now and may refuse by raising; each change is a revision.
        """

        def change(found: Documents) -> Documents:
            before = found["policy"] or {"revision": 0}
            return {"policy": {**fn(before), "revision": before["revision"] + 1}}

        self._facts.change(["policy"], change)

    def instant(self, name: str) -> datetime | None:
        """When `name` (such as `scan`, `mail-accepted`, `redis-down`) was last noted."""
        kept = self._fact(name, "at")
        return instants.parse(kept) if kept else None

    def why(self, name: str) -> str:
        """What was noted beside the instant `name`."""
        return self._fact(name, "why")

    def note(self, name: str, at: datetime, why: str = "") -> None:
        """Note that `name` happened at `at`."""
        self._facts.change([name], lambda _: {name: {"at": instants.text(at), "why": why}})

    def note_start(self, name: str, at: datetime, why: str = "") -> None:
        """Note when `name` began; while it goes on, the first instant stays."""

        def begin(found: Documents) -> Documents:
            if found[name] is not None:
                raise Unchanged
            return {name: {"at": instants.text(at), "why": why}}

        if self.instant(name) is None:
            self._facts.change([name], begin)

    def note_end(self, name: str) -> None:
        """Note that `name` is over."""
        if self.instant(name) is not None:
            self._facts.change([name], lambda _: {name: None})

    def _fact(self, id: str, field: str) -> str:
        document = self._facts.made(id, _itself) or {}
        return str(document.get(field, ""))


def _itself(id: str, document: Document) -> Document:
    return document
