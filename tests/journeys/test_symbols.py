"""Symbols pushed beside their package by the stock client, and fetched as a debugger would."""

import base64
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from parts.pdbs import SIGNATURE, WINDOWS_PDB, make_pdb, make_snupkg
from parts.product import RunningProduct
from parts.waiting import wait_until

pytestmark = pytest.mark.journey

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ASKED = f"/symbols/Acme.Core.pdb/{SIGNATURE.upper()}/Acme.Core.pdb"


def fetched(feed: RunningProduct, secret: str | None) -> bytes | int:
    """The PDB of Acme.Core as `dotnet-symbol` asks for it: no user name; or the status."""
    request = urllib.request.Request(feed.address + ASKED)
    if secret is not None:
        credentials = base64.b64encode(f":{secret}".encode()).decode()
        request.add_header("Authorization", f"Basic {credentials}")
    try:
        with OPENER.open(request, timeout=10) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def write_symbols(package: Path, pdb: bytes) -> None:
    """Put a symbols package beside Acme.Core 1.0.0."""
    snupkg = make_snupkg(pdbs={"lib/net8.0/Acme.Core.pdb": pdb})
    package.with_suffix(".snupkg").write_bytes(snupkg)


def test_the_client_pushes_both_and_a_debugger_finds_the_symbols(client, product, package, account):
    feed = product()
    secret = account(feed)
    client.configure({"feed": feed.index}, passwords={"feed": secret})
    pushed = package()
    write_symbols(pushed, make_pdb(text=b"symbols of Acme.Core" * 10**5))
    outcome = client.push(pushed, secret, "feed")
    assert (outcome.code, outcome.warnings) == (0, []), outcome.text
    assert fetched(feed, secret) == make_pdb(text=b"symbols of Acme.Core" * 10**5)
    assert fetched(feed, None) == 401

    write_symbols(pushed, make_pdb(text=b"better ones"))
    again = client.push(pushed, secret, "feed", "-SkipDuplicate")
    assert again.code == 0, again.text
    assert fetched(feed, secret) == make_pdb(text=b"better ones")

    feed.stop()
    (feed.data / "index.sqlite").unlink()
    feed.start()
    # While the index is being made anew, readers are told to come back (503).
    wait_until(lambda: fetched(feed, secret) != 503, 30, "an index made anew")
    assert fetched(feed, secret) == make_pdb(text=b"better ones")
    assert list((feed.data / "incoming").iterdir()) == []


def test_symbols_that_no_debugger_could_use_are_refused_with_the_reason(
    client, product, package, account
):
    feed = product()
    secret = account(feed)
    client.configure({"feed": feed.index}, passwords={"feed": secret})
    pushed = package()
    write_symbols(pushed, WINDOWS_PDB + bytes(4 * 2**20))
    outcome = client.push(pushed, secret, "feed")
    assert outcome.code == 1
    (reason,) = outcome.warnings
    assert "'lib/net8.0/Acme.Core.pdb' is a Windows PDB" in reason
    assert client.install("Acme.Core", "1.0.0", "feed", feed.folder / "installed").code == 0
    assert fetched(feed, secret) == 404
