"""Everything that happens leaves its line, by whatever way it was asked for."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from ninety.rules import policy, two_factor
from ninety.rules.audit import By, Did, Event, Origin, Wanted
from ninety.rules.deprecation import Deprecation
from ninety.rules.errors import Refusal
from ninety.rules.leaks import Report
from ninety.rules.reading_links import Kind
from ninety.rules.uses import Use
from ninety.settings import Settings
from ninety.wiring import open_ninety
from ninety.work import auditing
from parts.hand_clock import START, HandClock
from parts.packages import make_nupkg
from parts.pdbs import make_snupkg
from parts.smtp import MailServer

PASSWORD = "correct horse battery"
DAY = timedelta(days=1)
REPOSITORY = Path(__file__).parents[2]


class Cast:
    """A feed with an admin, somebody else, a key of theirs and what it pushed."""

    def __init__(self, folder: Path, smtp: MailServer) -> None:
        self.clock, self.folder = HandClock(), folder
        settings = Settings(data=folder / "data", mail_server=smtp.host, mail_port=smtp.port)
        self.ninety = open_ninety(settings, clock=self.clock)
        self.ninety.index.catch_up()
        people = self.ninety.people
        self.ann, self.bob = (
            people.add(f"{name}@example.org", PASSWORD, admin=admin, timezone="UTC", now=START)
            for name, admin in (("ann", True), ("bob", False))
        )
        every = ("push", "push-version", "unlist", "read")
        made = self.ninety.lifecycle.make(self.bob, "ci", 90, START, actions=every)
        self.key, self.secret = made.key, made.secret
        self.push()

    @property
    def now(self):
        return self.clock.now

    def push(self, secret: str = "", id: str = "Acme.Core", version: str = "1.0.0") -> None:
        holder = self.ninety.access.authenticate(secret or self.secret, self.now)
        self.ninety.publishing.receive(holder, [make_nupkg(id, version)], "", self.now)

    def holder(self):
        return self.ninety.access.authenticate(self.secret, self.now)

    def told(self, **wanted: str) -> list[Event]:
        return list(self.ninety.trail.newest(Wanted(**wanted)))


@pytest.fixture
def cast(tmp_path: Path) -> Iterator[Cast]:
    auditing.comes_from(Origin(By.CLIENT, "10.0.3.7", "NuGet/6"))
    with MailServer() as smtp:
        one = Cast(tmp_path, smtp)
        yield one
        one.ninety.index.close()
    auditing.comes_from(None)


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(Refusal):
        act()


def rotated_twice(cast: Cast) -> None:
    new = cast.ninety.lifecycle.rotate(cast.key.id, cast.bob, cast.now)
    cast.push(new.secret, version="2.0.0")
    refused(lambda: cast.ninety.lifecycle.rotate(cast.key.id, cast.bob, cast.now))


def expired(cast: Cast) -> None:
    cast.ninety.endings.note(cast.now)
    cast.clock.advance(days=91)
    assert [cast.ninety.endings.note(cast.now) for _again in range(2)] == [1, 0]


def refused_when_revoked(cast: Cast) -> None:
    cast.ninety.lifecycle.revoke(cast.key.id, cast.bob, cast.now)
    refused(cast.holder)


def unmade(cast: Cast) -> None:
    cast.ninety.people.set_admin(cast.bob.id, True, cast.now)
    for _again in range(2):
        cast.ninety.people.set_admin(cast.bob.id, False, cast.now)


def symbols(cast: Cast) -> None:
    cast.ninety.symbols.receive(cast.holder(), [make_snupkg()], "", cast.now)


def imported(cast: Cast) -> None:
    file = cast.folder / "other.nupkg"
    file.write_bytes(make_nupkg("Other", "1.0.0"))
    list(cast.ninety.importing.run([file], cast.ann, cast.now))


def spread(cast: Cast) -> None:
    ruled = dict.fromkeys(policy.BOUNDS, "30") | {"warn_days": "5", "keys_per_person": "100"}
    cast.ninety.governing.change(ruled, ["push"], cast.ninety.governing.revision())
    assert cast.ninety.arriving.spread(cast.now).moved == 1


def adopted(cast: Cast) -> None:
    cast.ninety.arriving.adopt(cast.bob, "old", "an-old-secret-of-elsewhere", cast.now)


def owners(cast: Cast) -> None:
    cast.ninety.stewardship.add_owner(cast.bob, "Acme.Core", cast.ann.email, cast.now)


def disowned(cast: Cast) -> None:
    owners(cast)
    cast.ninety.stewardship.remove_owner(cast.bob, "Acme.Core", cast.ann.id, cast.now)


def handed_over(cast: Cast) -> None:
    cast.ninety.lifecycle.annotate(cast.key.id, cast.bob, "Jenkins", cast.now)
    cast.ninety.leaving.hand_over(cast.bob, cast.ann, cast.now)


def link_made(kind: Kind) -> Callable[[Cast], object]:
    return lambda cast: cast.ninety.reading_links.make(kind, cast.bob.id, "0", cast.now)


def link_revoked(kind: Kind) -> Callable[[Cast], object]:
    def twice(cast: Cast) -> None:
        cast.ninety.reading_links.make(kind, cast.bob.id, "0", cast.now)
        for _again in range(2):
            cast.ninety.reading_links.revoke(kind, cast.bob.id, cast.now)

    return twice


def reminded(cast: Cast) -> None:
    cast.clock.advance(days=81)
    ready = cast.ninety.reminding.scan(cast.now).ready
    cast.ninety.sending.remind(ready, cast.clock)


def told_of_leak(cast: Cast) -> None:
    report(cast)
    cast.ninety.leak_sending.remind(cast.ninety.leak_mail.scan(cast.now), cast.clock)


def report(cast: Cast) -> None:
    cast.ninety.leaks.report(
        Report((cast.secret,), f"https://x.example/?k={cast.secret}"), cast.now
    )


def list_again(cast: Cast, *, listed: bool) -> None:
    act = cast.ninety.stewardship.relist if listed else cast.ninety.stewardship.unlist
    act(cast.holder(), "Acme.Core", "1.0.0", cast.now)


def deprecated(cast: Cast) -> None:
    said = Deprecation(reasons=("Legacy",))
    cast.ninety.stewardship.deprecate(cast.bob, "Acme.Core", None, said, cast.now)


def invitation_revoked(cast: Cast) -> None:
    invited = cast.ninety.inviting.invite(cast.ann, "eve@example.org", "https://feed", cast.now)
    cast.ninety.inviting.revoke(cast.ann, invited.invitation.id, cast.now)


def session(cast):
    """A session of Bob's."""
    token = cast.ninety.sessions.begin(cast.bob, "10.0.3.7", "", cast.now)
    return cast.ninety.sessions.opened(token, cast.now)[0]


