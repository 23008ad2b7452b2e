"""What is down, since when, and whether anybody is being told of ending keys."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from ninety.rules import wording
from ninety.store.site import Site
from ninety.work.auditing import Trail

# Looked at again this often, in seconds, by each process that shows pages.
LOOK_AGAIN = 5.0


class Health:
    """Looks at Redis and remembers with the site when things went down."""

    def __init__(
        self,
        site: Site,
        queue_answers: Callable[[], bool],
        scan_minutes: int,
        zone: str,
        trail: Trail,
    ) -> None:
        self._site = site
        self._queue_answers = queue_answers
        self._overdue = timedelta(minutes=3 * scan_minutes)
        self._zone = zone
        self._trail = trail
        self._lock = threading.Lock()
        self._looked_at = float("-inf")

    def look(self, now: datetime) -> None:
        """Ask Redis whether it is there, and note when it stopped or came back."""
        if self._queue_answers():
            self._site.note_end("queue-down")
        else:
            self._site.note_start("queue-down", now)

    def banners(self, now: datetime, zone: str = "") -> list[str]:
        """What is down, a sentence each, with dates in `zone`; empty while all is well."""
        self._look_now_and_then(now)
        zone = zone or self._zone
        sentences = []
        if (down := self._site.instant("queue-down")) is not None:
            sentences.append(
                f"Redis is down since {wording.local(down, zone)}: reminder mail waits; "
                "pushes and reads go on."
            )
        if (down := self._site.instant("mail-down")) is not None:
            sentences.append(
                f"The mail server is down since {wording.local(down, zone)} "
                f"({self._site.why('mail-down')}): reminder mail waits."
            )
        scan = self._site.instant("scan")
        if scan is not None and now - scan > self._overdue:
            sentences.append(
                f"Nobody has looked for ending keys since {wording.local(scan, zone)}: "
                "the e-mail worker is not running."
            )
        if (trouble := self._trail.trouble) is not None:
            sentences.append(
                f"The audit trail cannot be written since {wording.local(trouble.since, zone)} "
                f"({trouble.why}): what happens is done, but not noted."
            )
        return sentences

    def _look_now_and_then(self, now: datetime) -> None:
        with self._lock:
            if time.monotonic() - self._looked_at < LOOK_AGAIN:
                return
            self._looked_at = time.monotonic()
        self.look(now)
