"""Symbols over HTTP: pushed as NuGet clients push, fetched as debuggers fetch."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ninety.rules.people import Person
from ninety.wiring import Ninety
from parts.client import NuGetClient, client_of
from parts.packages import make_nupkg
from parts.pdbs import SIGNATURE, WINDOWS_PDB, make_pdb, make_snupkg

PUSH = "/api/v2/symbolpackage/"
PDB = f"/symbols/Acme.Core.pdb/{SIGNATURE}/Acme.Core.pdb"


@pytest.fixture
def alices(app: Flask, world: Ninety, alice: Person) -> NuGetClient:
    """Alice's client; Acme.Core 1.0.0 is hers."""
    client = client_of(world, app, alice)
    client.push(make_nupkg())
    return client


@pytest.fixture
def bobs(app: Flask, world: Ninety, bob: Person) -> NuGetClient:
    return client_of(world, app, bob)


def warnings(answer: TestResponse) -> list[str]:
    return answer.headers.getlist("X-NuGet-Warning")


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("path", [PUSH, PUSH.rstrip("/")])
def test_symbols_are_taken_with_and_without_the_slash(
    alices: NuGetClient, method: str, path: str
) -> None:
    answer = alices.push(make_snupkg(), path, method)
    assert (answer.status_code, answer.text) == (201, "")
    assert answer.headers["Location"] == "http://localhost/packages/Acme.Core/1.0.0"
    assert answer.headers["X-API-Key-Expires"].endswith("Z")
    assert warnings(answer) == []
    assert alices.get(PDB).data == make_pdb()


def test_symbols_may_be_pushed_again(alices: NuGetClient) -> None:
    before = [alices.push(make_snupkg(), PUSH), alices.get(PDB)]
    newer = make_snupkg(pdbs={"Acme.Core.pdb": make_pdb(text=b"newer")})
    after = [alices.push(newer, PUSH), alices.get(PDB)]
    assert [one.status_code for one in (*before, *after)] == [201, 200, 201, 200]
    assert after[1].data == make_pdb(text=b"newer")
    assert after[1].headers["ETag"] != before[1].headers["ETag"]


def test_the_service_index_tells_where_symbols_go(alices: NuGetClient) -> None:
    resources = alices.documents("/v3/index.json")["resources"]
    urls = {one["@type"]: one["@id"] for one in resources}
    assert urls["SymbolPackagePublish/4.9.0"] == "http://localhost/api/v2/symbolpackage"


