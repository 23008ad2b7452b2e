"""The people of a feed, and what their addresses and time zones must look like."""

import re
import unicodedata
import zoneinfo
from dataclasses import dataclass, replace
from datetime import datetime

from ninety.rules.errors import FieldRefused
from ninety.rules.reading_links import Kind, ReadingLink
from ninety.rules.two_factor import TwoFactor

LEAST_PASSWORD = 10
MOST_PASSWORD = 1000
MOST_NAME = 100
NO_LINK = ReadingLink()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person. `sign_ins` counts up to end every session they have.

    `name` is what they want to be called, and may be empty or anybody's: who they
    are is said by `email`.

    `wants_reminders` is false for those who opted out of reminder mail; `opt_ins`
    counts how often they changed their mind, and raising it ends the links to opt
    out in the mails before.

    `two_factor` is what signing in asks for after the password, None where it asks for
    nothing more.

    `calendar` and `news` are the secret links that programs read by.
    """

    id: str
    email: str
    password_hash: str
    made_at: datetime
    name: str = ""
    admin: bool = False
    timezone: str = "UTC"
    disabled_at: datetime | None = None
    sign_ins: int = 0
    wants_reminders: bool = True
    opt_ins: int = 0
    calendar: ReadingLink = NO_LINK
    news: ReadingLink = NO_LINK
    two_factor: TwoFactor | None = None

    def link(self, kind: Kind) -> ReadingLink:
        """Their link of a kind."""
        return self.calendar if kind is Kind.CALENDAR else self.news

    def with_link(self, kind: Kind, link: ReadingLink) -> "Person":
        """The person with another link of a kind."""
        if kind is Kind.CALENDAR:
            return replace(self, calendar=link)
        return replace(self, news=link)

    @property
    def called(self) -> str:
        """What to call them where they are known: by name, or else by address."""
        return self.name or self.email

    @property
    def said(self) -> str:
        """Who they are, for others: never by a name alone, which anybody could take."""
        return f"{self.name} ({self.email})" if self.name else self.email


def check_email(address: str) -> str:
    """An e-mail address as kept: one at-sign, a host, one line. Raises FieldRefused.

    Whether it can be delivered to, only a mail tells; this refuses what would
    break a header or an SMTP command (RFC 5321 section 4.1.2, leniently).
    """
    address = unicodedata.normalize("NFC", address).strip()
    fits = re.fullmatch(r"[^\s@<>(),;:\\\"\[\]]{1,64}@[^\s@<>(),;:\\\"\[\]]{1,190}", address)
    if not fits or not address.isprintable() or ".." in address or address.endswith("."):
        raise FieldRefused("email", "This is not an e-mail address, such as alice@example.org")
    return address


def can_get_mail(address: str) -> bool:
    """Whether mail to `address`, as kept, could ever arrive.

    Nothing below `invalid` exists (RFC 6761 section 6.4), which makes it the
    place for accounts of machines; nor does a domain that has no form in ASCII
    (RFC 3490), such as one with a label of more than 63 characters.
    """
    try:
        domain = address.rpartition("@")[2].encode("idna").decode("ascii").lower()
    except UnicodeError:
        return False
    return domain.rpartition(".")[2] != "invalid"


def email_identity(address: str) -> str:
    """What makes two addresses the same person's: letter case does not count."""
    return unicodedata.normalize("NFKC", address).casefold()


def check_name(name: str) -> str:
    """What a person wants to be called, on one line, or nothing. Raises FieldRefused.

    Letters that cannot be seen are refused: they turn the direction of a line, or
    make two names look the same.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name.isprintable():
        raise FieldRefused("name", "A name is one line of letters that can be seen")
    if len(name) > MOST_NAME:
        raise FieldRefused("name", f"A name has at most {MOST_NAME} characters")
    return name


def check_password(password: str) -> str:
    """A password worth keeping a hash of: long rather than odd. Raises FieldRefused.

    How easily it is guessed is judged in `work/password_strength.py`.
    """
    if len(password) < LEAST_PASSWORD:
        raise FieldRefused("password", f"A password has at least {LEAST_PASSWORD} characters")
    if len(password) > MOST_PASSWORD:
        raise FieldRefused("password", f"A password has at most {MOST_PASSWORD} characters")
    if any("\ud800" <= letter <= "\udfff" for letter in password):
        raise FieldRefused("password", "This password was not read whole; type it once more")
    return password


def check_timezone(name: str) -> str:
    """An IANA time zone name such as Europe/Berlin. Raises FieldRefused."""
    if name not in zoneinfo.available_timezones():
        raise FieldRefused("timezone", "Choose a time zone from the list, such as Europe/Berlin")
    return name
