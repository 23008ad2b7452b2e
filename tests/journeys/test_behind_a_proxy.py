"""The stock client and a feed behind nginx with TLS: at the root and below a prefix."""

import http.cookies
import re
import ssl
import urllib.request
from pathlib import Path

import pytest

from parts.packages import make_nupkg
from parts.product import free_port
from parts.proxy import FORWARDED

pytestmark = pytest.mark.journey

PREFIX = "/feeds/team"

# Reading, the prefix, and whether the address is set or only told, with the prefix passed on.
PLACES = {
    "private, at the root": ("private", "", "set"),
    "private, below a prefix": ("private", PREFIX, "set"),
    "public, at the root": ("public", "", "told"),
    "public, below a prefix": ("public", PREFIX, "told"),
}

FURTHER = ("private, at the root", "public, below a prefix")


@pytest.fixture
def start(product, proxy):
    """Starts a feed and a proxy before it, as one of PLACES wants it; both of them."""

    def both(reading: str, prefix: str, address: str):
        port = free_port()
        told = {**FORWARDED, **({"X-Forwarded-Prefix": prefix} if prefix else {})}
        options = {"tells": told, "passes_on": True} if address == "told" else {}
        front = proxy(port, prefix=prefix, **options)
        settings = {"NINETY_PORT": str(port), "NINETY_READ_ACCESS": reading}
        if address == "set":
            settings["NINETY_BASE_URL"] = front.address
        else:
            settings["NINETY_PROXIES"] = "1"
        return product(clock=True, **settings), front

    return both


def opener_that_trusts(context: ssl.SSLContext | None) -> urllib.request.OpenerDirector:
    """What opens addresses on this machine without asking any proxy of the environment."""
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )


# Each reading and each place once; the other two pairs take their time with the big sizes.
EVERYWHERE = [
    pytest.param(place, id=name, marks=[pytest.mark.large] if name in FURTHER else [])
    for name, place in PLACES.items()
]


@pytest.mark.parametrize("place", EVERYWHERE)
def test_the_stock_client_finds_everything(client, start, account, tmp_path: Path, place):
    feed, front = start(*place)
    secret = account(feed, days=5)
    feed.move(days=4)
    shelf = tmp_path / "shelf"
    pushed = {
        "Acme.Core.1.0.0": make_nupkg(),
        "Acme.Core.1.1.0": make_nupkg(version="1.1.0"),
        "Acme.App.1.0.0": make_nupkg("Acme.App", dependencies=[("Acme.Core", "1.0.0")]),
    }
    shelf.mkdir()
    for name, content in pushed.items():
        (shelf / f"{name}.nupkg").write_bytes(content)
    client.trust(front.certificate)
    passwords = {"feed": secret} if place[0] == "private" else {}
    client.configure({"feed": front.index}, passwords=passwords)

    outcome = client.push(shelf / "*.nupkg", secret, "feed")
    assert outcome.code == 0, outcome.text
    ends = rf"API key 'ci' ends in 24 hours \(.*\). Renew it: {front.address}/account/keys/\w+"
    assert len(outcome.warnings) == 3
    assert all(re.fullmatch(ends, warning) for warning in outcome.warnings), outcome.text
    outcome = client.push(shelf / "*.nupkg", secret, "feed", "-SkipDuplicate")
    assert outcome.code == 0, outcome.text
    assert outcome.stdout.count("already exists") == 3

    outcome = client.delete("Acme.Core", "1.1.0", secret, "feed")
    assert outcome.code == 0, outcome.text
    outcome = client.search("acme", "feed")
    assert re.findall(r"(Acme\.\w+) \| ([\d.]+)", outcome.text) == [
        ("Acme.App", "1.0.0"),
        ("Acme.Core", "1.0.0"),
    ]

    def brought(into: str) -> dict[str, bytes]:
        """The packages below a folder, by id and version as far as `pushed` knows them."""
        names = {name.lower(): name for name in pushed}
        return {
            names[path.stem.lower()]: path.read_bytes()
            for path in (tmp_path / into).rglob("*.[nN]upkg")
        }

    def only(*names: str) -> dict[str, bytes]:
        return {name: pushed[name] for name in names}

    outcome = client.install("Acme.App", None, "feed", tmp_path / "installed")
    assert outcome.code == 0, outcome.text
    assert brought("installed") == only("Acme.App.1.0.0", "Acme.Core.1.0.0")
    exact = {"Acme.App": "1.0.0", "Acme.Core": "1.1.0"}
    outcome = client.restore_packages_config(exact, "feed", tmp_path / "named")
    assert outcome.code == 0, outcome.text
    assert brought("named") == only("Acme.App.1.0.0", "Acme.Core.1.1.0")
    outcome = client.restore_graph({"Acme.App": "[1.0.0, )"}, "feed", tmp_path / "graph")
    assert outcome.code == 0, outcome.text
    assert brought("graph") == only("Acme.App.1.0.0", "Acme.Core.1.0.0")


@pytest.mark.parametrize("place", list(PLACES.values())[1::2], ids=list(PLACES)[1::2])
def test_pages_below_a_prefix_find_their_styles_and_keep_their_cookie(start, place):
    feed, front = start(*place)

    opener = opener_that_trusts(front.trusting())

    def ask(address: str):
        return opener.open(address, timeout=10)

    token = feed.setup_link.partition("/setup")[2]
    with ask(f"{front.address}/setup{token}") as answer:
        page = answer.read().decode()
        cookie = http.cookies.SimpleCookie(answer.headers["Set-Cookie"])["ninety_session"]
    assert (cookie["path"], cookie["secure"], cookie["httponly"]) == (PREFIX, True, True)
    assert f'value="{front.address}"' in page, "the address the form proposes"
    style, *_ = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert style.startswith(f"{PREFIX}/static/")
    with ask(front.origin + style) as answer:
        assert answer.headers["Content-Type"].startswith("text/css")
    assert answer.headers["Strict-Transport-Security"]


def test_the_certificate_is_not_trusted_by_everybody(proxy):
    front = proxy(free_port())
    with pytest.raises(OSError, match="certificate verify failed") as refused:
        opener_that_trusts(None).open(front.index, timeout=10)
    assert isinstance(refused.value.reason, ssl.SSLCertVerificationError)
