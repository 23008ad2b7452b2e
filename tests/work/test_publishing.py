"""Pushing, by people with and without the right to."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ninety.rules import versions
from ninety.rules.errors import (
    BadPackage,
    NotOwner,
    Refusal,
    UploadIncomplete,
)
from ninety.work.access import Holder
from parts.feeds import ADMIN, ALICE, BOB, NOW, OUTSIDER, Feed, holder, opened
from parts.packages import make_nupkg
from parts.scripts import finished

MULTIPART = 'multipart/form-data; boundary="b0undary"'


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    with opened(tmp_path / "data") as one:
        yield one


def part(content: bytes, *headers: str) -> bytes:
    head = headers or (
        "Content-Disposition: form-data; name=package; filename=package.nupkg",
        "Content-Type: application/octet-stream",
    )
    return b"--b0undary\r\n" + "\r\n".join(head).encode() + b"\r\n\r\n" + content + b"\r\n"


END = b"--b0undary--\r\n"


def in_pieces(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def kept(feed: Feed) -> list[str]:
    """Every version there is, as id/version."""
    return [f"{id}/{key}" for id in feed.packages.ids() for key in feed.packages.version_keys(id)]


def test_a_push_tells_who_pushed_when_with_which_key(feed: Feed) -> None:
    record = feed.push("Acme.Core", "1.0.0", by=BOB)
    assert (record.pushed_by, record.pushed_with, record.published) == ("bob", "bobkey", NOW)
    assert record.listed
    with feed.index.reading() as index:
        assert index.owners("acme.core") == ("bob",)
        found = index.record("acme.core", record.version.sort_key)
    assert found is not None
    assert found.sha512 == record.sha512


@pytest.mark.parametrize("size", [1, 7, 4096, 10**6])
@pytest.mark.parametrize(
    "headers",
    [
        (),
        ('Content-Disposition: form-data; name="file"; filename="C:\\evil\\..\\x.nupkg"',),
        ("content-disposition: form-data; name=anything",),
    ],
)
def test_the_first_part_is_the_package_whatever_it_is_called(
    feed: Feed, size: int, headers: tuple[str, ...]
) -> None:
    package = make_nupkg(files={"text": b"\r\n--b0undar\r\n\n--b0undary" * 9})
    body = part(package, *headers) + part(b"something else", *headers) + END
    record = feed.publishing.receive(BOB, in_pieces(body, size), MULTIPART, NOW)
    assert feed.packages.nupkg(record.id, record.version).read_bytes() == package


@pytest.mark.parametrize("content_type", ["", "application/octet-stream", "application/zip", "??"])
def test_a_body_without_parts_is_the_package(feed: Feed, content_type: str) -> None:
    package = make_nupkg()
    record = feed.publishing.receive(BOB, in_pieces(package, 100), content_type, NOW)
    assert feed.packages.nupkg(record.id, record.version).read_bytes() == package


@pytest.mark.parametrize(
    ("body", "content_type", "refusal"),
    [
        (b"", "", BadPackage),
        (b"Not a package at all.", "", BadPackage),
        (make_nupkg()[:-30], "", BadPackage),
        (part(make_nupkg()) + END, "multipart/form-data", BadPackage),
        (part(make_nupkg()) + END, 'multipart/form-data; boundary=""', BadPackage),
        (part(b"text") + END, MULTIPART, BadPackage),
        (END, MULTIPART, UploadIncomplete),
        (b"", MULTIPART, UploadIncomplete),
        (part(make_nupkg())[:-20], MULTIPART, UploadIncomplete),
        (part(make_nupkg(), "X-Nothing: here") + END, MULTIPART, BadPackage),
        (part(make_nupkg(), "\xff: \xff") + END, MULTIPART, BadPackage),
        (b"--b0undary\r\n" + b"X: y\r\n" * 10**6, MULTIPART, BadPackage),
        (b"preamble " * 10**6, MULTIPART, BadPackage),
    ],
)
def test_what_is_no_package_is_refused_and_leaves_nothing(
    feed: Feed, body: bytes, content_type: str, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        feed.publishing.receive(BOB, in_pieces(body, 10_000), content_type, NOW)
    assert feed.left_over() == []
    assert kept(feed) == []


def test_a_body_that_breaks_off_leaves_nothing(feed: Feed) -> None:
    def body() -> Iterator[bytes]:
        yield make_nupkg()[:100]
        raise UploadIncomplete

    with pytest.raises(UploadIncomplete):
        feed.publishing.receive(BOB, body(), "", NOW)
    assert feed.left_over() == []


def test_the_whole_body_is_read_even_after_the_package(feed: Feed) -> None:
    pieces = in_pieces(part(make_nupkg()) + part(b"more" * 1000) + END, 100)
    feed.publishing.receive(BOB, pieces, MULTIPART, NOW)
    assert next(pieces, None) is None


def test_the_first_pusher_of_an_id_owns_it(feed: Feed) -> None:
    feed.push("Acme.Core", "1.0.0", by=ALICE)
    feed.push("acme.CORE", "1.1.0", by=ALICE)
    with pytest.raises(NotOwner):
        feed.push("Acme.Core", "2.0.0", by=OUTSIDER)
    feed.push("Acme.Core", "3.0.0", by=ADMIN)
    package = feed.packages.package("acme.core")
    assert package is not None
    assert package.owners == ("alice",)
    assert sorted(kept(feed)) == ["acme.core/1.0.0", "acme.core/1.1.0", "acme.core/3.0.0"]
    assert feed.left_over() == []


def test_an_outsider_does_not_learn_which_versions_there_are(feed: Feed) -> None:
    feed.push("Acme.Core", "1.0.0")
    for version in ("1.0.0", "2.0.0"):
        with pytest.raises(NotOwner):
            feed.push("Acme.Core", version, by=OUTSIDER)


def test_an_id_whose_first_push_was_cut_off_is_still_its_claimants(feed: Feed) -> None:
    assert feed.packages.claim("Acme.Core", "alice", NOW)
    with pytest.raises(NotOwner):
        feed.push("Acme.Core", "1.0.0", by=BOB)
    feed.push("Acme.Core", "1.0.0", by=ALICE)
    assert kept(feed) == ["acme.core/1.0.0"]


def test_whoever_loses_the_claim_is_judged_again(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob is told the id is new, and Alice claims it before he can."""
    prepare = feed.packages.prepare

    def claimed_meanwhile(*arguments: object) -> None:
        feed.packages.claim("Acme.Core", "alice", NOW)
        prepare(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(feed.packages, "prepare", claimed_meanwhile)
    with pytest.raises(NotOwner):
        feed.push("Acme.Core", "1.0.0", by=BOB)
    assert kept(feed) == []
    assert feed.left_over() == []


def at_once(pushes: list[Callable[[], object]]) -> list[str]:
    """What became of pushes that start together, in no order."""
    start, outcomes = threading.Barrier(len(pushes)), []

    def run(push: Callable[[], object]) -> None:
        start.wait()
        try:
            push()
        except Refusal as refusal:
            outcomes.append(type(refusal).__name__)
        else:
            outcomes.append("pushed")

    threads = [threading.Thread(target=run, args=(push,)) for push in pushes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_of_eight_threads_with_one_version_one_wins(feed: Feed) -> None:
    pushes = [lambda: feed.push("Acme.Core", "1.0.0") for _ in range(8)]
    assert at_once(pushes) == ["VersionExists"] * 7 + ["pushed"]
    assert kept(feed) == ["acme.core/1.0.0"]
    assert feed.left_over() == []


def test_of_eight_people_with_a_version_each_of_one_new_id_one_owns_it(feed: Feed) -> None:
    def push(who: Holder, number: int) -> Callable[[], object]:
        return lambda: feed.push("Acme.Core", f"{number}.0.0", by=who)

    pushes = [push(holder(f"person{number}"), number) for number in range(8)]
    assert at_once(pushes) == ["NotOwner"] * 7 + ["pushed"]
    package = feed.packages.package("acme.core")
    assert package is not None
    (owner,) = package.owners
    assert kept(feed) == [f"acme.core/{owner.removeprefix('person')}.0.0"]
    assert feed.left_over() == []


def test_of_eight_versions_of_one_person_all_come_in(feed: Feed) -> None:
    pushes = [
        lambda number=number: feed.push("Acme.Core", f"{number}.0.0")  # type: ignore[misc]
        for number in range(8)
    ]
    assert at_once(pushes) == ["pushed"] * 8
    with feed.index.reading() as index:
        assert len(index.versions("acme.core")) == 8


PUSHER = """
    import json, sys, threading
    sys.path.insert(0, "tests")
    from pathlib import Path
    from parts.feeds import opened
    from ninety.rules.errors import VersionExists

    outcomes = []

    with opened(Path(sys.argv[1])) as feed:
        start = threading.Barrier(5)

        def push(version):
            start.wait()
            try:
                feed.push("Acme.Core", version)
                outcomes.append(version)
            except VersionExists:
                outcomes.append("exists")

        threads = [threading.Thread(target=push, args=(f"{n}.0.0",)) for n in (1, 1, 2, 2)]
        for thread in threads:
            thread.start()
        start.wait()
        for thread in threads:
            thread.join()
    print(json.dumps(outcomes))
"""


def test_of_two_processes_with_the_same_versions_one_wins_each(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with opened(data) as feed:
        told: list[list[str]] = [[], []]

        def run(number: int) -> None:
            told[number] = json.loads(finished(PUSHER, data))

        threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(told[0] + told[1]) == ["1.0.0", "2.0.0", *["exists"] * 6]
        assert sorted(kept(feed)) == ["acme.core/1.0.0", "acme.core/2.0.0"]
        with feed.index.reading() as index:
            assert [one.key for one in index.versions("acme.core")] == ["1.0.0", "2.0.0"]
        assert feed.left_over() == []


def test_trouble_with_the_index_does_not_fail_a_push(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr("ninety.store.index_file.IndexFile.write", full)
        record = feed.push()
    assert feed.packages.nupkg(record.id, record.version).exists()
    assert feed.index.catch_up() == ["acme.core"]
    with feed.index.reading() as index:
        assert index.record("acme.core", versions.parse("1.0.0").sort_key) is not None
