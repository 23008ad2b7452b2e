"""Whether the mail about a key's end is still wanted, and by whom: the key as it is this moment."""

from ninety.rules import people, rotation
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.rules.reminders import Reminder
from ninety.rules.standing import BY_CHOICE
from ninety.store.accounts import Accounts
from ninety.store.keyring import Keyring
from ninety.work.colleagues import Colleagues


class Wanted:
    """Looks at a reminder's key and its owner afresh, each time it is asked."""

    def __init__(self, keyring: Keyring, accounts: Accounts, colleagues: Colleagues) -> None:
        self._keyring = keyring
        self._accounts = accounts
        self._colleagues = colleagues

    def why_not(self, row: Reminder) -> str:
        """Why no mail is wanted for `row`, in words, or an empty text where one is."""
        key = self._keyring.get(row.key_id)
        if key is None:
            return "the key is gone"
        if key.revoked_at is not None:
            return "the key was revoked"
        if key.expires_at != row.expires_at:
            spread = key.spread_at is not None and key.spread_at >= key.issued_at
            return "its end was moved" if spread else "the key was regenerated"
        successors = rotation.successors(key, self._keyring.get)
        if any(one.first_used_at is not None for one in successors):
            return "the key was rotated and its new secret is in use"
        owner = self._accounts.get(key.owner)
        if owner is None or owner.disabled_at is not None:
            return "its owner was disabled"
        if not key.contact and not owner.wants_reminders:
            return BY_CHOICE
        return ""

    def recipient(self, key: ApiKey) -> str:
        """The one address to tell: the key's contact if it has one, else its owner's.

        Where no mail could ever reach the owner, as with an account that is a
        machine's, a co-owner of what the key may push, else an admin: the first
        by address who can get mail and has not opted out. With nobody left, the
        owner's address, so that the ledger says what is wrong with it.
        """
        owner = self._accounts.get(key.owner)
        if key.contact or owner is None:
            return key.contact
        if people.can_get_mail(owner.email):
            return owner.email
        owned = self._colleagues.owned(owner.id)
        others = self._colleagues.of(key, owned, fits=_can_be_told)
        return others[0].email if others else owner.email


def _can_be_told(person: Person) -> bool:
    return person.wants_reminders and people.can_get_mail(person.email)
