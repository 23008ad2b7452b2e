"""What the mail about a key's end tells: everything known of the key, gathered as it is written."""

from collections.abc import Callable, Sequence
from datetime import datetime

from ninety.rules import calendar, rotation, scopes, wording
from ninety.rules.delivery import ReminderFacts, Replacement
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.rules.policy import InForce
from ninety.rules.reminders import Reminder
from ninety.rules.uses import Use
from ninety.store.accounts import Accounts
from ninety.store.keyring import Keyring
from ninety.store.site import Site


class Telling:
    """Looks everything up afresh for each mail, which `compose` makes of it.

    `uses` gives the last uses of a key by its id, `unsubscribe` the link that ends
    the reminders of a key to an address, or nothing.
    """

    def __init__(
        self,
        *,
        accounts: Accounts,
        keyring: Keyring,
        site: Site,
        uses: Callable[[str], Sequence[Use]],
        base_url: Callable[[], str],
        compose: Callable[[ReminderFacts], bytes],
        unsubscribe: Callable[[ApiKey, str], str],
        policy: InForce,
    ) -> None:
        self._accounts = accounts
        self._keyring = keyring
        self._site = site
        self._uses = uses
        self._base_url = base_url
        self._compose = compose
        self._unsubscribe = unsubscribe
        self._policy = policy

    def write(self, row: Reminder, key: ApiKey, recipient: str, now: datetime) -> bytes:
        """The whole mail of `row` about `key` to `recipient`, as of `now`."""
        return self._compose(self.facts(row, key, recipient, now))

    def facts(self, row: Reminder, key: ApiKey, recipient: str, now: datetime) -> ReminderFacts:
        """All that the mail of `row` says of `key` to `recipient`, as of `now`."""
        owner = self._accounts.get(key.owner)
        reader = self._accounts.by_email(recipient) or owner
        zone = reader.timezone if reader else "UTC"
        feed = self._base_url()
        return ReminderFacts(
            reminder_id=row.id,
            key_id=key.id,
            key_name=key.name,
            key_prefix=key.prefix,
            note=key.note,
            owner_email=owner.email if owner else "",
            recipient=recipient,
            zone=zone,
            due_at=row.due_at,
            expires_at=row.expires_at,
            stops_at=key.stops_at,
            made_at=key.issued_at,
            now=now,
            key_page=_page(feed, key),
            feed=feed,
            may=scopes.said(key.actions, key.packages),
            what_stops=scopes.what_stops(key.actions),
            last_used=self._last_used(key.id, zone, now),
            install_id=self._site.install_id(),
            instead=_instead(key, owner, recipient),
            replacement=self._replacement(key, feed),
            calendar=self._event(key, owner, feed, now),
            unsubscribe=self._unsubscribe(key, recipient),
        )

    def _last_used(self, key_id: str, zone: str, now: datetime) -> str:
        last = next(iter(self._uses(key_id)), None)
        return f"{wording.ago(now - last.at)}: {wording.used(last, zone)}" if last else "never"

    def _event(self, key: ApiKey, owner: Person | None, feed: str, now: datetime) -> str:
        """The end of the key for a calendar, while it is still to come."""
        if now >= key.stops_at:
            return ""
        return calendar.of_one(
            key,
            self._keyring.get(key.successor) if key.successor else None,
            owner.email if owner else "",
            self._site.install_id(),
            _page(feed, key),
            self._policy().warn,
            now,
        )

    def _replacement(self, key: ApiKey, feed: str) -> Replacement | None:
        line = list(rotation.successors(key, self._keyring.get))
        if not line:
            return None
        newest = line[-1]
        return Replacement(
            rotated_at=line[0].made_at,
            prefix=newest.prefix,
            page=_page(feed, newest),
            revoked_at=newest.revoked_at,
        )


def _instead(key: ApiKey, owner: Person | None, recipient: str) -> str:
    """Why the mail goes to `recipient` and not to the owner; empty where it is theirs."""
    if owner is not None and recipient == owner.email:
        return ""
    return "which the key names for it" if key.contact else "since no mail reaches its owner"


def _page(feed: str, key: ApiKey) -> str:
    return f"{feed}/account/keys/{key.id}"
