"""What happened in the feed, as the audit trail tells it: one event, and which are wanted.

An event names people by id and by the address they had then, and keys by id,
name and prefix, so that it stays readable when they are gone. Nothing in it is
secret: no key, password or token, and not what a stranger typed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ninety.rules import instants
from ninety.rules.people import email_identity
from ninety.rules.secrets import PATTERN

LONGEST_ABOUT = 400
"""Characters of the sentence in an event; of every other field too."""

SLACK = timedelta(days=1)
"""By how much a line may stand out of order, where the clock was put right in between."""


class Did(StrEnum):
    """What can happen."""

    KEY_MADE = "key made"
    KEY_ADOPTED = "key adopted"
    KEY_FIRST_USED = "key first used"
    KEY_REGENERATED = "key regenerated"
    KEY_ROTATED = "key rotated"
    ROTATION_REFUSED = "rotation refused"
    """A retired secret tried to rotate although its successor is in use: somebody has a copy."""
    KEY_REVOKED = "key revoked"
    KEY_EXPIRED = "key expired"
    KEY_REFUSED = "key refused"
    """A genuine secret was refused, or had no right to what was asked."""
    STRANGE_KEYS_REFUSED = "strange keys refused"
    """Secrets that no key here has or ever had; counted, not told one by one."""
    KEY_REPORTED = "key reported"
    KEY_SCOPE_CHANGED = "key scope changed"
    KEY_NOTE_CHANGED = "key note changed"
    KEY_CONTACT_CHANGED = "key contact changed"
    KEY_SPREAD = "key spread"
    KEY_HANDED_OVER = "key handed over"
    VERSION_PUSHED = "version pushed"
    SYMBOLS_PUSHED = "symbols pushed"
    VERSION_UNLISTED = "version unlisted"
    VERSION_RELISTED = "version relisted"
    VERSION_DEPRECATED = "version deprecated"
    VERSION_UNDEPRECATED = "version undeprecated"
    VERSION_DELETED = "version deleted"
    PACKAGES_IMPORTED = "packages imported"
    OWNER_ADDED = "owner added"
    OWNER_REMOVED = "owner removed"
    SIGNED_IN = "signed in"
    SIGN_IN_FAILED = "sign-in failed"
    SIGNED_OUT = "signed out"
    PERSON_ADDED = "person added"
    PERSON_DISABLED = "person disabled"
    PERSON_ENABLED = "person enabled"
    PERSON_REMOVED = "person removed"
    ADMIN_MADE = "made an admin"
    ADMIN_UNMADE = "admin no more"
    PASSWORD_SET = "password set"
    RESET_ASKED = "password reset asked"
    """A link to choose a new password was made and mailed."""
    TWO_FACTOR_ON = "two-factor on"
    TWO_FACTOR_OFF = "two-factor off"
    RECOVERY_CODES_MADE = "recovery codes made"
    RECOVERY_CODE_USED = "recovery code used"
    SESSION_ENDED = "session ended"
    """A person ended one of their sessions from their list of them."""
    SESSIONS_ENDED = "sessions ended"
    """A person signed themselves out everywhere but where they did."""
    PERSON_INVITED = "person invited"
    INVITATION_REVOKED = "invitation revoked"
    ADDRESS_CHANGED = "address changed"
    """A person's e-mail address, by themselves."""
    CALENDAR_LINK_MADE = "calendar link made"
    CALENDAR_LINK_REVOKED = "calendar link revoked"
    NEWS_LINK_MADE = "news link made"
    NEWS_LINK_REVOKED = "news link revoked"
    REMINDERS_SWITCHED_OFF = "reminders switched off"
    REMINDERS_SWITCHED_ON = "reminders switched on"
    POLICY_CHANGED = "policy changed"
    REMINDER_SENT = "reminder sent"
    REMINDER_REOPENED = "reminder reopened"
    """A person asked for a reminder to be sent again."""
    LEAK_MAIL_SENT = "leak mail sent"
    """The mail that tells of a reported key."""
    EVENTS_LOST = "events lost"
    """The trail could not be written for a while."""


