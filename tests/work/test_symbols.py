"""Symbols: pushed by people with and without the right to, found by whoever may read."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ninety.rules import versions
from ninety.rules.errors import (
    BadPackage,
    DiskFull,
    NotFound,
    NotOwner,
    Refusal,
    UploadIncomplete,
)
from ninety.rules.records import Tombstone, VersionRecord
from ninety.store.symbol_files import SymbolFiles
from ninety.work.access import Holder
from parts.feeds import ADMIN, ALICE, BOB, NOW, OUTSIDER, Feed, opened
from parts.hostile import HOSTILE
from parts.packages import make_nupkg, make_nuspec
from parts.pdbs import GUID, SIGNATURE, WINDOWS_PDB, make_pdb, make_snupkg, signature_of
from parts.zips import Entry, deflated, raw_zip

ONE = versions.parse("1.0.0")
OTHER = bytes(range(16))


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    """A feed with Acme.Core 1.0.0, which is Alice's."""
    with opened(tmp_path / "data") as one:
        one.push()
        yield one


def push(
    feed: Feed, snupkg: bytes | None = None, *, by: Holder = ALICE, days: int = 0
) -> VersionRecord:
    body = make_snupkg() if snupkg is None else snupkg
    return feed.symbols.receive(by, [body], "", NOW + timedelta(days=days))


def found(feed: Feed, name: str = "Acme.Core.pdb", signature: str = SIGNATURE) -> bytes | None:
    """The PDB that a debugger gets, or None."""
    try:
        return feed.symbols.find(name, signature).read_bytes()
    except NotFound:
        return None


def kept(feed: Feed) -> list[str]:
    """Every file of symbols there is, the folder of each push left out."""
    folders = feed.data.glob("packages/*/*/symbols/*")
    return sorted(path.name for folder in folders for path in folder.iterdir())


def test_a_pdb_is_found_by_what_a_debugger_knows_of_it(feed: Feed) -> None:
    pdbs = {
        "lib/net8.0/Acme.Core.pdb": make_pdb(text=b"core"),
        "lib/net8.0/Acme.Extras.PDB": make_pdb(OTHER, text=b"extras"),
    }
    record = push(feed, make_snupkg(pdbs=pdbs))
    assert (record.id, str(record.version)) == ("Acme.Core", "1.0.0")
    assert found(feed) == pdbs["lib/net8.0/Acme.Core.pdb"]
    assert found(feed, "ACME.core.PDB", SIGNATURE.upper()) == pdbs["lib/net8.0/Acme.Core.pdb"]
    assert found(feed, "acme.extras.pdb", signature_of(OTHER)) == make_pdb(OTHER, text=b"extras")
    assert found(feed, "Acme.Core.pdb", signature_of(OTHER)) is None
    assert found(feed, "Acme.Extras.pdb", SIGNATURE) is None
    assert found(feed, "Acme.Core.pdb", SIGNATURE.removesuffix("ffffffff") + "1") is None
    assert found(feed, "lib/net8.0/Acme.Core.pdb") is None


def test_the_symbols_package_is_kept_as_pushed_and_told_of_in_the_record(feed: Feed) -> None:
    pushed = make_snupkg()
    push(feed, pushed, by=ADMIN, days=3)
    assert SymbolFiles(feed.packages).snupkg("acme.core", ONE).read_bytes() == pushed
    assert kept(feed) == ["0.pdb", "acme.core.1.0.0.snupkg"]
    symbols = feed.packages.record("acme.core", ONE).symbols
    assert symbols is not None
    assert (symbols.pushed_by, symbols.pushed_with) == ("root", "rootkey")
    assert (symbols.size, symbols.pushed) == (len(pushed), NOW + timedelta(days=3))
    for path in (feed.data / "packages").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_symbols_change_nothing_else_of_the_version(feed: Feed) -> None:
    before = feed.packages.record("acme.core", ONE)
    after = push(feed)
    assert replace(after, symbols=None) == before


@pytest.mark.parametrize("version", ["1.0", "1.0.0.0", "1.0.0+build"])
def test_any_writing_of_the_id_and_version_will_do(feed: Feed, version: str) -> None:
    push(feed, make_snupkg("ACME.core", version, pdbs={"Acme.Core.pdb": make_pdb()}))
    assert found(feed) == make_pdb()


def test_one_pdb_for_several_frameworks_is_kept_once(feed: Feed) -> None:
    pdbs = {f"lib/{framework}/Acme.Core.pdb": make_pdb() for framework in ("net8.0", "net48")}
    push(feed, make_snupkg(pdbs={**pdbs, "lib/b.pdb": make_pdb(OTHER)}))
    assert kept(feed) == ["0.pdb", "1.pdb", "acme.core.1.0.0.snupkg"]
    assert found(feed) == make_pdb()
    assert found(feed, "b.pdb", signature_of(OTHER)) == make_pdb(OTHER)


