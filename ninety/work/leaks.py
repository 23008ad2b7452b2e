"""Keys whose secret somebody found where it should not be: stopped at once, for good.

The key keeps when it was reported and where it was seen, in the same write that
revokes it. That alone decides that its owner is to be told; the mail comes
after, from the worker (`leak_mail.py`), whatever happens in between.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from ninety.rules import addresses, instants, secrets
from ninety.rules.audit import Did
from ninety.rules.errors import KeyMistyped, TooManyReports
from ninety.rules.keys import ApiKey
from ninety.rules.leaks import SHOWN, Report
from ninety.rules.people import Person
from ninety.rules.secrets import Presented
from ninety.store.accounts import Accounts
from ninety.store.keyring import Keyring
from ninety.work.auditing import Trail
from ninety.work.turns import Turns

# Each report may carry a hundred secrets, so an honest finder needs few.
MOST_REPORTS = 30
PERIOD = timedelta(minutes=15)


class Leaks:
    """Takes reports from anybody; `pepper` is what adopted secrets are digested under."""

    def __init__(self, keyring: Keyring, accounts: Accounts, trail: Trail, pepper: bytes) -> None:
        self._keyring = keyring
        self._accounts = accounts
        self._trail = trail
        self._pepper = pepper
        self._turns = Turns(MOST_REPORTS, PERIOD, TooManyReports)

    def admit(self, address: str, now: datetime) -> None:
        """Count a report from a network address. Raises TooManyReports."""
        self._turns.take(addresses.neighbourhood(address), now)

    def report(self, report: Report, now: datetime) -> list[ApiKey]:
        """Revoke every key of which `report` holds the present secret, in one write.

        Returns them, which is nothing to tell whoever reported. A key that has
        stopped already stays as it is; one that waits for an end, or whose owner is
        disabled, is revoked too, for it could come to life. Raises DiskFull, OSError.
        """
        reported_at = instants.whole(now)

        def stop(key: ApiKey) -> ApiKey | None:
            if not key.endless and not key.alive(now):
                return None
            return replace(
                key, revoked_at=reported_at, reported_at=reported_at, found_at=report.found_at
            )

        presented = [one for secret in report.secrets if (one := self._presented(secret))]
        stopped = self._keyring.change_presented(presented, stop)
        about = f"Found at: {report.found_at}" if report.found_at else ""
        for key in stopped:
            owner = self._accounts.get(key.owner)
            self._trail.note(Did.KEY_REPORTED, now, person=owner, key=key, about=about)
        return stopped

    def of(self, person: Person, now: datetime) -> list[ApiKey]:
        """The keys of a person that were reported lately, the latest first."""
        mine = [key for key in self._keyring.of(person.id) if key.reported_at]
        recent = [key for key in mine if (key.reported_at or now) + SHOWN > now]
        return sorted(recent, key=lambda key: key.reported_at or now, reverse=True)

    def _presented(self, secret: str) -> Presented | None:
        try:
            return secrets.read(secret, self._pepper)
        except KeyMistyped:
            return None  # no key has, or ever had, a secret whose checksum does not fit
