"""The API keys, in `keys.json`: found by id, by owner, by an adopted secret, by their end."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from ninety.rules import instants, keys
from ninety.rules.errors import FieldRefused, NotFound
from ninety.rules.keys import ApiKey, PastSecret
from ninety.rules.secrets import NOBODY, Presented, same
from ninety.store.documents import Collection, Document, Documents, Unchanged

ADOPTED = "hmac:"


class Keyring:
    """Every key that was ever made here and not forgotten on purpose.

    A key that somebody put into the file without an end is no key yet: only
    `endless`, `endless_with` and `change_many` know of it, until it has one.
    """

    def __init__(self, folder: Path) -> None:
        self._documents = Collection(
            folder / "keys.json",
            dates=["expires_at", "reported_at"],
            fields=["owner", "adopted", "forms"],
        )

    def get(self, key_id: str) -> ApiKey | None:
        """The key with this id, or None."""
        return self._documents.made(key_id, _key_or_none)

    def all(self) -> list[ApiKey]:
        """Every key, revoked and ended ones too."""
        return _keys(self._documents.all())

    def of(self, person_id: str) -> list[ApiKey]:
        """Every key of one person."""
        return _keys(self._documents.find(owner=person_id))

    def adopted(self, digest: str) -> ApiKey | None:
        """The key whose adopted secret has, or once had, this digest."""
        return next(iter(_keys(self._documents.find(adopted=digest))), None)

    def changed_by(self, form: str) -> ApiKey | None:
        """The key that the one-use form `form` made or changed, or None while it is unused."""
        return next(iter(_keys(self._documents.find(forms=form))), None)

    def endless(self) -> list[ApiKey]:
        """The keys that came without an end, each with `keys.NO_END` for one."""
        found = self._documents.all().items()
        return [_key(id, document) for id, document in found if _is_endless(document)]

    def endless_with(self, presented: Presented) -> ApiKey | None:
        """The key without an end that the secret claims to be of, or None."""
        if presented.key_id is not None:
            document = self._documents.get(presented.key_id)
            found = {presented.key_id: document} if document else {}
        else:
            found = self._documents.find(adopted=presented.digest)
        return next((_key(id, one) for id, one in found.items() if _is_endless(one)), None)

    def ending_between(self, after: datetime, until: datetime) -> list[ApiKey]:
        """The keys that end, or ended, later than `after` and by `until`; the earliest first."""
        rows = self._documents.before(
            "expires_at", instants.text(until), limit=1_000_000, after=instants.text(after)
        )
        return [_key(id, found) for id, found in rows if _is_key(found)]

    def add(self, key: ApiKey, fits: Callable[[list[ApiKey]], None] = lambda others: None) -> None:
        """Keep a new key.

        `fits` sees the other keys of its owner, as they are now, and may refuse by
        raising. Raises FieldRefused where one of them has that name, or where its
        secret is adopted and is, or once was, that of another key.
        """
        guard = _name_guard(key)

        def insert(found: Documents) -> Documents:
            if found[guard] is not None:
                raise FieldRefused("name", f"You have a key named '{key.name}' already")
            # Nobody else writes now, so whoever adopts the same secret at once sees it here.
            if key.digest.startswith(ADOPTED) and self._documents.find(adopted=key.digest):
                raise FieldRefused("secret", "This secret is, or once was, that of a key here")
            fits(self.of(key.owner))
            return {key.id: _document(key), guard: {"key": key.id}}

        self._documents.change([key.id, guard], insert)

    def change(self, key_id: str, fn: Callable[[ApiKey], ApiKey]) -> ApiKey:
        """Replace the key by what `fn` makes of it, all or nothing.

        `fn` sees the key as it is now and may refuse by raising. A revoked key's
        name is free again. Raises NotFound.
        """
        before = self.get(key_id)
        if before is None:
            raise NotFound("API key")
        guard = _name_guard(before)

        def replace(found: Documents) -> Documents:
            document = found[key_id]
            if document is None:
                raise NotFound("API key")
            changed = fn(_key(key_id, document))
            result: Documents = {key_id: _document(changed)}
            owns_name = (found[guard] or {}).get("key") == key_id
            if changed.revoked_at is not None and owns_name:
                result[guard] = None
            return result

        written = self._documents.change([key_id, guard], replace)[key_id]
        return before if written is None else _key(key_id, written)

    def change_many(
        self, ids: Iterable[str], fn: Callable[[ApiKey], ApiKey | None]
    ) -> list[ApiKey]:
        """Replace each key by what `fn` makes of it, in one write; where that is None, it stays.

        `fn` sees the keys as they are now, those without an end too, and changes
        neither names nor whether they are revoked. Returns the changed ones.
        """
        written: list[ApiKey] = []

        def replace(found: Documents) -> Documents:
            keys_now = (_key(id, document) for id, document in found.items() if document)
            written.extend(changed for key in keys_now if (changed := fn(key)) is not None)
            if not written:
                raise Unchanged
            return {key.id: _document(key) for key in written}

        self._documents.change(ids, replace)
        return written

    def change_presented(
        self, presented: Iterable[Presented], fn: Callable[[ApiKey], ApiKey | None]
    ) -> list[ApiKey]:
        """Replace each key whose present secret is among `presented` by what `fn` makes of it.

        In one write; where `fn` says None, the key stays. Keys without an end are
        among them, and a revoked key's name is free again. Returns the changed ones.
        """
        digests: dict[str, set[str]] = {}
        for one in presented:
            named = self._documents.find(adopted=one.digest)
            for id in [one.key_id] if one.key_id else named:
                digests.setdefault(id, set()).add(one.digest)
        known = {id: document for id in digests if (document := self._documents.get(id))}
        guards = {_name_guard(_key(id, found)) for id, found in known.items()}
        written: list[ApiKey] = []

        def replace(found: Documents) -> Documents:
            result: Documents = {}
            for id in digests:
                document = found[id]
                digest = document["digest"] if document else NOBODY
                # Every digest is compared, so that the time does not tell which one fits.
                fits = [same(one, digest) for one in digests[id]]
                changed = fn(_key(id, document)) if document and any(fits) else None
                if changed is None:
                    continue
                written.append(changed)
                result[id] = _document(changed)
                guard = _name_guard(changed)
                if changed.revoked_at and (found.get(guard) or {}).get("key") == id:
                    result[guard] = None
            if not result:
                raise Unchanged
            return result

        self._documents.change(digests.keys() | guards, replace)
        return written

    def reported_by(self, instant: datetime) -> list[ApiKey]:
        """The keys whose secret was reported as leaked by `instant`; the earliest first."""
        rows = self._documents.before("reported_at", instants.text(instant), limit=1_000_000)
        return [_key(id, found) for id, found in rows]

    def change_family(
        self,
        key_id: str,
        joins: str,
        fn: Callable[[dict[str, ApiKey]], Iterable[ApiKey]],
    ) -> list[ApiKey]:
        """Replace a key and those next to it in its line of rotations, all or nothing.

        `fn` sees the key, its predecessor and its successor by id, as they are now,
        and answers those that change; one with the id `joins` may be new, and the
        name is that one's from then on. Raises NotFound, and what `fn` raises.
        """
        while True:
            written = self._change_family(key_id, joins, fn)
            if written is not None:
                return written
            # The line changed between looking at it and locking it: look again.

    def _change_family(
        self,
        key_id: str,
        joins: str,
        fn: Callable[[dict[str, ApiKey]], Iterable[ApiKey]],
    ) -> list[ApiKey] | None:
        known = self.get(key_id)
        if known is None:
            raise NotFound("API key")
        line = (known.predecessor, known.successor)
        guard = _name_guard(known)
        written: list[ApiKey] | None = None

        def change(found: Documents) -> Documents:
            nonlocal written
            family = {id: _key(id, one) for id, one in found.items() if one and id != guard}
            key = family.get(key_id)
            if key is None:
                raise NotFound("API key")
            if (key.predecessor, key.successor) != line:
                raise Unchanged
            written = list(fn(family))
            if not written:
                raise Unchanged
            changed: Documents = {one.id: _document(one) for one in written}
            return changed | ({guard: {"key": joins}} if joins in changed else {})

        self._documents.change(({key_id, joins, *line} - {""}) | {guard}, change)
        return written


def _is_key(document: Document) -> bool:
    return "digest" in document and bool(document.get("expires_at"))


def _is_endless(document: Document) -> bool:
    return "digest" in document and not document.get("expires_at")


def _key_or_none(id: str, document: Document) -> ApiKey | None:
    return _key(id, document) if _is_key(document) else None


def _keys(documents: dict[str, Document]) -> list[ApiKey]:
    return [_key(id, found) for id, found in documents.items() if _is_key(found)]


def _name_guard(key: ApiKey) -> str:
    return f"name:{key.owner}:{keys.name_identity(key.name)}"


def _key(id: str, found: Document) -> ApiKey:
    revoked_at = found.get("revoked_at")
    retires_at, first_used_at = found.get("retires_at"), found.get("first_used_at")
    reported_at = found.get("reported_at")
    expires_at, spread_at = found.get("expires_at"), found.get("spread_at")
    return ApiKey(
        id=id,
        owner=found["owner"],
        name=found["name"],
        prefix=found["prefix"],
        digest=found["digest"],
        made_at=instants.parse(found["made_at"]),
        issued_at=instants.parse(found["issued_at"]),
        expires_at=instants.parse(expires_at) if expires_at else keys.NO_END,
        actions=tuple(found["actions"]),
        packages=tuple(found["packages"]),
        revoked_at=instants.parse(revoked_at) if revoked_at else None,
        past=tuple(
            PastSecret(one["digest"], instants.parse(one["until"])) for one in found["past"]
        ),
        forms=tuple(found["forms"]),
        contact=found["contact"],
        note=found["note"],
        successor=found["successor"],
        retires_at=instants.parse(retires_at) if retires_at else None,
        overlap=timedelta(seconds=found["overlap_seconds"]),
        predecessor=found["predecessor"],
        first_used_at=instants.parse(first_used_at) if first_used_at else None,
        spread_at=instants.parse(spread_at) if spread_at else None,
        reported_at=instants.parse(reported_at) if reported_at else None,
        found_at=found.get("found_at", ""),
    )


def _document(key: ApiKey) -> Document:
    digests = [key.digest, *(one.digest for one in key.past)]
    return {
        "owner": key.owner,
        "name": key.name,
        "prefix": key.prefix,
        "digest": key.digest,
        "adopted": [one for one in digests if one.startswith(ADOPTED)],
        "made_at": instants.text(key.made_at),
        "issued_at": instants.text(key.issued_at),
        "expires_at": instants.text(key.expires_at),
        "actions": list(key.actions),
        "packages": list(key.packages),
        "revoked_at": instants.text(key.revoked_at) if key.revoked_at else None,
        "past": [{"digest": one.digest, "until": instants.text(one.until)} for one in key.past],
        "forms": list(key.forms),
        "contact": key.contact,
        "note": key.note,
        "successor": key.successor,
        "retires_at": instants.text(key.retires_at) if key.retires_at else None,
        "overlap_seconds": int(key.overlap.total_seconds()),
        "predecessor": key.predecessor,
        "first_used_at": instants.text(key.first_used_at) if key.first_used_at else None,
        "spread_at": instants.text(key.spread_at) if key.spread_at else None,
        "reported_at": instants.text(key.reported_at) if key.reported_at else None,
        "found_at": key.found_at,
    }
