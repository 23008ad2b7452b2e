"""The life of a key: made, regenerated, revoked; and what its owner sees of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ninety.rules import instants, keys, policy, rotation, scopes, secrets, wording
from ninety.rules.audit import Did
from ninety.rules.errors import (
    FieldRefused,
    FormUsed,
    KeyRevoked,
    NotAllowed,
    NotFound,
    RotatedAlready,
)
from ninety.rules.keys import ApiKey, PastSecret
from ninety.rules.people import Person
from ninety.rules.policy import InForce
from ninety.store.keyring import Keyring
from ninety.work.auditing import Trail

FORMS_REMEMBERED = 5


@dataclass(frozen=True, slots=True)
class Issued:
    """A key with its fresh secret, which is shown to one person once and kept nowhere."""

    key: ApiKey
    secret: str


class Lifecycle:
    """Makes, renews and ends keys, as the policy allows at that moment."""

    def __init__(self, keyring: Keyring, policy: InForce, trail: Trail) -> None:
        self._keyring = keyring
        self._policy = policy
        self._trail = trail

    @property
    def warn(self) -> timedelta:
        """How long before its end a long-lived key is warned of."""
        return self._policy().warn

    @property
    def usual_overlap(self) -> timedelta:
        """How long both secrets of a rotation work where nobody says how long."""
        return min(rotation.OVERLAP, timedelta(hours=self._policy().overlap_max_hours))

    def default_days(self, actions: Iterable[str] = scopes.DEFAULT_ACTIONS) -> int:
        """The lifetime a new key for `actions` is offered, in days."""
        ruled = self._policy()
        return min(ruled.key_days, ruled.max_days(actions))

    def max_days(self, actions: Iterable[str] = scopes.DEFAULT_ACTIONS) -> int:
        """The longest lifetime of a key for `actions`, in days; one that only reads has its own."""
        return self._policy().max_days(actions)

    def make(
        self,
        owner: Person,
        name: str,
        days: str | int,
        now: datetime,
        form: str = "",
        *,
        actions: Iterable[str] | None = None,
        packages: Iterable[str] = scopes.EVERY_PACKAGE,
        contact: str = "",
        note: str = "",
    ) -> Issued:
        """Make a key for `owner` that ends `days` after `now`, for `actions` on `packages`.

        Without a word it may do what keys usually may. `form` is the one-use form
        it was asked for with, if any; `contact` is told of its end instead of the
        owner; `note` says where it is kept. Raises FieldRefused for the name, the
        days, the scope, the contact or the note, FormUsed where the form was sent
        before, TooManyKeys.
        """
        self._check_form(form)
        ruled = self._policy()
        chosen = policy.check_actions(ruled.usual_actions if actions is None else actions, ruled)
        key_id = secrets.new_id()
        secret = secrets.new_secret(key_id)
        issued_at = instants.whole(now)
        key = ApiKey(
            id=key_id,
            owner=owner.id,
            name=keys.check_name(name),
            prefix=secrets.display_prefix(key_id),
            digest=secrets.digest(secret),
            made_at=issued_at,
            issued_at=issued_at,
            expires_at=issued_at + timedelta(days=keys.check_days(days, ruled.max_days(chosen))),
            actions=chosen,
            packages=scopes.check_packages(packages),
            contact=keys.check_contact(contact),
            note=keys.check_note(note),
            forms=(form,) if form else (),
        )
        self._keyring.add(key, lambda others: keys.check_number(others, ruled.keys_per_person, now))
        self._trail.note(Did.KEY_MADE, now, person=owner, key=key, about=_made(key))
        return Issued(key, secret)

    def regenerate(
        self,
        key_id: str,
        by: Person,
        now: datetime,
        days: str | int | None = None,
        form: str = "",
    ) -> Issued:
        """Give the key a new secret and a new life; the old secret is dead at once.

        Its id, name and rights stay, and its length too unless `days` says
        otherwise. Works on a living and on an ended key. An admin cannot do it for
        somebody else: the secret would act in their name. Raises NotFound,
        NotAllowed, FieldRefused, FormUsed, and KeyRevoked for a revoked key.
        """
        self._check_form(form)
        lifetime = self._lifetime(self._own(key_id, by), days)
        secret = secrets.new_secret(key_id)
        issued_at = instants.whole(now)

        def renew(key: ApiKey) -> ApiKey:
            if key.revoked_at is not None:
                raise KeyRevoked(key.id, key.name, key.prefix, key.revoked_at)
            if key.successor:
                raise NotAllowed("This key was rotated; regenerate the one that took its place")
            if form and form in key.forms:
                raise FormUsed(key.id, key.name)
            past = (PastSecret(key.digest, issued_at), *key.past)
            return replace(
                key,
                prefix=secrets.display_prefix(key_id),
                digest=secrets.digest(secret),
                issued_at=issued_at,
                expires_at=issued_at + lifetime,
                past=past[: keys.PAST_SECRETS],
                forms=((form, *key.forms) if form else key.forms)[:FORMS_REMEMBERED],
            )

        renewed = self._keyring.change(key_id, renew)
        self._trail.note(Did.KEY_REGENERATED, now, person=by, key=renewed, about=_made(renewed))
        return Issued(renewed, secret)

    def rotate(
        self,
        key_id: str,
        by: Person,
        now: datetime,
        *,
        days: object = None,
        overlap_hours: object = None,
        form: str = "",
    ) -> Issued:
        """Make a successor of the key, with its name and rights; both secrets work for a while.

        `days` is the successor's life, without it as long as the key's; for
        `overlap_hours` after the first use of the new secret the old one goes on
        (24 without a word, or what the policy allows). Raises NotFound, NotAllowed,
        FieldRefused, FormUsed, RotatedAlready, and KeyRevoked, KeyRetired or
        KeyExpired for a dead key.
        """
        self._check_form(form)
        key = self._own(key_id, by)
        keys.check_alive(key, now)
        lifetime = self._lifetime(key, days)
        overlap = self.usual_overlap
        if overlap_hours is not None:
            overlap = rotation.check_overlap(overlap_hours, self._policy().overlap_max_hours)
        new_id = secrets.new_id()
        secret = secrets.new_secret(new_id)

        def succeed(family: dict[str, ApiKey]) -> list[ApiKey]:
            keys.check_alive(family[key_id], now)
            *others, new = rotation.rotated(
                family,
                key_id,
                new_id,
                secrets.digest(secret),
                lifetime,
                overlap,
                instants.whole(now),
            )
            return [*others, replace(new, forms=(form,) if form else ())]

        try:
            changed = self._keyring.change_family(key_id, new_id, succeed)
        except RotatedAlready:
            self._note_rotated_already(key, by, now)
            raise
        line = {one.id: one for one in changed}
        until = wording.utc(line[key_id].stops_at)
        about = f"Its successor is {new_id}; the old secret stops {until} at the latest."
        self._trail.note(Did.KEY_ROTATED, now, person=by, key=key, about=about)
        return Issued(line[new_id], secret)

    def successor(self, key: ApiKey) -> ApiKey | None:
        """The key that took the place of `key`, or None."""
        return self._keyring.get(key.successor) if key.successor else None

    def predecessor(self, key: ApiKey) -> ApiKey | None:
        """The key whose place `key` took, or None."""
        return self._keyring.get(key.predecessor) if key.predecessor else None

    def refuse_if_succeeded(self, key_id: str, now: datetime) -> None:
        """Raises RotatedAlready where the key's successor is in use: somebody has an old copy."""
        key = self.find(key_id)
        successor = self.successor(key)
        if successor is not None and successor.first_used_at is not None:
            self._note_rotated_already(key, None, now)
            raise RotatedAlready(key.id, key.name)

    def _note_rotated_already(self, key: ApiKey, by: Person | None, now: datetime) -> None:
        about = f"Its successor {key.successor} is in use, so somebody holds a copy of the old one."
        self._trail.note_seldom(Did.ROTATION_REFUSED, now, person=by, key=key, about=about)

    def _own(self, key_id: str, by: Person) -> ApiKey:
        """The key, if `by` is its owner: a new secret acts in the owner's name."""
        key = self.key(key_id, by)
        if key.owner != by.id:
            raise NotAllowed("Only its owner can renew a key; an admin can revoke it")
        return key

    def _lifetime(self, key: ApiKey, days: object) -> timedelta:
        most = self.max_days(key.actions)
        if days is None or days == "":
            return min(key.lifetime, timedelta(days=most))
        return timedelta(days=keys.check_days(str(days), most))

    def _check_form(self, form: str) -> None:
        key = self._keyring.changed_by(form) if form else None
        if key is not None:
            raise FormUsed(key.id, key.name)

    def rescope(
        self,
        key_id: str,
        by: Person,
        actions: Iterable[str],
        packages: Iterable[str],
        now: datetime,
        *,
        confirmed: bool,
    ) -> ApiKey:
        """Change what a key may do: less freely, more only when `confirmed` by a password.

        Raises NotFound, NotAllowed, and FieldRefused, also where a key that only
        reads lives longer than one that does more may. What the policy allows no
        key any more may stay with one that has it, and nothing comes of it.
        """
        self._own(key_id, by)
        ruled, wanted = self._policy(), tuple(actions)
        reach = scopes.check_packages(packages)

        def change(key: ApiKey) -> ApiKey:
            chosen = policy.check_actions(wanted, ruled, key.actions)
            longest = timedelta(days=ruled.max_days(chosen))
            wider = not scopes.within(chosen, reach, key.actions, key.packages)
            if wider and not confirmed:
                raise FieldRefused("password", "Enter your password: the key may do more then")
            stricter = longest < timedelta(days=ruled.max_days(key.actions))
            # A key from elsewhere may live a little longer than others, whatever it may do.
            if stricter and key.lifetime > longest:
                raise FieldRefused(
                    "actions",
                    f"A key that does this lives at most {longest.days} days; make one beside it",
                )
            return replace(key, actions=chosen, packages=reach)

        changed = self._keyring.change(key_id, change)
        about = f"It may {scopes.said(changed.actions, changed.packages)} now."
        self._trail.note(Did.KEY_SCOPE_CHANGED, now, person=by, key=changed, about=about)
        return changed

    def annotate(self, key_id: str, by: Person, note: str, now: datetime) -> ApiKey:
        """Note where the key is used, for people. Raises NotFound, NotAllowed, FieldRefused."""
        self._own(key_id, by)
        kept = keys.check_note(note)
        changed = self._keyring.change(key_id, lambda key: replace(key, note=kept))
        # Not what it says: people note all kinds of things.
        self._trail.note(Did.KEY_NOTE_CHANGED, now, person=by, key=changed)
        return changed

    def set_contact(self, key_id: str, by: Person, contact: str, now: datetime) -> ApiKey:
        """Choose who is told instead of the owner that the key ends; nobody where it is empty.

        Raises NotFound, NotAllowed, FieldRefused.
        """
        self._own(key_id, by)
        kept = keys.check_contact(contact)
        changed = self._keyring.change(key_id, lambda key: replace(key, contact=kept))
        about = f"It is {kept} now." if kept else "It is its owner now."
        self._trail.note(Did.KEY_CONTACT_CHANGED, now, person=by, key=changed, about=about)
        return changed

    def revoke(self, key_id: str, by: Person, now: datetime) -> ApiKey:
        """End the key for good; a second time changes nothing. Raises NotFound."""
        before = self.key(key_id, by)
        revoked = self._keyring.change(
            key_id,
            lambda key: replace(key, revoked_at=key.revoked_at or instants.whole(now)),
        )
        if before.revoked_at is None:
            self._trail.note(Did.KEY_REVOKED, now, person=by, key=revoked)
        return revoked

    def find(self, key_id: str) -> ApiKey:
        """The key, whoever asks: for the machine's own commands. Raises NotFound."""
        key = self._keyring.get(key_id)
        if key is None:
            raise NotFound("API key")
        return key

    def key(self, key_id: str, person: Person) -> ApiKey:
        """The key, for its owner or an admin; NotFound for everybody else."""
        key = self.find(key_id)
        if key.owner != person.id and not person.admin:
            raise NotFound("API key")
        return key

    def keys_of(self, person: Person) -> list[ApiKey]:
        """The person's keys: what stops first comes first, revoked ones last."""
        return sorted(
            self._keyring.of(person.id),
            key=lambda key: (key.revoked_at is not None, key.stops_at, key.name),
        )


def _made(key: ApiKey) -> str:
    """What the trail tells of a key with a new secret."""
    may = scopes.said(key.actions, key.packages)
    return f"It ends {wording.utc(key.expires_at)} and may {may}."