def two_factor_on(cast: Cast) -> tuple[str, ...]:
    """Bob's second factor switched on; his recovery codes."""
    secret = two_factor.new_secret()
    code = two_factor.code(secret, two_factor.step_at(cast.now))
    return cast.ninety.two_factor.switch_on(cast.bob, secret, PASSWORD, code, "", cast.now)


def sign_in(cast: Cast, password: str, email: str = "") -> None:
    with suppress(Refusal):
        cast.ninety.people.sign_in(email or cast.bob.email, password, "10.0.3.7", cast.now)


EVENTS: dict[Did, Callable[[Cast], object]] = {
    Did.KEY_MADE: lambda cast: None,
    Did.KEY_ADOPTED: adopted,
    Did.KEY_FIRST_USED: lambda cast: cast.ninety.using.note(
        cast.holder(), Use(cast.now, "10.0.3.7", "NuGet/6", "Acme.Core 1.0.0")
    ),
    Did.KEY_REGENERATED: lambda cast: cast.ninety.lifecycle.regenerate(
        cast.key.id, cast.bob, cast.now
    ),
    Did.KEY_ROTATED: lambda cast: cast.ninety.lifecycle.rotate(cast.key.id, cast.bob, cast.now),
    Did.ROTATION_REFUSED: rotated_twice,
    Did.KEY_REVOKED: lambda cast: cast.ninety.lifecycle.revoke(cast.key.id, cast.ann, cast.now),
    Did.KEY_EXPIRED: expired,
    Did.KEY_REFUSED: refused_when_revoked,
    Did.STRANGE_KEYS_REFUSED: lambda cast: refused(lambda: cast.push("a secret of nobody here")),
    Did.KEY_REPORTED: report,
    Did.KEY_SCOPE_CHANGED: lambda cast: cast.ninety.lifecycle.rescope(
        cast.key.id, cast.bob, ["read"], ["*"], cast.now, confirmed=False
    ),
    Did.KEY_NOTE_CHANGED: lambda cast: cast.ninety.lifecycle.annotate(
        cast.key.id, cast.bob, "Jenkins", cast.now
    ),
    Did.KEY_CONTACT_CHANGED: lambda cast: cast.ninety.lifecycle.set_contact(
        cast.key.id, cast.bob, "team@example.org", cast.now
    ),
    Did.KEY_SPREAD: spread,
    Did.KEY_HANDED_OVER: handed_over,
    Did.VERSION_PUSHED: lambda cast: None,
    Did.SYMBOLS_PUSHED: symbols,
    Did.VERSION_UNLISTED: lambda cast: list_again(cast, listed=False),
    Did.VERSION_RELISTED: lambda cast: list_again(cast, listed=True),
    Did.VERSION_DEPRECATED: deprecated,
    Did.VERSION_UNDEPRECATED: lambda cast: cast.ninety.stewardship.undeprecate(
        cast.bob, "Acme.Core", ["1.0.0"], cast.now
    ),
    Did.VERSION_DELETED: lambda cast: cast.ninety.deleting.delete(
        cast.ann, "Acme.Core", "1.0.0", "It held a password.", cast.now
    ),
    Did.PACKAGES_IMPORTED: imported,
    Did.OWNER_ADDED: owners,
    Did.OWNER_REMOVED: disowned,
    Did.SIGNED_IN: lambda cast: sign_in(cast, PASSWORD),
    Did.SIGN_IN_FAILED: lambda cast: sign_in(cast, "not the password"),
    Did.SIGNED_OUT: lambda cast: cast.ninety.sessions.sign_out(cast.bob, session(cast), cast.now),
    Did.PERSON_ADDED: lambda cast: None,
    Did.PERSON_DISABLED: lambda cast: cast.ninety.people.disable(cast.bob.id, cast.now),
    Did.PERSON_ENABLED: lambda cast: cast.ninety.people.enable(cast.bob.id, cast.now),
    Did.PERSON_REMOVED: lambda cast: cast.ninety.people.remove(cast.bob.id, cast.now),
    Did.ADMIN_MADE: lambda cast: cast.ninety.people.set_admin(cast.bob.id, True, cast.now),
    Did.ADMIN_UNMADE: unmade,
    Did.PASSWORD_SET: lambda cast: cast.ninety.people.set_password(
        cast.bob.id, "another long password", cast.now
    ),
    Did.TWO_FACTOR_ON: lambda cast: two_factor_on(cast),
    Did.RECOVERY_CODES_MADE: lambda cast: cast.ninety.two_factor.new_recovery_codes(
        cast.ninety.people.get(cast.bob.id), PASSWORD, two_factor_on(cast)[0], "", cast.now
    ),
    Did.RECOVERY_CODE_USED: lambda cast: cast.ninety.two_factor.sign_in(
        cast.bob, two_factor_on(cast)[0], cast.now
    ),
    Did.TWO_FACTOR_OFF: lambda cast: (
        two_factor_on(cast),
        cast.ninety.two_factor.switch_off_for(cast.bob.id, cast.now),
    ),
    Did.SESSION_ENDED: lambda cast: cast.ninety.sessions.end(cast.bob, session(cast).id, cast.now),
    Did.SESSIONS_ENDED: lambda cast: cast.ninety.sessions.end_others(
        cast.bob, session(cast), cast.now
    ),
    Did.PERSON_INVITED: lambda cast: cast.ninety.inviting.invite(
        cast.ann, "eve@example.org", "https://feed.example", cast.now
    ),
    Did.INVITATION_REVOKED: invitation_revoked,
    Did.RESET_ASKED: lambda cast: cast.ninety.password_reset.send(cast.bob.email, "10.0.3.7"),
    Did.ADDRESS_CHANGED: lambda cast: cast.ninety.own_account.change_email(
        cast.bob, "bob@new.example", PASSWORD, "10.0.3.7", cast.now
    ),
    Did.CALENDAR_LINK_MADE: link_made(Kind.CALENDAR),
    Did.CALENDAR_LINK_REVOKED: link_revoked(Kind.CALENDAR),
    Did.NEWS_LINK_MADE: link_made(Kind.NEWS),
    Did.NEWS_LINK_REVOKED: link_revoked(Kind.NEWS),
    Did.REMINDERS_SWITCHED_OFF: lambda cast: cast.ninety.unsubscribing.choose(
        cast.bob.id, wanted=False, now=cast.now
    ),
    Did.REMINDER_SENT: reminded,
    Did.LEAK_MAIL_SENT: told_of_leak,
}

