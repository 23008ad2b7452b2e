"""The functions RQ runs: look for what is due, and send what was found.

Redis is only the alarm clock. A job about reminders carries row ids and nothing
else, runs once and is never retried by RQ: what is still to be done stands in the
ledger, and the next scan finds it there. A mail about an account is sent once,
and whoever misses it asks again; its job carries no secret.
"""

import functools
import logging
import os

from ninety import queue
from ninety.processes import stopping
from ninety.rules.audit import By, Origin
from ninety.settings import Settings
from ninety.wiring import Ninety, open_ninety
from ninety.work import auditing

log = logging.getLogger(__name__)

# Rows per job: starting a job costs about as much as one quick mail.
BATCH = 20


def scan(send: bool = True) -> None:
    """Bring the ledger up to date, and ask for what is due to be sent.

    `send` is false right after the clock jumped: then only the rows are written,
    and the next scan sends.
    """
    ninety = _open()
    ninety.endings.note(ninety.clock())
    found = ninety.reminding.scan(ninety.clock())
    leaked = ninety.leak_mail.scan(ninety.clock())
    log.info("Scanned: %d rows changed, %d to be sent", found.written, len(found.ready))
    if not send:
        return
    with queue.connection(ninety.settings) as redis:
        for job, ids in ((tell_of_leaks, leaked), (remind, found.ready)):
            for start in range(0, len(ids), BATCH):
                queue.enqueue(redis, job, list(ids[start : start + BATCH]))


def remind(ids: list[str]) -> None:
    """Send the reminders `ids`, as far as they are still to be sent.

    Asked to end, the worker finishes the mail under way and gives the others back.
    """
    ninety = _open()
    for row in ninety.sending.remind(ids, ninety.clock, stopping.asked.is_set):
        log.info("Reminder %s is %s", row.id, row.state)


def tell_of_leaks(ids: list[str]) -> None:
    """Send the mails `ids` about keys that were reported as leaked, as `remind` does."""
    ninety = _open()
    for row in ninety.leak_sending.remind(ids, ninety.clock, stopping.asked.is_set):
        log.info("The mail about the leaked key %s is %s", row.key_id, row.state)


def send_reset(email: str, address: str) -> None:
    """Mail a link to choose a new password, if `email` is the address of an account.

    `address` is the network address it was asked for from.
    """
    _open().password_reset.send(email, address)


def tell_old_address(person_id: str, old: str) -> None:
    """Tell the address `old` that the person's account has another one now."""
    _open().account_post.send_to_old_address(person_id, old)


def _open() -> Ninety:
    auditing.comes_from(Origin(By.WORKER))
    return _joined()


@functools.cache
def _joined() -> Ninety:
    """The product, joined once for all jobs of this process: its stores notice every change."""
    return open_ninety(Settings.from_environment(os.environ))