class By(StrEnum):
    """What kind of visitor an event came from."""

    PAGE = "page"
    CLIENT = "client"
    COMMAND = "command"
    WORKER = "worker"
    START = "start"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person as of an event; `email` stays what it was then."""

    id: str
    email: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where what happens comes from.

    A network address and a program's name, where there is one, and who is signed
    in there. By a command, `client` is the machine's own account that runs it.
    """

    by: By
    address: str = ""
    client: str = ""
    person: Somebody | None = None


@dataclass(frozen=True, slots=True)
class KeyNamed:
    """A key as of an event."""

    id: str
    name: str
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. What is not known or does not apply is empty.

    `who` did it, to `whom` where that is somebody else's account.
    """

    at: datetime
    what: str
    by: str = ""
    who: Somebody | None = None
    whom: Somebody | None = None
    key: KeyNamed | None = None
    package: str = ""
    version: str = ""
    address: str = ""
    client: str = ""
    about: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a line of the trail holds it; what is empty is left out."""
        whole: dict[str, Any] = {
            "at": instants.text(self.at),
            "what": str(self.what),
            "who": _told(self.who),
            "whom": _told(self.whom),
            "key": self.key
            and {"id": self.key.id, "name": self.key.name, "prefix": self.key.prefix},
            "package": self.package,
            "version": self.version,
            "by": str(self.by),
            "from": self.address,
            "client": self.client,
            "about": self.about,
        }
        return {field: value for field, value in whole.items() if value}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Event":
        """What `to_json` wrote, by this version of Ninety or another.

        Raises KeyError, TypeError or ValueError for anything else.
        """
        key = kept.get("key")
        return cls(
            at=instants.parse(kept["at"]),
            what=str(kept["what"]),
            by=str(kept.get("by", "")),
            who=_somebody(kept.get("who")),
            whom=_somebody(kept.get("whom")),
            key=KeyNamed(str(key["id"]), str(key["name"]), str(key["prefix"])) if key else None,
            package=str(kept.get("package", "")),
            version=str(kept.get("version", "")),
            address=str(kept.get("from", "")),
            client=str(kept.get("client", "")),
            about=str(kept.get("about", "")),
        )


def _told(one: Somebody | None) -> dict[str, str] | None:
    return {"id": one.id, "email": one.email} if one else None


def _somebody(kept: dict[str, Any] | None) -> Somebody | None:
    return Somebody(str(kept["id"]), str(kept["email"])) if kept else None


def one_line(text: str) -> str:
    """`text` as an event may hold it: letters that can be seen, on one line, not too many.

    A secret of a key here is cut to its prefix, whoever put it into whatever text.
    """
    text = PATTERN.sub(r"n90_\1_...", text)
    seen = "".join(letter if letter.isprintable() else " " for letter in text[: 2 * LONGEST_ABOUT])
    return " ".join(seen.split())[:LONGEST_ABOUT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events somebody wants to see; an empty field asks for nothing.

    `person` is the address or the id of who did it or had it done to them, `key` an
    id or a name, `package` an id in any case, `what` a word or more of what
    happened; none is older than `since`.
    """

    person: str = ""
    key: str = ""
    package: str = ""
    what: str = ""
    since: datetime | None = None

    def wants(self, event: Event) -> bool:
        """Whether `event` is one of them."""
        return (
            (not self.person or any(_is(one, self.person) for one in (event.who, event.whom)))
            and (not self.key or _is_key(event, self.key))
            and (not self.package or event.package.casefold() == self.package.casefold())
            and self.what.casefold() in event.what.casefold()
            and (self.since is None or event.at >= self.since)
        )

    def ends_before(self, event: Event) -> bool:
        """Whether nothing that stands before `event` in the trail can be wanted."""
        return self.since is not None and event.at < self.since - SLACK


def _is(one: Somebody | None, person: str) -> bool:
    return one is not None and (
        one.id == person or email_identity(one.email) == email_identity(person)
    )


def _is_key(event: Event, key: str) -> bool:
    named = event.key
    return named is not None and (named.id == key or named.name.casefold() == key.casefold())
