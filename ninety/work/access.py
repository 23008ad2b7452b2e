"""Who is asking, by the key they hold, and whether they may do what they ask."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ninety.rules import rights, secrets
from ninety.rules.errors import (
    KeyExpired,
    KeyMissing,
    KeyRegenerated,
    KeyRevoked,
    KeyUnknown,
    OwnerDisabled,
)
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.rules.secrets import Presented
from ninety.store.accounts import Accounts
from ninety.store.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who showed the present secret of a living key."""

    key: ApiKey
    person: Person


class Access:
    """Knows keys by their secrets and judges rights at the moment of use."""

    def __init__(self, keyring: Keyring, accounts: Accounts, pepper: bytes) -> None:
        self._keyring = keyring
        self._accounts = accounts
        self._pepper = pepper

    def authenticate(self, secret: str | None, now: datetime) -> Holder:
        """Who holds `secret`, if its key lives at `now`.

        Raises KeyMissing, KeyMistyped, KeyUnknown; to the holder of a secret that
        is or was genuine: KeyRevoked, KeyRegenerated, KeyExpired, OwnerDisabled.
        """
        if not secret:
            raise KeyMissing
        presented = secrets.read(secret, self._pepper)
        if presented is None:
            raise KeyUnknown
        key = self._key_named(presented)
        digest = key.digest if key else secrets.NOBODY
        if not secrets.same(presented.digest, digest) or key is None:
            raise _past_secret(presented, key) if key else KeyUnknown()
        return Holder(key, self._living_owner(key, now))

    def _key_named(self, presented: Presented) -> ApiKey | None:
        if presented.key_id is not None:
            return self._keyring.get(presented.key_id)
        return self._keyring.adopted(presented.digest)

    def _living_owner(self, key: ApiKey, now: datetime) -> Person:
        about = (key.id, key.name, key.prefix)
        if key.revoked_at is not None:
            raise KeyRevoked(*about, key.revoked_at)
        if key.expired(now):
            raise KeyExpired(*about, key.expires_at)
        owner = self._accounts.get(key.owner)
        if owner is None:
            raise KeyUnknown
        if owner.disabled_at is not None:
            raise OwnerDisabled(*about, owner.disabled_at)
        return owner

    def allow(
        self,
        who: Holder | Person,
        action: str,
        package_id: str,
        owners: Collection[str] | None,
    ) -> None:
        """Let `who` do `action` to `package_id`, or raise NotOwner.

        A person who signed in has the rights of `rights.may_change`; the holder
        of a key has their person's, and never more. `owners` are the ids of the
        people who own the id, None for one nobody has pushed yet.
        """
        person = who.person if isinstance(who, Holder) else who
        rights.check(person, package_id, owners)


def _past_secret(presented: Presented, key: ApiKey) -> Exception:
    """What became of an earlier secret of `key`, or that it never had this one."""
    about = (key.id, key.name, key.prefix)
    for past in key.past:
        if secrets.same(presented.digest, past.digest):
            if key.revoked_at is not None:
                return KeyRevoked(*about, key.revoked_at)
            return KeyRegenerated(*about, past.until)
    return KeyUnknown()