@pytest.mark.parametrize(
    ("snupkg", "status", "sentence"),
    [
        (b"Not a package", 400, "not a .nupkg"),
        (make_snupkg(pdbs={"w.pdb": WINDOWS_PDB}), 400, "'w.pdb' is a Windows PDB"),
        (make_nupkg(), 400, "SymbolsPackage"),
        (make_snupkg(version="2.0.0"), 404, "no such package version"),
        (make_snupkg("Other"), 404, "no such package version"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_reason(
    alices: NuGetClient, snupkg: bytes, status: int, sentence: str
) -> None:
    answer = alices.push(snupkg, PUSH)
    assert answer.status_code == status
    assert sentence in answer.text
    assert warnings(answer) == ([] if status == 404 else [answer.text.strip()])


def test_a_push_is_judged_by_the_key_header_alone(
    app: Flask, alices: NuGetClient, bobs: NuGetClient
) -> None:
    nobody = NuGetClient(app).push(make_snupkg(), PUSH)
    assert nobody.status_code == 401
    assert nobody.headers["WWW-Authenticate"].startswith("ApiKey ")
    basic = alices.get("/v3/index.json").request.headers["Authorization"]
    with_basic = NuGetClient(app).write("PUT", PUSH, make_snupkg(), Authorization=basic)
    assert with_basic.status_code == 401
    others = bobs.push(make_snupkg(), PUSH)
    assert others.status_code == 403
    assert "belongs to others" in warnings(others)[0]
    assert alices.get(PDB).status_code == 404


def test_a_dead_key_is_refused_before_its_body_is_judged(
    alices: NuGetClient, world: Ninety, alice: Person
) -> None:
    assert alices.secret is not None
    world.lifecycle.revoke(alices.secret.split("_")[1], alice, world.clock())
    answer = alices.push(b"Not a package", PUSH)
    assert answer.status_code == 403
    assert "was revoked" in warnings(answer)[0]


def test_a_key_near_its_end_pushes_symbols_with_a_warning(
    alices: NuGetClient,
    clock: object,
) -> None:
    clock.move(days=81)  # type: ignore[attr-defined]
    (line,) = warnings(alices.push(make_snupkg(), PUSH))
    assert line.startswith("API key 'ci' ends in 9 days")


def test_symbols_above_the_limit_are_refused(make_app, world: Ninety, alice: Person) -> None:  # type: ignore[no-untyped-def]
    client = client_of(world, make_app(max_package_mib=1), alice)
    answer = client.push(bytes(1024 * 1024 + 128 * 1024), PUSH)
    assert answer.status_code == 413
    assert list(world.packages.incoming.iterdir()) == []


@pytest.mark.parametrize(
    "path",
    [
        PDB,
        PDB.lower(),
        PDB.upper().replace("SYMBOLS", "symbols"),
        # As the client of the SSQP key conventions writes it.
        f"/symbols/acme.core.pdb/{SIGNATURE.removesuffix('ffffffff')}FFFFFFFF/acme.core.pdb",
        f"/symbols/acme.core.pdb%2F{SIGNATURE}%2Facme.core.pdb",
    ],
)
def test_a_pdb_is_fetched_in_any_case(alices: NuGetClient, path: str) -> None:
    alices.push(make_snupkg(), PUSH)
    answer = alices.get(path)
    assert (answer.status_code, answer.data) == (200, make_pdb())
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].lower() == "inline; filename=acme.core.pdb"
    assert "Authorization" in answer.headers["Vary"]
    again = alices.get(path, **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = alices.get(path, method="HEAD")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(make_pdb()))
    part = alices.get(path, Range="bytes=0-3")
    assert (part.status_code, part.data) == (206, b"BSJB")


@pytest.mark.parametrize(
    "path",
    [
        PDB.replace("Acme", "Other"),
        PDB.replace(SIGNATURE, SIGNATURE[:-8] + "1"),
        PDB.replace(SIGNATURE, "0" * 40),
        f"/symbols/Acme.Core.pdb/{SIGNATURE}/Other.pdb",
        f"/symbols/Acme.Core.pdb/{SIGNATURE}/file.ptr",
        f"/symbols/Acme.Core.pdb/{SIGNATURE}/Acme.Core.pd_",
        f"/symbols/../{SIGNATURE}/..",
        f"/symbols/%2e%2e/{SIGNATURE}/%2e%2e",
        f"/symbols/%00/{SIGNATURE}/%00",
        "/symbols/index2.txt",
        "/symbols/pingme.txt",
        "/symbols/",
        "/symbols",
    ],
)
def test_what_is_not_there_is_not_found(alices: NuGetClient, path: str) -> None:
    alices.push(make_snupkg(), PUSH)
    assert alices.get(path).status_code == 404


def test_a_private_feed_shows_symbols_to_readers_alone(
    app: Flask, alices: NuGetClient, bobs: NuGetClient
) -> None:
    alices.push(make_snupkg(), PUSH)
    for path in (PDB, PDB.replace("Acme", "Other")):
        answer = NuGetClient(app).get(path)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        assert NuGetClient(app, "n90_wrong").get(path).status_code == 401
    assert bobs.get(PDB).data == make_pdb()


def test_a_public_feed_shows_symbols_to_everybody(
    make_app: Callable[..., Flask], alices: NuGetClient
) -> None:
    alices.push(make_snupkg(), PUSH)
    answer = NuGetClient(make_app(read_access="public")).get(PDB)
    assert answer.data == make_pdb()
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