def test_symbols_are_replaced_all_of_them(feed: Feed) -> None:
    push(feed, make_snupkg(pdbs={"a.pdb": make_pdb(), "b.pdb": make_pdb(OTHER)}))
    push(feed, make_snupkg(pdbs={"a.pdb": make_pdb(text=b"newer")}), days=1)
    assert found(feed, "a.pdb") == make_pdb(text=b"newer")
    assert found(feed, "b.pdb", signature_of(OTHER)) is None
    assert kept(feed) == ["0.pdb", "acme.core.1.0.0.snupkg"]


def test_whoever_had_a_pdb_first_is_asked_for_it(feed: Feed) -> None:
    """Not the one who takes its name and id later, nor where the first pushes again."""
    feed.push("Mallorys", by=OUTSIDER)
    push(feed, make_snupkg(pdbs={"a.pdb": make_pdb(text=b"hers")}))
    false = make_snupkg("Mallorys", pdbs={"a.pdb": make_pdb(text=b"false")})
    push(feed, false, by=OUTSIDER, days=1)
    assert found(feed, "a.pdb") == make_pdb(text=b"hers")
    push(feed, make_snupkg(pdbs={"a.pdb": make_pdb(text=b"hers again")}), days=2)
    assert found(feed, "a.pdb") == make_pdb(text=b"hers again")
    push(feed, make_snupkg(pdbs={"b.pdb": make_pdb()}), days=3)
    assert found(feed, "a.pdb") == make_pdb(text=b"false")


def test_only_owners_and_admins_push_symbols(feed: Feed) -> None:
    for holder in (BOB, OUTSIDER):
        with pytest.raises(NotOwner):
            push(feed, by=holder)
    assert found(feed) is None
    push(feed, by=ADMIN)
    assert found(feed) == make_pdb()


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_an_outsider_does_not_learn_which_versions_there_are(feed: Feed, version: str) -> None:
    with pytest.raises(NotOwner):
        push(feed, make_snupkg(version=version), by=OUTSIDER)


@pytest.mark.parametrize(("id", "version"), [("Acme.Core", "2.0.0"), ("Acme.Other", "1.0.0")])
def test_symbols_come_after_their_package(feed: Feed, id: str, version: str) -> None:
    with pytest.raises(NotFound):
        push(feed, make_snupkg(id, version))
    assert feed.packages.ids() == ["acme.core"]
    assert feed.packages.version_keys("acme.core") == ["1.0.0"]
    assert feed.left_over() == []


def test_a_deleted_version_loses_its_symbols_and_takes_no_others(feed: Feed) -> None:
    push(feed)
    feed.packages.bury("acme.core", ONE, Tombstone(deleted_at=NOW, deleted_by="root"))
    feed.index.refresh("acme.core")
    assert found(feed) is None
    assert not (feed.data / "packages" / "acme.core" / "1.0.0" / "symbols").exists()
    with pytest.raises(NotFound):
        push(feed)
    assert kept(feed) == []
    assert feed.left_over() == []


def test_an_unlisted_version_keeps_its_symbols(feed: Feed) -> None:
    push(feed)
    feed.stewardship.unlist(ALICE.person, "Acme.Core", "1.0.0", NOW)
    assert found(feed) == make_pdb()


def test_a_symbols_package_is_no_package(feed: Feed) -> None:
    with pytest.raises(BadPackage, match="push it to /api/v2/symbolpackage"):
        feed.publishing.receive(ALICE, [make_snupkg(version="2.0.0")], "", NOW)
    assert feed.packages.version_keys("acme.core") == ["1.0.0"]


def test_files_that_a_nuspec_names_need_not_be_with_the_symbols(feed: Feed) -> None:
    push(feed, make_snupkg(icon="icon.png", readme="readme.md"))
    assert found(feed) == make_pdb()


def lying(**fields: object) -> bytes:
    """A symbols package whose one PDB is as the fields of a zip's Entry say."""
    nuspec = make_nuspec(package_types=[("SymbolsPackage", None)]).encode()
    pdb = Entry("a.pdb", **{"content": make_pdb(), **fields})
    return raw_zip([Entry("Acme.Core.nuspec", nuspec), pdb])


