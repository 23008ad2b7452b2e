"""Every reason Ninety has for saying no, each with its facts.

The rules and the work raise these; `web/refusals.py` holds the one table that
turns them into status codes, and `wording.py` turns those about keys into the
sentences people read. `str(refusal)` is always one plain sentence that is safe
to show to the person who asked.
"""

from datetime import datetime

from ninety.rules import instants


class Refusal(Exception):
    """What was asked will not be done, and why."""


class KeyMissing(Refusal):
    """A request that needs an API key came without one."""

    def __init__(self) -> None:
        super().__init__("This needs an API key, and none was sent")


class KeyMistyped(Refusal):
    """The text has the form of a key here, but its checksum does not fit."""

    def __init__(self) -> None:
        super().__init__("This is not a whole API key (mistyped or cut)")


class KeyUnknown(Refusal):
    """No key here has, or ever had, this secret."""

    def __init__(self) -> None:
        super().__init__("This API key is not known here")


class GenuineKeyRefused(Refusal):
    """The secret is or was genuine, so its holder may be told what became of it.

    `key_id` names the key's page, `name` is what its owner calls it, `prefix`
    stands in where a name cannot be written in ASCII, and `since` is when it
    became what it is. Each kind says in its own words what that is, and what
    to do next.
    """

    became = "stopped"
    advice = "See"

    def __init__(self, key_id: str, name: str, prefix: str, since: datetime) -> None:
        self.key_id, self.name, self.prefix, self.since = key_id, name, prefix, since
        super().__init__(f"API key '{name}' {self.became} {instants.text(since)}")


class KeyExpired(GenuineKeyRefused):
    """The key came to its end and waits to be regenerated."""

    became = "ended"
    advice = "Regenerate it"


class KeyRevoked(GenuineKeyRefused):
    """The key was revoked and will not come back."""

    became = "was revoked"
    advice = "Make a new one"


class KeyReported(KeyRevoked):
    """Somebody found the key's secret where it should not be; that revoked it."""

    became = "was reported as leaked and revoked"


class KeyRegenerated(GenuineKeyRefused):
    """The key lives on with a newer secret; this is an earlier one."""

    became = "was regenerated"
    advice = "Use its new secret, or regenerate it again"


class KeyRetired(GenuineKeyRefused):
    """The key was rotated, and the time both secrets worked is over."""

    became = "was rotated; this secret stopped"
    advice = "Use the new one"


class OwnerDisabled(GenuineKeyRefused):
    """The key's owner may not use this feed any more."""

    became = "stopped with its owner's account"
    advice = "Ask an admin of this feed"


class KeyWithoutEnd(Refusal):
    """The key came from elsewhere without an end; no key lives for ever here."""

    def __init__(self, key_id: str, name: str) -> None:
        self.key_id, self.name = key_id, name
        super().__init__(
            f"API key '{name}' ({key_id}) came without an end and works once it has one; "
            "an admin of this feed gives it one with flask key spread"
        )


class TooManyKeys(Refusal):
    """Somebody has `living` keys, and this feed's policy lets a person have `most`."""

    def __init__(self, living: int, most: int) -> None:
        self.living, self.most = living, most
        keys = "key" if most == 1 else "keys"
        super().__init__(
            f"A person has at most {most} living {keys} on this feed, and there are {living}; "
            "revoke one that is not needed any more, then make this one"
        )


class RotatedAlready(Refusal):
    """The key was rotated before and its successor is in use: the successor rotates next."""

    def __init__(self, key_id: str, name: str) -> None:
        self.key_id, self.name = key_id, name
        super().__init__(
            f"API key '{name}' was rotated already and its new secret is in use; "
            "rotate with the new one. If nobody you know uses it, revoke both"
        )


class NotAllowed(Refusal):
    """The key or the person is genuine but has no right to do this."""


class OutOfScope(NotAllowed):
    """The key is genuine and alive, but was not made for this.

    `limit` says in words what it may not do, or may do only.
    """

    def __init__(self, key_id: str, name: str, prefix: str, limit: str) -> None:
        self.key_id, self.name, self.prefix, self.limit = key_id, name, prefix, limit
        super().__init__(f"API key '{name}' {limit}")


class NotOwner(NotAllowed):
    """Only an owner of `package_id`, or an admin, may do this to it."""

    def __init__(self, package_id: str) -> None:
        self.package_id = package_id
        super().__init__(
            f"{package_id} belongs to others here; ask one of its owners or an admin to add you"
        )


class LastOwner(Refusal):
    """Without `email`, nobody who can sign in would own `package_id` any more."""

    def __init__(self, package_id: str, email: str) -> None:
        self.package_id, self.email = package_id, email
        super().__init__(
            f"{package_id} would be left to nobody; add another owner before removing {email}"
        )


