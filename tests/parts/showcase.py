"""A feed as it looks after a while: people, keys in every state, packages with a past."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ninety.rules import two_factor
from ninety.rules.deprecation import Deprecation
from ninety.rules.one_time_links import ResetLink, digest
from ninety.rules.people import Person
from ninety.rules.uses import Use
from ninety.settings import Settings
from ninety.store.reset_links import ResetLinks
from ninety.wiring import Ninety, open_ninety
from ninety.work.access import Holder
from parts.feeds import holder
from parts.images import png
from parts.packages import make_nupkg

ALICE = "alice@example.org"
BOB = "bob@example.org"
CAROL = "carol@example.org"
PASSWORD = "a horse of course"

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

README = """# Acme.Core

What every other part of **Acme** stands on: clocks, money and names.

## Use

```csharp
var price = Money.Parse("12.50 EUR");
Console.WriteLine(price.In(Currency.Pound));
```

| type | what it is |
|---|---|
| `Money` | an amount and a currency |
| `Clock` | time that can be wound by hand |

1. Install it.
2. Read the [notes](https://acme.example/notes).

> Nothing here rounds behind your back.
"""
ICON = png(96, (12, 85, 96), (234, 242, 241))
ASSEMBLIES = {
    f"lib/{framework}/Acme.Core.{kind}": b"MZ" * length
    for framework in ("net8.0", "netstandard2.0")
    for kind, length in (("dll", 20_000), ("xml", 4_000))
}


def fill(folder: Path, now: datetime) -> dict[str, str]:
    """Fill the data folder `folder`, which no product runs over yet, with what ended at `now`.

    ALICE is an admin in Berlin, BOB owns packages too, CAROL has left; PASSWORD opens all
    three accounts. Gives the paths of pages that only a link with a token leads to, by name.
    """
    told = _Told(now - 200 * DAY)
    ninety = open_ninety(Settings(data=folder), clock=told)
    alice, bob, carol = (
        ninety.people.add(email, PASSWORD, admin=email == ALICE, timezone=zone, now=told())
        for email, zone in ((ALICE, "Europe/Berlin"), (BOB, "UTC"), (CAROL, "America/New_York"))
    )
    _packages(ninety, told, alice, bob, now)
    _keys(ninety, alice, bob, carol, now)
    ninety.people.disable(carol.id, now - 3 * DAY)
    _sign_ins(ninety, alice, bob, now)
    ninety.reminding.scan(now - 9 * DAY)
    ninety.using.keep()
    ninety.counting.keep()
    ninety.index.close()
    link = urlsplit(ninety.unsubscribing.link(bob))
    return {
        "unsubscribe": f"{link.path}?{link.query}",
        "invitation": ninety.inviting.invite(alice, "dora@example.org", "", now).link,
        "reset": _reset_link(folder, bob, now),
    }


def _sign_ins(ninety: Ninety, alice: Person, bob: Person, now: datetime) -> None:
    """Two browsers of ALICE's, and BOB's second factor."""
    for days_ago, address, user_agent in (
        (1, "10.0.3.9", "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"),
        (12, "2001:db8::42:7", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Safari/604"),
    ):
        ninety.sessions.begin(alice, address, user_agent, now - days_ago * DAY)
    secret, then = two_factor.new_secret(), now - 30 * DAY
    code = two_factor.code(secret, two_factor.step_at(then))
    ninety.two_factor.switch_on(bob, secret, PASSWORD, code, "", then)


def _reset_link(folder: Path, person: Person, now: datetime) -> str:
    """The path that a mail about a forgotten password leads to, as if one had gone out."""
    link = ResetLink(
        digest=digest("shown"),
        person=person.id,
        email=person.email,
        sign_ins=person.sign_ins,
        ends_at=now + HOUR,
    )
    ResetLinks(folder).add(link, 1, now)
    return "/reset?token=shown"


class _Told:
    """A clock that is told the time."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def _packages(ninety: Ninety, told: _Told, alice: Person, bob: Person, now: datetime) -> None:
    def push(owner: Person, id: str, version: str, days_ago: int, **metadata: object) -> None:
        told.now = now - days_ago * DAY
        key = replace(holder("ci").key, owner=owner.id)
        content = make_nupkg(id, version, **metadata)
        ninety.publishing.receive(Holder(key, owner), [content], "application/octet-stream", told())

    ninety.index.catch_up()
    for number in range(24):
        push(
            bob,
            "Acme.Names",
            f"1.{number}.0",
            199 - number,
            description="Names of people and things.",
        )
    for number, version in enumerate(("0.9.0-rc.1", "1.0.0", "1.1.0", "1.2.0", "2.0.0-beta.2")):
        push(
            alice,
            "Acme.Core",
            version,
            160 - 30 * number,
            files={"README.md": README.encode(), "icon.png": ICON, **ASSEMBLIES},
            readme="README.md",
            icon="icon.png",
            description="Clocks, money and names: what every other part of Acme stands on.",
            release_notes="Money rounds half to even.\nClocks can be wound backwards too.",
            tags="money clock core",
            project_url="https://acme.example/core",
            repository={
                "type": "git",
                "url": "https://code.acme.example/core.git",
                "branch": "main",
                "commit": "8f2c1d7e90ab34cd56ef7890ab12cd34ef567890",
            },
            license={"type": "expression", "": "MIT"},
            dependencies={
                "net8.0": [("Acme.Names", "[1.0.0, )"), ("System.Text.Json", "8.0.5")],
                "netstandard2.0": [],
            },
        )
    push(
        bob,
        "Acme.Json",
        "3.4.1",
        20,
        description="Reads and writes Acme's documents.",
        files={"LICENSE.txt": b"As you like.", "lib/net8.0/Acme.Json.dll": b"MZ"},
        license={"type": "file", "": "LICENSE.txt"},
        dependencies=[("Acme.Core", "1.0.0")],
    )
    push(
        alice,
        "Acme.Tool",
        "0.3.0",
        2,
        description="Looks after a folder of packages.",
        package_types=[("DotnetTool", None)],
    )
    told.now = now
    ninety.stewardship.add_owner(alice, "Acme.Core", BOB, now)
    ninety.stewardship.unlist(alice, "Acme.Core", "1.0.0", now)
    bad = Deprecation(reasons=("CriticalBugs",), message="It rounds.", alternative_id="Acme.Core")
    ninety.stewardship.deprecate(alice, "Acme.Core", ["1.1.0"], bad, now)
    for id, version, times in (("acme.core", "1.2.0", 1_204), ("acme.json", "3.4.1", 37)):
        for _ in range(times):
            ninety.counting.count(id, version)


def _keys(ninety: Ninety, alice: Person, bob: Person, carol: Person, now: datetime) -> None:
    make = ninety.lifecycle.make
    nightly = make(alice, "nightly", 90, now - 81 * DAY, packages=["Acme.*"]).key
    ci = make(alice, "ci", 90, now - 2 * DAY).key
    make(alice, "restore on the train", 300, now - 40 * DAY, actions=["read"])
    make(alice, "one day", 1, now - 5 * HOUR)
    make(alice, "old laptop", 60, now - 80 * DAY)
    gone = make(alice, "left in a log", 90, now - 30 * DAY).key
    ninety.lifecycle.revoke(gone.id, alice, now - 12 * DAY)
    release = make(alice, "release", 90, now - 50 * DAY).key
    ninety.lifecycle.annotate(release.id, alice, "Jenkins, job release", now - 50 * DAY)
    ninety.lifecycle.rotate(release.id, alice, now - 2 * HOUR)
    make(bob, "desk", 90, now - 10 * DAY)
    team = make(carol, "team builds", 90, now - 20 * DAY, packages=["Acme.Json"]).key
    for key, hours, address, client, package in (
        (nightly, 9, "10.0.3.7", "NuGet Command Line/5.8.0", "Acme.Core 2.0.0-beta.2"),
        (ci, 2, "10.0.3.9", "dotnet/10.0.100", "Acme.Tool 0.3.0"),
        (ci, 30, "10.0.3.9", "dotnet/10.0.100", ""),
        (release, 50, "10.0.3.12", "NuGet Command Line/6.12.1", "Acme.Core 1.2.0"),
        (team, 100, "10.0.4.2", "dotnet/10.0.100", "Acme.Json 3.4.1"),
    ):
        owner = ninety.people.get(key.owner)
        assert owner is not None
        ninety.using.note(Holder(key, owner), Use(now - hours * HOUR, address, client, package))