BAD = {
    "nothing": (b"", "not a .nupkg"),
    "text": (b"Not a package at all.", "not a .nupkg"),
    "a package": (make_nupkg(), "must have the package type SymbolsPackage"),
    "a Windows PDB": (make_snupkg(pdbs={"lib/w.pdb": WINDOWS_PDB}), "'lib/w.pdb' is a Windows PDB"),
    "a PDB that is none": (make_snupkg(pdbs={"lib/x.pdb": b"x"}), "'lib/x.pdb' is not a portable"),
    "one bad PDB of two": (
        make_snupkg(pdbs={"a.pdb": make_pdb(), "b.pdb": make_pdb()[:-1]}),
        "'b.pdb' ends before",
    ),
    "something that runs": (make_snupkg(pdbs={"a.pdb": make_pdb(), "a.dll": b"MZ"}), "'a.dll'"),
    "no PDB": (make_snupkg(pdbs={}), "must hold a .pdb"),
    "a path": (make_snupkg(pdbs={"../../a.pdb": make_pdb()}), "could leave its folder"),
    "an escaped path": (make_snupkg(pdbs={"..%2f..%2fa.pdb": make_pdb()}), "could leave"),
    "a control character": (make_snupkg(pdbs={"a%0a.pdb": make_pdb()}), "control character"),
    "two of one name": (
        make_snupkg(pdbs={"a.pdb": make_pdb(), "A.pdb": make_pdb()}),
        "twice",
    ),
    "a size that lies high": (lying(size=5000), "fewer bytes than the 5000"),
    "a size that lies low": (lying(size=50), "more bytes than the 50"),
    "a wrong checksum": (lying(checksum=1), "is damaged"),
    "bytes that cannot be inflated": (lying(packed=b"\xff" * 50), "is damaged"),
    "a bomb": (lying(content=bytes(64 * 2**20)), "zip bomb"),
    "a bomb that denies it": (
        lying(packed=deflated(make_pdb() + bytes(64 * 2**20)), size=len(make_pdb())),
        f"more bytes than the {len(make_pdb())} the zip says",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_are_no_symbols_is_refused_and_leaves_the_old_ones(feed: Feed, name: str) -> None:
    content, wanted = BAD[name]
    push(feed)
    before = (feed.packages.changed_at("acme.core"), kept(feed))
    with pytest.raises(BadPackage) as refused:
        push(feed, content, days=1)
    assert wanted in str(refused.value)
    assert found(feed) == make_pdb()
    assert (feed.packages.changed_at("acme.core"), kept(feed)) == before
    assert feed.left_over() == []


@pytest.mark.parametrize("name", HOSTILE)
def test_no_hostile_package_gets_in_as_symbols(feed: Feed, name: str) -> None:
    content, _ = HOSTILE[name]
    with pytest.raises(Refusal):
        push(feed, content)
    assert kept(feed) == []
    assert feed.left_over() == []


def test_a_body_that_breaks_off_leaves_the_old_symbols(feed: Feed) -> None:
    def body() -> Iterator[bytes]:
        yield make_snupkg()[:100]
        raise UploadIncomplete

    push(feed)
    with pytest.raises(UploadIncomplete):
        feed.symbols.receive(ALICE, body(), "", NOW)
    assert found(feed) == make_pdb()
    assert feed.left_over() == []


def test_symbols_come_back_when_the_index_is_made_anew(feed: Feed) -> None:
    push(feed)
    feed.push("Acme.Core", "2.0.0")
    push(feed, make_snupkg(version="2.0.0", pdbs={"b.pdb": make_pdb(OTHER)}))
    feed.index.rebuild()
    assert found(feed) == make_pdb()
    assert found(feed, "b.pdb", signature_of(OTHER)) == make_pdb(OTHER)
    feed.index.close()
    (feed.data / "index.sqlite").unlink()
    assert found(feed) == make_pdb()


def test_symbols_that_the_index_missed_are_found_after_the_next_start(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr("ninety.store.index_schema.write", full)
        push(feed)
    assert found(feed) is None
    assert feed.index.catch_up() == ["acme.core"]
    assert found(feed) == make_pdb()


def test_a_record_that_cannot_be_written_keeps_the_old_symbols(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(feed)
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise DiskFull

        patch.setattr("ninety.store.files.replace_durably", full)
        with pytest.raises(DiskFull):
            push(feed, make_snupkg(pdbs={"a.pdb": make_pdb(OTHER)}))
    assert found(feed) == make_pdb()
    assert kept(feed) == ["0.pdb", "acme.core.1.0.0.snupkg"]
    assert feed.left_over() == []


def test_the_id_of_the_test_pdb_is_the_one_it_says() -> None:
    assert signature_of(GUID) == SIGNATURE
