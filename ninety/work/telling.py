"""What the mail about a key's end tells: everything known of the key, gathered as it is written."""

from collections.abc import Callable, Sequence
from datetime import datetime

from ninety.rules import scopes, wording
from ninety.rules.delivery import ReminderFacts
from ninety.rules.keys import ApiKey
from ninety.rules.reminders import Reminder
from ninety.rules.uses import Use
from ninety.store.accounts import Accounts
from ninety.store.site import Site


class Telling:
    """Looks everything up afresh for each mail, which `compose` makes of it.

    `uses` gives the last uses of a key by its id.
    """

    def __init__(
        self,
        *,
        accounts: Accounts,
        site: Site,
        uses: Callable[[str], Sequence[Use]],
        base_url: Callable[[], str],
        compose: Callable[[ReminderFacts], bytes],
    ) -> None:
        self._accounts = accounts
        self._site = site
        self._uses = uses
        self._base_url = base_url
        self._compose = compose

    def write(self, row: Reminder, key: ApiKey, recipient: str, now: datetime) -> bytes:
        """The whole mail of `row` about `key` to `recipient`, as of `now`."""
        return self._compose(self.facts(row, key, recipient, now))

    def facts(self, row: Reminder, key: ApiKey, recipient: str, now: datetime) -> ReminderFacts:
        """All that the mail of `row` says of `key` to `recipient`, as of `now`."""
        owner = self._accounts.get(key.owner)
        zone = owner.timezone if owner else "UTC"
        feed = self._base_url()
        return ReminderFacts(
            reminder_id=row.id,
            key_id=key.id,
            key_name=key.name,
            key_prefix=key.prefix,
            owner_email=owner.email if owner else "",
            recipient=recipient,
            zone=zone,
            expires_at=row.expires_at,
            made_at=key.issued_at,
            now=now,
            key_page=f"{feed}/account/keys/{key.id}",
            feed=feed,
            may_push=scopes.said(key.actions, key.packages),
            may_read=scopes.READ in key.actions,
            last_used=self._last_used(key.id, zone),
            install_id=self._site.install_id(),
        )

    def _last_used(self, key_id: str, zone: str) -> str:
        return next((wording.used(use, zone) for use in self._uses(key_id)), "never")
