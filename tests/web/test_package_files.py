"""What is inside a package, as people see it: names and sizes, and the files beside it as text."""

import pytest

from parts.client import client_of
from parts.packages import make_nupkg
from parts.visitor import words

VERSION = "/packages/Acme.Core/1.0.0"
BYTES = make_nupkg(files={"lib/net8.0/<b>.dll": b"MZ" * 2048, "tools/a.txt": b"a"})


@pytest.fixture
def here(world, app, alice):
    """Alice pushed a version."""
    assert client_of(world, app, alice).push(BYTES).status_code == 201


@pytest.mark.usefixtures("here")
def test_the_files_are_listed_with_their_sizes(at_alice):
    page = at_alice.open(f"{VERSION}/files")
    said = words(page.text)
    assert "3 files" in said
    assert "Acme.Core.nuspec" in said
    assert "lib/net8.0/<b>.dll 4.0 KiB tools/a.txt 1 Byte" in said
    assert "<b>.dll" not in page.text


@pytest.mark.usefixtures("here")
def test_many_files_have_pages(at_alice, monkeypatch):
    monkeypatch.setattr("ninety.web.package_files.ON_A_PAGE", 2)
    first = at_alice.open(f"{VERSION}/files").text
    second = at_alice.open(f"{VERSION}/files?page=2").text
    assert ("a.txt" in first, "a.txt" in second) == (False, True)
    assert f'href="{VERSION}/files?page=2"' in first
    assert "There are no more." in at_alice.open(f"{VERSION}/files?page=3").text


@pytest.mark.usefixtures("here")
def test_the_package_itself_is_a_download_that_counts(world, at_alice):
    answer = at_alice.client.get(f"{VERSION}/nupkg", buffered=True)
    assert answer.data == BYTES
    disposition = answer.headers["Content-Disposition"]
    assert disposition == 'attachment; filename="acme.core.1.0.0.nupkg"'
    world.counting.keep()
    assert world.counting.of(["acme.core"]) == {"acme.core": {"1.0.0": 1}}


@pytest.mark.usefixtures("here")
def test_a_nuspec_is_text_to_a_browser(at_alice):
    answer = at_alice.client.get(f"{VERSION}/nuspec", buffered=True)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<id>Acme.Core</id>" in answer.text


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "path",
    [
        f"{VERSION}/readme",
        f"{VERSION}/icon",
        f"{VERSION}/license",
        f"{VERSION}/record.json",
        "/packages/Acme.Core/9.0.0/files",
        "/packages/Acme.Core/9.0.0/nupkg",
        "/packages/Acme.Core/x/files",
        "/packages/Nothing/1.0.0/files",
        "/packages/Nothing/versions",
    ],
)
def test_what_is_not_there_is_not_found(at_alice, path):
    assert at_alice.open(path).status_code == 404


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", ["files", "nupkg", "nuspec"])
def test_nobody_reads_a_private_feed_without_signing_in(stranger, name):
    answer = stranger.client.get(f"{VERSION}/{name}")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")


@pytest.mark.usefixtures("here")
def test_a_package_that_was_damaged_on_the_disk_is_said_to_be(world, at_alice):
    path = next(world.packages.data.rglob("*.nupkg"))
    path.write_bytes(BYTES[:-30])
    page = at_alice.open(f"{VERSION}/files")
    assert page.status_code == 200
    assert "The package cannot be read" in words(page.text)
    path.unlink()
    assert at_alice.open(f"{VERSION}/files").status_code == 404
