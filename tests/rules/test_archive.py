"""Archives as such; `test_manifest.py` tries the whole hostile set."""

import zipfile
from io import BytesIO

import pytest

from ninety.rules import archive
from ninety.rules.archive import open_archive
from ninety.rules.errors import BadPackage
from parts.hostile_zips import HOSTILE_ZIPS
from parts.packages import make_zip
from parts.zips import STREAMED, Entry, raw_zip


def opened(content):
    return open_archive(BytesIO(content))


def test_the_tests_write_zips_that_the_standard_library_reads():
    with zipfile.ZipFile(BytesIO(raw_zip([Entry("a", b"one"), Entry("b", b"two", 0)]))) as honest:
        assert honest.testzip() is None
        assert honest.read("b") == b"two"


def test_names_are_what_files_will_be_called_on_disk():
    files = {"lib/": b"", "lib\\a.dll": b"", "100%25.txt": b"", "%252e%252e": b"", "\u00e9": b""}
    assert opened(make_zip(files)).names == ("lib/a.dll", "100%.txt", "%2e%2e", "\u00e9")


def test_a_file_is_found_whatever_its_case_and_however_its_name_was_escaped():
    content = make_zip({"Docs\\READ%20ME.md": b"# Read me"})
    assert "docs/read me.md" in opened(content)
    assert "docs/read%20me.md" not in opened(content)
    assert opened(content).read("DOCS/Read Me.md", 9) == b"# Read me"


def test_a_folder_is_not_a_file():
    assert "lib/" not in opened(make_zip({"lib/": b""}))
    assert "lib" not in opened(make_zip({"lib/": b""}))


def test_a_file_may_have_as_many_bytes_as_the_limit_and_no_more():
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        content = make_zip({"a": bytes(5000)}, method)
        assert opened(content).read("a", 5000) == bytes(5000)
        with pytest.raises(BadPackage, match=r"'a' is larger than 4 KiB"):
            opened(content).read("a", 4999)


def test_a_file_said_to_be_small_is_not_inflated_much_further():
    bomb = opened(raw_zip([Entry("a", bytes(10**7), size=10)]))
    with pytest.raises(BadPackage, match=r"'a' has more bytes than the 10 the zip says"):
        bomb.read("a", 1024)
    pieces = []
    with pytest.raises(BadPackage, match="more bytes"):
        pieces.extend(bomb.pieces("a", 10**9))
    assert 0 < sum(map(len, pieces)) < 10**6


def test_a_file_comes_in_pieces_that_make_it_up():
    content = bytes(range(256)) * 4000
    pieces = list(opened(raw_zip([Entry("a", content)])).pieces("A", 10**9))
    assert b"".join(pieces) == content
    assert len(pieces) > 1
    assert opened(raw_zip([Entry("a", content)])).size("A") == len(content)


def test_a_streamed_zip_keeps_its_sizes_in_the_directory_alone():
    content = raw_zip([Entry("a", b"streamed", flags=STREAMED), Entry("b", b"", 0)])
    assert opened(content).read("a", 100) == b"streamed"


def test_files_that_nobody_reads_are_not_inflated():
    damaged = raw_zip([Entry("good", b"good"), Entry("bad", b"bad", packed=b"\xff" * 9)])
    assert opened(damaged).read("good", 100) == b"good"
    with pytest.raises(BadPackage, match=r"'bad' in the zip is damaged"):
        opened(damaged).read("bad", 100)


def test_a_comment_is_allowed_even_the_longest():
    for comment in (b"signed by nobody", bytes(2**16 - 1)):
        assert opened(raw_zip([Entry("a")], comment=comment)).names == ("a",)


def test_as_many_files_as_allowed_are_taken():
    entries = [Entry(f"{number}", b"", 0) for number in range(archive.MOST_ENTRIES)]
    assert len(opened(raw_zip(entries)).names) == archive.MOST_ENTRIES


def test_what_compresses_well_is_no_bomb():
    assert opened(make_zip({"zeros": bytes(archive.STEEP_FROM)})).names == ("zeros",)
    with pytest.raises(BadPackage, match="a zip bomb"):
        opened(make_zip({"zeros": bytes(archive.STEEP_FROM + 1)}))


def test_a_broken_disk_is_not_blamed_on_the_package():
    class BrokenDisk(BytesIO):
        def read(self, *_):
            raise OSError("input/output error")

    with pytest.raises(OSError, match="input/output error"):
        open_archive(BrokenDisk(make_zip({"a": b""})))


def test_most_of_the_hostile_set_falls_before_anything_is_inflated(monkeypatch):
    def inflated(*_):
        raise AssertionError("inflated")

    monkeypatch.setattr(zipfile.ZipFile, "open", inflated)
    for name, (content, wanted) in HOSTILE_ZIPS.items():
        if name.startswith(("path", "twice", "method")):
            with pytest.raises(BadPackage, match=wanted):
                opened(content)
