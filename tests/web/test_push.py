"""Pushing, unlisting and relisting over HTTP."""

from io import BytesIO

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ninety.rules.people import Person
from ninety.wiring import Ninety
from parts.client import NuGetClient, client_of
from parts.packages import make_nupkg


@pytest.fixture
def alices(app: Flask, world: Ninety, alice: Person) -> NuGetClient:
    return client_of(world, app, alice)


@pytest.fixture
def bobs(app: Flask, world: Ninety, bob: Person) -> NuGetClient:
    return client_of(world, app, bob)


def warnings(answer: TestResponse) -> list[str]:
    return answer.headers.getlist("X-NuGet-Warning")


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("path", ["/api/v2/package", "/api/v2/package/"])
def test_a_push_is_taken_with_and_without_the_slash(
    alices: NuGetClient, world: Ninety, method: str, path: str
) -> None:
    answer = alices.push(make_nupkg("Acme.Core", "1.0.0-Rc.1+x"), path, method)
    assert (answer.status_code, answer.text) == (201, "")
    assert answer.headers["Location"] == "http://localhost/packages/Acme.Core/1.0.0-Rc.1"
    assert world.packages.version_keys("acme.core") == ["1.0.0-rc.1"]
    assert warnings(answer) == []


def test_a_raw_body_is_taken_too(alices: NuGetClient) -> None:
    assert alices.write("PUT", "/api/v2/package", make_nupkg()).status_code == 201


def test_a_package_in_chunks_is_taken(app: Flask, alices: NuGetClient) -> None:
    """NuGet sends no Content-Length."""
    request = app.test_request_context(
        "/api/v2/package/", method="PUT", headers={"X-NuGet-ApiKey": alices.secret or ""}
    ).request
    request.environ.pop("CONTENT_LENGTH", None)
    chunked = {"wsgi.input": BytesIO(make_nupkg()), "HTTP_TRANSFER_ENCODING": "chunked"}
    said: list[str] = []
    list(app.wsgi_app({**request.environ, **chunked}, lambda status, *_: said.append(status)))
    assert said == ["201 CREATED"]


def test_a_second_push_is_a_conflict(alices: NuGetClient) -> None:
    alices.push(make_nupkg())
    answer = alices.push(make_nupkg(files={"other": b""}))
    assert answer.status_code == 409
    assert "Acme.Core 1.0.0 exists already" in answer.text
    assert warnings(answer) == []


def test_a_bad_package_is_refused_with_the_reason(alices: NuGetClient) -> None:
    answer = alices.push(b"Not a package")
    assert answer.status_code == 400
    assert warnings(answer) == [answer.text.strip()]


def test_a_push_without_a_key_is_asked_for_one_and_not_for_a_password(app: Flask) -> None:
    answer = NuGetClient(app).push(make_nupkg())
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("ApiKey ")
    assert warnings(answer) == []


def test_a_push_is_judged_by_the_key_header_alone(alices: NuGetClient, app: Flask) -> None:
    """A client of a private feed may send Basic credentials as well, and a browser a session."""
    basic = alices.get("/v3/index.json").request.headers["Authorization"]
    answer = NuGetClient(app).write("PUT", "/api/v2/package/", make_nupkg(), Authorization=basic)
    assert answer.status_code == 401


def test_a_dead_key_is_refused_before_its_body_is_judged(
    alices: NuGetClient, world: Ninety, alice: Person
) -> None:
    assert alices.secret is not None
    world.lifecycle.revoke(alices.secret.split("_")[1], alice, world.clock())
    answer = alices.push(b"Not a package")
    assert answer.status_code == 403
    assert "was revoked" in answer.text
    assert warnings(answer) == [answer.text.strip()]


def test_a_key_near_its_end_pushes_and_deletes_with_a_warning(
    app: Flask, world: Ninety, alice: Person, clock: object
) -> None:
    client = client_of(world, app, alice)
    clock.move(days=81)  # type: ignore[attr-defined]
    for answer in (
        client.push(make_nupkg()),
        client.write("DELETE", "/api/v2/package/Acme.Core/1.0.0"),
        client.write("POST", "/api/v2/package/Acme.Core/1.0.0"),
    ):
        assert answer.status_code in (201, 204, 200)
        (line,) = warnings(answer)
        assert line.startswith("API key 'ci' ends in 9 days")


def test_somebody_elses_id_is_refused(
    alices: NuGetClient, bobs: NuGetClient, world: Ninety
) -> None:
    bobs.push(make_nupkg("Acme.Core", "1.0.0"))
    assert alices.push(make_nupkg("Acme.Core", "1.1.0")).status_code == 201, "an admin may"
    alices.push(make_nupkg("Other", "1.0.0"))
    answer = bobs.push(make_nupkg("Other", "2.0.0"))
    assert answer.status_code == 403
    assert "belongs to others" in warnings(answer)[0]
    assert world.packages.version_keys("other") == ["1.0.0"]


@pytest.mark.parametrize(
    "path",
    [
        "Acme.Core/1.0.0-rc.1",
        "acme.core/1.0.0.0-RC.1+build",
        "ACME.CORE/1.0.0-rc.1%2Bbuild",
        "Acme.Core/1.0.0-rc.1/",
    ],
)
def test_delete_unlists_and_post_relists(alices: NuGetClient, world: Ninety, path: str) -> None:
    alices.push(make_nupkg("Acme.Core", "1.0.0-rc.1"))
    for _ in range(2):
        assert alices.write("DELETE", f"/api/v2/package/{path}").status_code == 204
    assert alices.push(make_nupkg("Acme.Core", "1.0.0-rc.1")).status_code == 409
    found = "/v3/search?prerelease=true&semVerLevel=2.0.0"
    assert alices.documents(found)["totalHits"] == 0
    for _ in range(2):
        assert alices.write("POST", f"/api/v2/package/{path}").status_code == 200
    assert alices.documents(found)["totalHits"] == 1


@pytest.mark.parametrize("path", ["Acme.Core/2.0.0", "Nobodys/1.0.0", "Acme.Core/x", "../1.0.0"])
def test_what_is_not_there_cannot_be_deleted(alices: NuGetClient, path: str) -> None:
    alices.push(make_nupkg())
    answer = alices.write("DELETE", f"/api/v2/package/{path}")
    assert answer.status_code == 404
    assert warnings(answer) == []


def test_others_cannot_delete(alices: NuGetClient, bobs: NuGetClient) -> None:
    alices.push(make_nupkg())
    assert bobs.write("DELETE", "/api/v2/package/Acme.Core/1.0.0").status_code == 403


def test_a_package_above_the_limit_is_refused(make_app, world: Ninety, alice: Person) -> None:  # type: ignore[no-untyped-def]
    app = make_app(max_package_mib=1)
    client = client_of(world, app, alice)
    answer = client.push(bytes(1024 * 1024 + 128 * 1024))
    assert answer.status_code == 413
    assert "1 MiB" in warnings(answer)[0]
    assert list(world.packages.incoming.iterdir()) == []


def test_a_damaged_record_is_said_and_is_no_fault_of_the_server(app, world, alice):
    client = client_of(world, app, alice)
    assert client.push(make_nupkg()).status_code == 201
    record = world.settings.data / "packages" / "acme.core" / "1.0.0" / "record.json"
    record.write_text("{}")
    refused = client.write("DELETE", "/api/v2/package/Acme.Core/1.0.0")
    assert refused.status_code == 503
    assert "acme.core/1.0.0/record.json is damaged" in refused.headers["X-NuGet-Warning"]
    assert str(world.settings.data) not in refused.text