# What pages and other tests see to: `test_policy`, `test_reminding`, `test_unsubscribing` and
# `test_auditing`.
ELSEWHERE = {
    Did.POLICY_CHANGED,
    Did.REMINDER_REOPENED,
    Did.REMINDERS_SWITCHED_ON,
    Did.EVENTS_LOST,
}


def test_each_event_is_tried_here_or_elsewhere() -> None:
    assert set(EVENTS) | ELSEWHERE == set(Did)


@pytest.mark.parametrize("did", Did)
def test_the_product_notes_each_event_somewhere(did: Did) -> None:
    modules = (REPOSITORY / "ninety").rglob("*.py")
    said = [path for path in modules if re.search(rf"\bDid\.{did.name}\b", path.read_text("utf-8"))]
    assert said != []


@pytest.mark.parametrize("did", EVENTS, ids=lambda did: did.name.lower())
def test_what_happens_leaves_its_line_once(cast: Cast, did: Did) -> None:
    before = len(cast.told(what=did))
    EVENTS[did](cast)
    found = cast.told(what=did)
    if did in (Did.KEY_MADE, Did.VERSION_PUSHED):
        assert (before, len(found)) == (1, 1)
    elif did is Did.PERSON_ADDED:
        assert (before, len(found)) == (2, 2)
    else:
        assert (before, len(found)) == (0, 1)
    assert (found[0].address, found[0].client, found[0].by) == ("10.0.3.7", "NuGet/6", "client")
    assert did in (Did.PACKAGES_IMPORTED, Did.STRANGE_KEYS_REFUSED) or (
        found[0].key or found[0].who or found[0].whom
    )
    whole = (cast.folder / "data" / "audit.jsonl").read_text("utf-8")
    assert cast.secret not in whole
    assert cast.secret.rpartition("_")[2] not in whole
    assert PASSWORD not in whole


