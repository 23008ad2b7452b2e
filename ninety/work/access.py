"""Who is asking, by the key they hold, and whether they may do what they ask."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ninety.rules import instants, keys, policy, rights, rotation, scopes, secrets
from ninety.rules.audit import Did, KeyNamed
from ninety.rules.errors import (
    GenuineKeyRefused,
    KeyMissing,
    KeyMistyped,
    KeyRegenerated,
    KeyRevoked,
    KeyUnknown,
    KeyWithoutEnd,
    NotAllowed,
    OutOfScope,
    OwnerDisabled,
    Refusal,
)
from ninety.rules.keys import ApiKey
from ninety.rules.people import Person
from ninety.rules.policy import InForce
from ninety.rules.secrets import Presented
from ninety.store.accounts import Accounts
from ninety.store.keyring import Keyring
from ninety.work.auditing import Trail


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who showed the present secret of a living key."""

    key: ApiKey
    person: Person

    @property
    def first_use_unnoted(self) -> bool:
        """Whether the key came by a rotation and nobody noted a use of it yet."""
        return bool(self.key.predecessor) and self.key.first_used_at is None


def person_of(who: Holder | Person) -> Person:
    """Whose rights count: whoever signed in, or whose key it is."""
    return who.person if isinstance(who, Holder) else who


def key_of(who: Holder | Person) -> ApiKey | None:
    """The key that was shown; None for somebody who signed in."""
    return who.key if isinstance(who, Holder) else None


class Access:
    """Knows keys by their secrets and judges rights at the moment of use."""

    def __init__(
        self,
        keyring: Keyring,
        accounts: Accounts,
        pepper: bytes,
        policy: InForce,
        trail: Trail,
    ) -> None:
        self._keyring = keyring
        self._accounts = accounts
        self._pepper = pepper
        self._policy = policy
        self._trail = trail

    def authenticate(self, secret: str | None, now: datetime) -> Holder:
        """Who holds `secret`, if its key lives at `now`; a first use and a refusal are noted.

        Raises what `recognise` does.
        """
        try:
            holder = self.recognise(secret, now)
        except (KeyMistyped, KeyUnknown) as refusal:
            about = f"{refusal}."
            self._trail.note_seldom(Did.STRANGE_KEYS_REFUSED, now, about=about)
            raise
        except GenuineKeyRefused as refusal:
            self._note_refused(
                KeyNamed(refusal.key_id, refusal.name, refusal.prefix), None, refusal, now
            )
            raise
        except KeyWithoutEnd as refusal:
            self._note_refused(KeyNamed(refusal.key_id, refusal.name), None, refusal, now)
            raise
        if holder.first_use_unnoted:
            return Holder(self._note_first_use(holder.key, now), holder.person)
        return holder

    def recognise(self, secret: str | None, now: datetime) -> Holder:
        """Who holds `secret`, if its key lives at `now`. Nothing is noted.

        Raises KeyMissing, KeyMistyped, KeyUnknown; to the holder of a secret that
        is or was genuine: KeyRevoked, KeyRegenerated, KeyRetired,
        KeyExpired, KeyWithoutEnd, OwnerDisabled.
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
            found = self._keyring.get(presented.key_id)
        else:
            found = self._keyring.adopted(presented.digest)
        return found or self._keyring.endless_with(presented)

    def _note_first_use(self, key: ApiKey, now: datetime) -> ApiKey:
        """The new secret of a rotation is in use, so the time of the old one begins to run."""
        changed = self._keyring.change_family(
            key.id, "", lambda family: rotation.first_used(family, key.id, instants.whole(now))
        )
        return next((one for one in changed if one.id == key.id), key)

    def _living_owner(self, key: ApiKey, now: datetime) -> Person:
        keys.check_alive(key, now)
        owner = self._accounts.get(key.owner)
        if owner is None:
            raise KeyUnknown
        if owner.disabled_at is not None:
            raise OwnerDisabled(key.id, key.name, key.prefix, owner.disabled_at)
        return owner

    def allow(
        self,
        who: Holder | Person,
        action: str,
        package_id: str,
        owners: Collection[str] | None,
        now: datetime,
    ) -> None:
        """Let `who` do what `check` lets them; a key that is refused is noted."""
        try:
            self.check(who, action, package_id, owners)
        except NotAllowed as refusal:
            if isinstance(who, Holder):
                self._note_refused(who.key, who.person, refusal, now, package_id)
            raise

    def check(
        self,
        who: Holder | Person,
        action: str,
        package_id: str,
        owners: Collection[str] | None,
    ) -> None:
        """Raise OutOfScope or NotOwner where `who` may not do `action` to `package_id`.

        A person who signed in has the rights of `rights.may_change`; the holder
        of a key has their person's, as far as the key was made for it and the
        policy lets keys do it. `owners`
        are the ids of the people who own the id, None for one nobody has pushed
        yet.
        """
        if isinstance(who, Person):
            rights.check(who, package_id, owners)
            return
        key = who.key
        limit = scopes.limit(key.actions, key.packages, action, package_id)
        limit = limit or policy.limit(action, self._policy())
        if limit:
            raise OutOfScope(key.id, key.name, key.prefix, limit)
        rights.check(who.person, package_id, owners)

    def _note_refused(
        self,
        key: ApiKey | KeyNamed,
        person: Person | None,
        refusal: Refusal,
        now: datetime,
        package_id: str = "",
    ) -> None:
        self._trail.note_seldom(
            Did.KEY_REFUSED,
            now,
            kind=type(refusal).__name__,
            person=person,
            key=key,
            package=package_id,
            about=f"{refusal}.",
        )


def _past_secret(presented: Presented, key: ApiKey) -> Exception:
    """What became of an earlier secret of `key`, or that it never had this one."""
    about = (key.id, key.name, key.prefix)
    for past in key.past:
        if secrets.same(presented.digest, past.digest):
            if key.revoked_at is not None:
                return KeyRevoked(*about, key.revoked_at)
            return KeyRegenerated(*about, past.until)
    return KeyUnknown()
