"""Uploading in the browser: whoever signed in pushes the files of a form, one after the other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ninety.rules.errors import (
    BadPackage,
    FieldRefused,
    PackageTooLarge,
    Refusal,
    TooBusy,
    UploadIncomplete,
    UploadTooSlow,
)
from ninety.rules.people import Person
from ninety.rules.records import VersionRecord
from ninety.work.multipart import Part
from ninety.work.publishing import Publishing
from ninety.work.symbols import Symbols

MOST_FILES = 100
"""Files of one form."""
SYMBOLS = ".snupkg"

# What ends a whole body, so that no file after it can be read.
NOTHING_FOLLOWS = (PackageTooLarge, UploadTooSlow, UploadIncomplete, TooBusy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a `file`: the version that it is or belongs to now, or why it was refused."""

    file: str
    record: VersionRecord | None = None
    refusal: Refusal | None = None

    @property
    def said(self) -> str:
        """The same as a sentence."""
        if self.record is None:
            return f"{self.refusal}."
        named = f"{self.record.id} {self.record.version}"
        return f"{named} has its symbols now." if _symbols(self.file) else f"{named} is here now."


class Uploading:
    """Pushes what people choose in their browser, as themselves and without a key."""

    def __init__(self, publishing: Publishing, symbols: Symbols) -> None:
        self._publishing = publishing
        self._symbols = symbols

    def receive(self, person: Person, parts: Iterable[Part], now: datetime) -> Iterator[Outcome]:
        """Take each file among the `parts` of a form into the feed, if a push of it were taken.

        One that is refused keeps none of the others out. Fields that are no files,
        or for which none was chosen, are passed over. Nothing is raised that is a
        refusal.
        """
        try:
            for number, part in enumerate(part for part in parts if part.filename):
                if number == MOST_FILES:
                    why = f"One form takes {MOST_FILES} files; upload the rest by another"
                    yield Outcome(file=part.filename, refusal=FieldRefused("packages", why))
                    return
                outcome = self._one(person, part, now)
                yield outcome
                if isinstance(outcome.refusal, NOTHING_FOLLOWS):
                    return
        except (BadPackage, *NOTHING_FOLLOWS) as refusal:
            yield Outcome(file="", refusal=refusal)

    def _one(self, person: Person, part: Part, now: datetime) -> Outcome:
        push = self._symbols.receive if _symbols(part.filename) else self._publishing.receive
        try:
            record = push(person, part.content, "", now)
        except Refusal as refusal:
            return Outcome(file=part.filename, refusal=refusal)
        return Outcome(file=part.filename, record=record)


def _symbols(filename: str) -> bool:
    return filename.lower().endswith(SYMBOLS)
