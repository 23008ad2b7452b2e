"""Every point at which a worker that sends reminders can die: each step on the ledger's disk, each
line of the conversation with the mail server.
"""

import os
import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from ninety.store.documents import Collection, Documents

LEDGER = "reminders"


@contextmanager
def watched(reached: Callable[[str], None]) -> Iterator[None]:
    """Within the block, tell `reached` each point by its name, in the thread that is there."""
    here = threading.local()
    change, replace = Collection.change, os.replace
    send, getreply = smtplib.SMTP.send, smtplib.SMTP.getreply

    def noted_change(self: Collection, ids: Any, fn: Callable[[Documents], Documents]) -> Documents:
        if self.path.stem != LEDGER:
            return change(self, ids, fn)

        def noted(found: Documents) -> Documents:
            changed = fn(found)
            here.states = _states(changed)
            return changed

        written = change(self, ids, noted)
        if written:
            reached(f"{here.states} is on disk")
        return written

    def noted_replace(source: Any, target: Any, **more: Any) -> None:
        if os.path.basename(target) == f"{LEDGER}.json":
            reached(f"{here.states} is written beside the ledger")
        replace(source, target, **more)

    def noted_send(self: smtplib.SMTP, said: Any) -> None:
        send(self, said)
        line = _line(said)
        here.line = "" if line == "QUIT" else line  # nobody waits for the answer to QUIT
        reached(f"{line} is said")

    def noted_getreply(self: smtplib.SMTP) -> tuple[int, bytes]:
        answer = getreply(self)
        line = getattr(here, "line", "")
        reached(f"{line} is answered" if line else "the greeting is heard")
        return answer

    with (
        mock.patch.object(Collection, "change", noted_change),
        mock.patch.object(os, "replace", noted_replace),
        mock.patch.object(smtplib.SMTP, "send", noted_send),
        mock.patch.object(smtplib.SMTP, "getreply", noted_getreply),
    ):
        yield


def _states(changed: Documents) -> str:
    states = sorted({row["state"] for row in changed.values() if row is not None})
    return " and ".join(states) or "the archiving"


def _line(said: bytes | str) -> str:
    """What a line of the conversation is, in a word."""
    text = said if isinstance(said, str) else said.decode("ascii", "replace")
    if text == ".\r\n":
        return "the final dot"
    verb = text.split(maxsplit=1)[0].upper()
    return verb if verb in ("EHLO", "MAIL", "RCPT", "DATA", "QUIT", "RSET") else "the message"