def test_a_push_is_told_with_its_key_and_version(cast: Cast) -> None:
    (event,) = cast.told(what="version pushed")
    assert event.key
    assert event.who
    assert (event.key.id, event.key.name, event.who.email) == (cast.key.id, "ci", "bob@example.org")
    assert (event.package, event.version) == ("Acme.Core", "1.0.0")


def test_a_build_that_goes_on_with_a_dead_key_leaves_a_line_an_hour(cast: Cast) -> None:
    cast.ninety.lifecycle.revoke(cast.key.id, cast.bob, cast.now)
    for _minute in range(180):
        refused(cast.holder)
        cast.clock.advance(minutes=1)
    lines = [event.about for event in cast.told(what="key refused")]
    assert len(lines) == 3
    assert lines[0].endswith("And 59 more like it before.")
    auditing.comes_from(Origin(By.CLIENT, "10.0.3.8"))
    refused(cast.holder)
    assert len(cast.told(what="key refused")) == 4


def test_strangers_do_not_fill_the_disk(cast: Cast) -> None:
    for number in range(3000):
        auditing.comes_from(Origin(By.CLIENT, f"10.0.{number // 250}.{number % 250}"))
        refused(lambda: cast.ninety.access.authenticate("nobody's secret of 20", cast.now))
    assert len(cast.told(what="strange")) <= 1000


def test_what_was_typed_for_an_account_that_is_none_is_not_kept(cast: Cast) -> None:
    sign_in(cast, "x", email="My Secret Passw0rd!")
    sign_in(cast, "x", email="nobody@example.org")
    (event,) = cast.told(what="sign-in failed")
    assert (event.who, event.address) == (None, "10.0.3.7")
    whole = (cast.folder / "data" / "audit.jsonl").read_text("utf-8")
    assert "Passw0rd" not in whole
    assert "nobody@example.org" not in whole


def test_out_of_scope_and_not_an_owner_are_told(cast: Cast) -> None:
    made = cast.ninety.lifecycle.make(cast.ann, "tools", 90, cast.now, packages=["Tool.*"])
    refused(lambda: cast.push(made.secret, "Acme.Core", "3.0.0"))
    stranger = cast.ninety.people.add(
        "eve@example.org", PASSWORD, admin=False, timezone="UTC", now=cast.now
    )
    eves = cast.ninety.lifecycle.make(stranger, "eve", 90, cast.now)
    refused(lambda: cast.push(eves.secret, "Acme.Core", "3.0.0"))
    told = {event.key.name: event.package for event in cast.told(what="refused") if event.key}
    assert told == {"tools": "Acme.Core", "eve": "Acme.Core"}


def test_a_push_that_is_stored_is_not_failed_by_the_trail(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ninety.store.audit.AuditFile.append", full)
    cast.push(version="9.0.0")
    assert "9.0.0" in cast.ninety.packages.version_keys("acme.core")
    said = " ".join(cast.ninety.health.banners(cast.now))
    assert "The audit trail cannot be written" in said


def test_the_end_of_a_key_is_told_once_however_long_nobody_looked(cast: Cast) -> None:
    cast.ninety.endings.note(cast.now)
    cast.clock.advance(days=400)
    for _again in range(3):
        cast.ninety.endings.note(cast.now)
        cast.clock.advance(minutes=15)
    (event,) = cast.told(what="expired")
    assert event.about == "It ended 2027-02-21 14:04 UTC."