class LastAdmin(Refusal):
    """Without `email`, nobody who can sign in would be an admin any more."""

    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__(
            f"Nobody but {email} is an admin who can sign in; make somebody else one first"
        )


class BadPackage(Refusal):
    """The uploaded bytes are not a package this feed can keep."""


class PackageTooLarge(Refusal):
    """The upload is larger than this feed takes; `limit_mib` is in MiB."""

    def __init__(self, limit_mib: int) -> None:
        self.limit_mib = limit_mib
        super().__init__(f"The package is larger than the {limit_mib} MiB this feed accepts")


class UploadTooSlow(Refusal):
    """The upload stalled, or trickled below the slowest rate worth waiting for."""

    def __init__(self) -> None:
        super().__init__("The upload was too slow, so the feed stopped waiting; push it again")


class UploadIncomplete(Refusal):
    """The client went away, or the body ended before it was whole."""

    def __init__(self) -> None:
        super().__init__("The upload ended before it was whole; push it again")


class TooBusy(Refusal):
    """As many uploads as the feed reads at once are under way."""

    def __init__(self) -> None:
        super().__init__("The feed is taking as many uploads as it can; push again in a moment")


class DiskFull(Refusal):
    """There is no room left to keep what was sent. Nothing of it was kept."""

    def __init__(self) -> None:
        super().__init__("The feed's disk is full, so nothing was stored; tell its admin")


class VersionExists(Refusal):
    """This version was pushed before; what was pushed is never replaced."""

    def __init__(self, package_id: str, version: str, *, listed: bool = True) -> None:
        self.package_id, self.version, self.listed = package_id, version, listed
        advice = "push a higher version" if listed else "it is unlisted; relist it instead"
        super().__init__(f"{package_id} {version} exists already; {advice}")


class VersionReserved(Refusal):
    """This version was deleted; its number stays taken so that lock files stay true."""

    def __init__(self, package_id: str, version: str) -> None:
        self.package_id, self.version = package_id, version
        super().__init__(
            f"{package_id} {version} was deleted here and its number stays reserved; "
            "push a higher version"
        )


class RecordDamaged(Refusal):
    """A record of the feed is not what Ninety wrote; somebody or something else changed it.

    `record` is its place below the packages folder.
    """

    def __init__(self, record: str) -> None:
        self.record = record
        super().__init__(
            f"The feed's record {record} is damaged; "
            "its admin can mend it with flask packages verify --repair, or from a backup"
        )


class NotFound(Refusal):
    """There is no such thing, or none that this person may know of."""

    def __init__(self, what: str = "page") -> None:
        self.what = what
        super().__init__(f"There is no such {what} here")


class IndexRebuilding(Refusal):
    """The index is being made anew from the packages; it will be back shortly."""

    def __init__(self) -> None:
        super().__init__("The feed is reading its packages anew; try again in a few seconds")


class HostUnknown(Refusal):
    """The request names an address this feed was not told is its own."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            "This feed does not know the address it was asked at; "
            "its admin sets it with NINETY_BASE_URL"
        )


class FieldRefused(Refusal):
    """What was entered in `field` of a form or command cannot be taken."""

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        super().__init__(why)


class FormUsed(Refusal):
    """This one-use form was sent before; it made or changed the key `key_id` then."""

    def __init__(self, key_id: str, name: str) -> None:
        self.key_id, self.name = key_id, name
        super().__init__(
            f"This form was already sent. The secret of '{name}' was shown once and is not "
            "shown again; regenerate the key if it was not kept"
        )


class LinkUsed(Refusal):
    """A one-time link that was used, replaced, or never genuine."""

    def __init__(self) -> None:
        super().__init__("This link was used already, or is not whole")


class LinkDead(Refusal):
    """The link that switches reminders off is not whole, or was ended by switching them on."""

    def __init__(self) -> None:
        super().__init__("This link has no use any more")


class NoMailServer(Refusal):
    """There is no mail server to send anything by."""

    def __init__(self) -> None:
        super().__init__("This feed has no mail server; its admin sets one with MAIL_SERVER")


class WrongPassword(Refusal):
    """No enabled person has this address and password."""

    def __init__(self) -> None:
        super().__init__("This address and password do not fit together")


class TooManyAttempts(Refusal):
    """Too many failed attempts; the next is looked at in `retry_seconds`."""

    said = "Too many failed attempts; try again in {} minutes"

    def __init__(self, retry_seconds: int) -> None:
        self.retry_seconds = retry_seconds
        super().__init__(self.said.format(max(1, -(-retry_seconds // 60))))


class TooManyReports(TooManyAttempts):
    """So many reports came from one place; the next is read in `retry_seconds`."""

    said = (
        "Too many reports came from this address; "
        "send the next in {} minutes, and many secrets in one"
    )


class TooManyResets(TooManyAttempts):
    """So many mails were asked for from one place; the next in `retry_seconds`."""

    said = "Too many mails were asked for from this address; try again in {} minutes"
