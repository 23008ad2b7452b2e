"""How the feed is doing, a sentence about each part of it, with a mark.

The facts are looked at elsewhere (`work/condition.py`); what they mean to an
admin is decided here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ninety.rules import addresses, wording

PACKAGES_OF_ROOM = 4
"""Little room is left where fewer packages of the largest size than this would fit."""

UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


class Mark(StrEnum):
    """How a part is doing: all right, to be looked at, or not working."""

    WELL = "living"
    WARNS = "warns"
    BREAKS = "breaks"


@dataclass(frozen=True, slots=True)
class Sign:
    """One sentence about one part of the feed."""

    about: str
    mark: Mark
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What Redis tells of itself: its `program` with version, how long it is up, its jobs.

    `worker_heard` is when a worker was last heard of, None where there is none.
    """

    program: str
    up_for: timedelta
    waiting: int
    worker_heard: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Bytes: what the data folder holds, and what is `free` on its disk.

    `whole` is false where there was no time to count everything.
    """

    used: int
    whole: bool
    free: int


@dataclass(frozen=True, slots=True)
class Noted:
    """When something last happened, and what was said then."""

    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The mail server that is set, empty for none, and what is noted of it."""

    server: str
    accepted: Noted | None
    trouble: Noted | None
    down: Noted | None


def size(number: int) -> str:
    """`1.2 GB`: bytes for people, a thousand to the next unit."""
    amount, unit = float(number), 0
    while amount >= 1000 and unit < len(UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.1f} {UNITS[unit]}" if unit else f"{number} bytes"


def of_queue(queue: Queue | None, now: datetime, zone: str) -> Sign:
    """About Redis; `queue` is None while it does not answer."""
    if queue is None:
        said = "Redis does not answer: reminder mail waits; pushes and reads go on."
        return Sign("Queue", Mark.BREAKS, said)
    since = wording.local(now - queue.up_for, zone)
    waiting = (
        f"{wording.counted(queue.waiting, 'job')} waiting" if queue.waiting else "no job waits"
    )
    return Sign("Queue", Mark.WELL, f"{queue.program} is up since {since}; {waiting}.")


def of_web(processes: int, began: datetime, zone: str) -> Sign:
    """About the web processes; the one that asks `began` then."""
    which = "The web process" if processes == 1 else f"One of {processes} web processes"
    said = f"{which} made this page; it runs since {wording.local(began, zone)}."
    return Sign("Web", Mark.WELL, said)


def of_worker(
    queue: Queue | None, scan: datetime | None, overdue: timedelta, now: datetime, zone: str
) -> Sign:
    """About the e-mail worker, which should have looked for ending keys `overdue` ago at most."""
    last = f"looked for ending keys {wording.local(scan, zone)}" if scan else "has not looked yet"
    heard = queue.worker_heard if queue else None
    if scan is not None and now - scan > overdue:
        return Sign("E-mail worker", Mark.BREAKS, f"It is not running: it last {last}.")
    if queue is not None and heard is None:
        said = f"None is at the queue; it last {last}." if scan else "None is at the queue yet."
        return Sign("E-mail worker", Mark.BREAKS, said)
    if scan is None:
        return Sign("E-mail worker", Mark.WARNS, f"It {last}.")
    if heard is None:
        return Sign("E-mail worker", Mark.WARNS, f"It last {last}.")
    said = f"It was heard of {wording.local(heard, zone)}, and last {last}."
    return Sign("E-mail worker", Mark.WELL, said)


def of_mail(mail: Mail, zone: str) -> Sign:
    """About the mail server."""
    if not mail.server:
        said = "There is no mail server: nobody is being told of ending keys. Set MAIL_SERVER."
        return Sign("Mail", Mark.WARNS, said)
    accepted = (
        f"{mail.server} last accepted a mail {wording.local(mail.accepted.at, zone)}"
        if mail.accepted
        else f"{mail.server} has not accepted a mail yet"
    )
    if mail.down is not None:
        since = wording.local(mail.down.at, zone)
        why = f"({mail.down.why}): reminder mail waits."
        return Sign("Mail", Mark.BREAKS, f"{mail.server} is out of reach since {since} {why}")
    if mail.trouble is None:
        return Sign("Mail", Mark.WELL, f"{accepted}.")
    trouble = f"The last trouble was {wording.local(mail.trouble.at, zone)}: {mail.trouble.why}."
    later = mail.accepted is None or mail.accepted.at < mail.trouble.at
    return Sign("Mail", Mark.WARNS if later else Mark.WELL, f"{accepted}. {trouble}")


def of_room(room: Room, largest: int) -> Sign:
    """About the disk; `largest` is the size in bytes that a package may have."""
    used = f"The data folder holds {'' if room.whole else 'more than '}{size(room.used)}"
    free = f"{size(room.free)} are free on its disk"
    if room.free >= PACKAGES_OF_ROOM * largest:
        return Sign("Disk", Mark.WELL, f"{used}; {free}.")
    fit = room.free // largest
    left = f"room for {wording.counted(fit, 'package')} of the largest size" if fit else "no room"
    return Sign("Disk", Mark.WARNS, f"{used}; only {free}, {left}. A full disk refuses pushes.")


def of_address(set_for_it: str, told: str, asked_at: str) -> Sign:
    """About the address in mails.

    `set_for_it` is the one that was set, or empty; `told` is what mails say;
    `asked_at` is how this page was reached.
    """
    if addresses.is_loopback(told):
        said = (
            f"Links in mails work only on this machine: they lead to {told}. "
            "Set NINETY_BASE_URL to the address that others reach the feed at."
        )
        return Sign("Address", Mark.WARNS, said)
    if not set_for_it:
        said = f"Links in mails lead to {told}, where the feed listens; NINETY_BASE_URL is not set."
        return Sign("Address", Mark.WARNS, said)
    if told == asked_at:
        return Sign("Address", Mark.WELL, f"Links in mails lead to {told}, as you came here.")
    said = f"Links in mails lead to {told}. You came by {asked_at}, so this does not prove them."
    return Sign("Address", Mark.WELL if addresses.is_loopback(asked_at) else Mark.WARNS, said)


def of_index(counted: tuple[int, int] | None) -> Sign:
    """About the index, with how many ids and versions are in it; None while it is being made."""
    if counted is None:
        said = "It is being made anew from the packages; reads wait a little."
        return Sign("Index", Mark.WARNS, said)
    ids, versions = counted
    said = (
        f"{wording.counted(ids, 'package')} and {wording.counted(versions, 'version')} are in it."
    )
    return Sign("Index", Mark.WELL, said)


def of_trail(trouble: Noted | None, zone: str) -> Sign:
    """About the audit trail; `trouble` is since when and why it cannot be written."""
    if trouble is None:
        return Sign("Audit trail", Mark.WELL, "It is being written.")
    since = wording.local(trouble.at, zone)
    said = f"It cannot be written since {since} ({trouble.why}): what happens is done, not noted."
    return Sign("Audit trail", Mark.BREAKS, said)
