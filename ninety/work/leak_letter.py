"""What the mail about a leaked key tells: all that is known of it, gathered as it is written."""

from collections.abc import Callable, Sequence
from datetime import datetime

from ninety.rules import leaks, scopes, wording
from ninety.rules.errors import IndexRebuilding
from ninety.rules.keys import ApiKey
from ninety.rules.leaks import LeakFacts
from ninety.rules.reminders import Reminder
from ninety.rules.uses import Use
from ninety.store.accounts import Accounts
from ninety.store.index import Index
from ninety.store.site import Site

MOST_USES = 5
MOST_VERSIONS = 20


class LeakLetter:
    """Looks everything up afresh for each mail, which `compose` makes of it.

    `uses` gives the last uses of a key by its id.
    """

    def __init__(
        self,
        *,
        accounts: Accounts,
        index: Index,
        site: Site,
        uses: Callable[[str], Sequence[Use]],
        base_url: Callable[[], str],
        compose: Callable[[LeakFacts], bytes],
    ) -> None:
        self._accounts = accounts
        self._index = index
        self._site = site
        self._uses = uses
        self._base_url = base_url
        self._compose = compose

    def write(self, row: Reminder, key: ApiKey, recipient: str, now: datetime) -> bytes:
        """The whole mail of `row` about `key` to `recipient`, as of `now`."""
        owner = self._accounts.get(key.owner)
        zone = owner.timezone if owner else "UTC"
        feed = self._base_url()
        return self._compose(
            LeakFacts(
                key_id=key.id,
                key_name=key.name,
                key_prefix=key.prefix,
                key_note=key.note,
                owner_email=owner.email if owner else "",
                recipient=recipient,
                zone=zone,
                reported_at=row.expires_at,
                found_at=key.found_at,
                now=now,
                key_page=f"{feed}/account/keys/{key.id}",
                make_page=f"{feed}/account/keys/make",
                feed=feed,
                may=scopes.said(key.actions, key.packages),
                what_stops=scopes.what_stops(key.actions),
                uses=tuple(wording.used(use, zone) for use in self._uses(key.id)[:MOST_USES]),
                pushed=self._pushed(key, row.expires_at, zone),
                install_id=self._site.install_id(),
            )
        )

    def _pushed(self, key: ApiKey, reported_at: datetime, zone: str) -> tuple[str, ...]:
        """The versions that came with the key lately, the newest first, in words."""
        try:
            with self._index.reading() as index:
                records = index.pushed_with(key.id, reported_at - leaks.LOOKED_BACK)
        except IndexRebuilding:
            return ("not known while the feed reads its packages anew",)
        said = [
            f"{one.id} {one.version}, {wording.local(one.published, zone)}"
            for one in records[:MOST_VERSIONS]
        ]
        more = len(records) - len(said)
        return (*said, f"and {more} more") if more else tuple(said)
