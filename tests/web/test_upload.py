"""Uploading in the browser, as the plain form does it and as its script does."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ninety.rules.audit import Wanted
from ninety.rules.errors import DiskFull
from ninety.rules.people import Person
from ninety.store.incoming import Upload
from ninety.wiring import Ninety
from ninety.work import uploading
from parts.packages import make_nupkg
from parts.pdbs import make_snupkg
from parts.visitor import Visitor, words

UPLOAD = "/upload"
CORE, NAMES = make_nupkg("Acme.Core", "1.0.0"), make_nupkg("Acme.Names", "2.0.0")


def multipart(*fields: tuple[str, str, bytes], ends: bool = True) -> dict[str, object]:
    """A body of `fields`, each a name, a file name or nothing, and the content, for a client."""
    body = b""
    for name, filename, content in fields:
        file = f'; filename="{filename}"' if filename else ""
        head = f'--b0undary\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    return {
        "data": body + (b"--b0undary--\r\n" if ends else b""),
        "content_type": "multipart/form-data; boundary=b0undary",
    }


def proof(visitor: Visitor) -> tuple[str, str, bytes]:
    """The field that proves a form to be ours, from the page."""
    visitor.open(UPLOAD)
    return "csrf_token", "", str(visitor.form(UPLOAD).fields["csrf_token"]).encode()


def send(visitor: Visitor, *contents: bytes, script: bool = False, name: str = "") -> TestResponse:
    """Send files called `0.nupkg`, `1.nupkg` and so on by the form, as it does or its script."""
    files = [("packages", name or f"{at}.nupkg", one) for at, one in enumerate(contents)]
    headers = {"Accept": "application/json"} if script else {}
    return visitor.client.post(UPLOAD, headers=headers, **multipart(proof(visitor), *files))


def kept(world: Ninety) -> list[str]:
    """Every version there is, as id/version; nothing of an upload is left beside them."""
    assert list(world.packages.incoming.iterdir()) == []
    return [
        f"{id}/{key}"
        for id in sorted(world.packages.ids())
        for key in world.packages.version_keys(id)
    ]


def test_a_new_id_belongs_to_whoever_uploaded_it_and_the_version_tells_who(
    world: Ninety, at_bob: Visitor, bob: Person
) -> None:
    answer = send(at_bob, CORE)
    assert (answer.status_code, answer.location) == (303, "/packages/Acme.Core/1.0.0")
    page = words(at_bob.open(answer.location).text)
    assert "Acme.Core 1.0.0 is here now." in page
    assert "Owned by bob@example.org" in page
    with world.index.reading() as index:
        record = index.newest("acme.core")
    assert record is not None
    assert (record.pushed_by, record.pushed_with) == (bob.id, "")


def test_an_upload_is_in_the_audit_trail_as_done_by_page(
    world: Ninety, at_bob: Visitor, bob: Person
) -> None:
    send(at_bob, CORE)
    [event] = world.trail.newest(Wanted(what="version pushed"))
    assert (event.by, event.package, event.version) == ("page", "Acme.Core", "1.0.0")
    assert event.key is None
    assert event.who is not None
    assert event.who.id == bob.id


def test_several_files_are_taken_and_one_that_is_refused_keeps_none_out(
    world: Ninety, at_bob: Visitor
) -> None:
    assert send(at_bob, CORE, NAMES).location == UPLOAD
    told = words(at_bob.open(UPLOAD).text)
    assert "Acme.Core 1.0.0 is here now. Acme.Names 2.0.0 is here now." in told
    higher = make_nupkg("Acme.Core", "1.1.0")
    answer = send(at_bob, CORE, b"no zip", higher)
    assert answer.status_code == 409
    told = words(answer.text)
    assert "0.nupkg Acme.Core 1.0.0 exists already; push a higher version." in told
    assert "2.nupkg Acme.Core 1.1.0 is here now." in told
    assert set(kept(world)) == {"acme.core/1.0.0", "acme.core/1.1.0", "acme.names/2.0.0"}


def test_what_is_somebody_elses_stays_theirs(
    world: Ninety, at_bob: Visitor, at_alice: Visitor, app: Flask
) -> None:
    send(at_bob, CORE)
    outsider = Visitor(app)
    carol = world.people.add(
        "carol@example.org", "a horse of course", admin=False, timezone="UTC", now=world.clock()
    )
    outsider.sign_in(carol.email, "a horse of course")
    answer = send(outsider, make_nupkg("Acme.Core", "1.1.0"))
    assert answer.status_code == 403
    assert "Acme.Core belongs to others here" in words(answer.text)
    assert kept(world) == ["acme.core/1.0.0"]
    # Admins may.
    assert send(at_alice, make_nupkg("Acme.Core", "1.1.0")).status_code == 303


def test_script_is_told_the_same_as_json(at_bob: Visitor) -> None:
    taken = send(at_bob, CORE, script=True)
    assert taken.status_code == 201
    assert taken.json == [
        {
            "file": "0.nupkg",
            "said": "Acme.Core 1.0.0 is here now.",
            "page": "/packages/Acme.Core/1.0.0",
        }
    ]
    refused = send(at_bob, CORE, script=True)
    assert refused.status_code == 409
    assert refused.json is not None
    assert refused.json[0]["page"] == ""
    assert refused.json[0]["said"].startswith("Acme.Core 1.0.0 exists already")


def test_symbols_are_told_by_the_name_of_their_file(world: Ninety, at_bob: Visitor) -> None:
    early = send(at_bob, make_snupkg(), name="a.snupkg")
    assert early.status_code == 404
    assert "There is no such package version here." in words(early.text)
    send(at_bob, CORE)
    answer = send(at_bob, make_snupkg(), name="A.SNUPKG", script=True)
    assert answer.json is not None
    assert answer.json[0]["said"] == "Acme.Core 1.0.0 has its symbols now."


@pytest.mark.parametrize("script", [False, True])
def test_nothing_is_read_of_a_form_that_does_not_prove_it_is_ours(
    world: Ninety, at_bob: Visitor, script: bool
) -> None:
    headers = {"Accept": "application/json"} if script else {}
    file = ("packages", "a.nupkg", CORE)
    for fields in ([], [("csrf_token", "", b"wrong")], [("other", "", b"x"), proof(at_bob)]):
        answer = at_bob.client.post(UPLOAD, headers=headers, **multipart(*fields, file))
        assert answer.status_code == 400
        assert "session that is over" in answer.text
    assert kept(world) == []


def test_the_proof_must_come_before_the_files(world: Ninety, at_bob: Visitor) -> None:
    file = ("packages", "a.nupkg", CORE)
    answer = at_bob.client.post(UPLOAD, **multipart(file, proof(at_bob)))
    assert answer.status_code == 400
    assert kept(world) == []


def test_a_stranger_is_asked_to_sign_in(world: Ninety, stranger: Visitor) -> None:
    for answer in (
        stranger.client.get(UPLOAD),
        stranger.client.post(UPLOAD, **multipart(("packages", "a.nupkg", CORE))),
    ):
        assert answer.status_code == 303
        assert answer.location.startswith("/sign-in")
    assert kept(world) == []


def test_an_empty_choice_is_said_beside_the_field(at_bob: Visitor) -> None:
    # Browsers send an empty file without a name.
    nothing = multipart(proof(at_bob), ("packages", '"; filename="', b""))
    answer = at_bob.client.post(UPLOAD, **nothing)
    assert answer.status_code == 422
    assert "Choose at least one package" in answer.text


def test_a_form_over_the_limit_is_refused(make_app, alice: Person) -> None:
    small = make_app(max_package_mib=1)
    visitor = Visitor(small)
    visitor.sign_in(alice.email, "a horse of course")
    answer = send(visitor, b"x" * (1024 * 1024 + 128 * 1024))
    assert answer.status_code == 413
    assert "larger than the 1 MiB this feed accepts." in words(answer.text)
    assert kept(small.extensions["ninety"]) == []


def test_a_full_disk_keeps_nothing_and_says_so(
    world: Ninety, at_bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_upload: Upload, chunks: object) -> None:
        next(iter(chunks))  # type: ignore[call-overload]
        raise DiskFull

    with monkeypatch.context() as patched:
        patched.setattr(Upload, "receive", full)
        answer = send(at_bob, b"x" * 300_000, CORE)
    assert answer.status_code == 507
    assert words(answer.text).count("The feed's disk is full, so nothing was stored") == 2
    assert kept(world) == []


def test_a_body_that_ends_early_keeps_what_was_whole(world: Ninety, at_bob: Visitor) -> None:
    whole, cut = ("p", "a.nupkg", CORE), ("p", "b.nupkg", NAMES[:200])
    body = multipart(proof(at_bob), whole, cut, ends=False)
    answer = at_bob.client.post(UPLOAD, **body)
    assert answer.status_code == 400
    told = words(answer.text)
    assert "a.nupkg Acme.Core 1.0.0 is here now." in told
    assert "b.nupkg The upload ended before it was whole; push it again." in told
    assert kept(world) == ["acme.core/1.0.0"]


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", ""])
def test_a_body_without_parts_is_refused(at_bob: Visitor, kind: str) -> None:
    answer = at_bob.client.post(UPLOAD, data=b"x", content_type=kind)
    assert answer.status_code == 400


def test_one_form_takes_so_many_files_and_no_more(
    world: Ninety, at_bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "MOST_FILES", 1)
    answer = send(at_bob, CORE, NAMES)
    assert answer.status_code == 400
    assert "One form takes 1 files; upload the rest by another." in words(answer.text)
    assert kept(world) == ["acme.core/1.0.0"]


def test_the_way_there_is_shown_to_those_who_may(
    world: Ninety, make_app, at_bob: Visitor, app: Flask
) -> None:
    send(at_bob, CORE)
    assert f'href="{UPLOAD}"' in at_bob.open("/").text
    assert f'href="{UPLOAD}"' in at_bob.open("/packages/Acme.Core").text
    public = Visitor(make_app(read_access="public"))
    assert f'href="{UPLOAD}"' not in public.open("/").text
    assert f'href="{UPLOAD}"' not in public.open("/packages/Acme.Core").text
