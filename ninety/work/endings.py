"""Noting the end of keys that simply ran out, which nobody does and nobody is there for."""

from datetime import datetime

from ninety.rules import wording
from ninety.rules.audit import Did
from ninety.store.keyring import Keyring
from ninety.store.site import Site
from ninety.work.auditing import Trail

NOTED = "ends-noted"
"""The instant in the site's facts up to which ends are noted."""


class Endings:
    """Puts each key's end into the trail once, however long nobody was looking."""

    def __init__(self, keyring: Keyring, site: Site, trail: Trail) -> None:
        self._keyring = keyring
        self._site = site
        self._trail = trail

    def note(self, now: datetime) -> int:
        """Note the keys that ended since the last time; how many there were.

        A feed that never did begins now. The lines come first, so that a crash
        in between repeats some and loses none.
        """
        since = self._site.instant(NOTED) or now
        ended = [key for key in self._keyring.ending_between(since, now) if key.revoked_at is None]
        for key in ended:
            about = f"It ended {wording.utc(key.expires_at)}."
            self._trail.note(Did.KEY_EXPIRED, now, key=key, about=about)
        self._site.note(NOTED, max(since, now))
        return len(ended)
