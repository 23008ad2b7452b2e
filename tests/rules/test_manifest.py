"""Whole packages: good ones are read, hostile ones are refused, and nothing else happens."""

import random
import tracemalloc
from datetime import UTC, datetime
from io import BytesIO

import pytest

from ninety.rules.errors import BadPackage
from ninety.rules.manifest import image_type, read
from parts.hostile import HOSTILE
from parts.packages import PNG, make_nupkg, make_nuspec, make_zip
from parts.zips import Entry, raw_zip


def manifest_of(content, now=None):
    return read(BytesIO(content), now)


@pytest.mark.parametrize(("content", "wanted"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_package_is_refused_with_a_sentence_that_says_why(content, wanted):
    with pytest.raises(BadPackage) as refused:
        manifest_of(content)
    sentence = str(refused.value)
    assert wanted in sentence
    assert sentence.isascii()
    assert sentence.isprintable()
    assert len(sentence) <= 200


def test_the_hostile_set_is_large():
    assert len(HOSTILE) >= 250


def test_a_package_cut_anywhere_is_refused():
    whole = make_nupkg()
    for length in range(len(whole)):
        with pytest.raises(BadPackage):
            manifest_of(whole[:length])
    assert manifest_of(whole).id == "Acme.Core"


@pytest.mark.parametrize("seed", range(8))
def test_a_package_with_bytes_flipped_is_read_or_refused_and_nothing_else(seed):
    chance = random.Random(seed)
    whole = make_nupkg(
        icon="i.png", readme="R.md", files={"i.png": PNG, "R.md": b"# R"}, dependencies=[("A", "1")]
    )
    refused = 0
    for _ in range(300):
        flipped = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 8))):
            flipped[chance.randrange(len(flipped))] = chance.randrange(256)
        try:
            manifest_of(bytes(flipped))
        except BadPackage as refusal:
            sentence = str(refusal)
            assert len(sentence) <= 200
            refused += 1
    assert refused > 100


def crowded():
    """As much as the limits let in: the most and longest names, the most elements."""
    elements = "<dependency id='a' version=''/>" * 19_000
    return raw_zip(
        [
            Entry("a.nuspec", f"<p><metadata><x>{elements}</x></metadata></p>".encode()),
            *(Entry(f"{number:0350}", b"", 0) for number in range(19_999)),
        ]
    )


def test_the_worst_of_the_hostile_set_needs_little_memory():
    allowed = 60 * 2**20
    for content in (crowded(), *(content for content, _ in HOSTILE.values())):
        stream = BytesIO(content)
        tracemalloc.start()
        try:
            with pytest.raises(BadPackage):
                read(stream)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < allowed


GOOD = {
    "as clients pack": make_nupkg(
        files={"[Content_Types].xml": b"", "_rels/.rels": b"", "lib/net8.0/Acme.Core.dll": b"MZ"}
    ),
    "signed": make_nupkg(files={".signature.p7s": b"anything"}),
    "nothing but a nuspec": make_nupkg(files={}),
    "folders as entries": make_nupkg(files={"lib/": b"", "lib/net8.0/": b"", "lib/net8.0/a": b""}),
    "stored": make_zip({"Acme.Core.nuspec": make_nuspec().encode()}, method=0),
    "nuspec of another name": make_zip({"package.NUSPEC": make_nuspec().encode()}),
    "nuspecs in folders": make_nupkg(files={"content/other.nuspec": b"not xml"}),
    "backslashes": make_nupkg(files={"lib\\net45\\Acme.Core.dll": b"MZ"}),
    "percent signs": make_nupkg(
        files={"lib/100%25 %20.txt": b"", "a%zz": b"", "%252e%252e/a": b""}
    ),
    "dots in names": make_nupkg(files={"..a": b"", "a..b": b"", "a../b": b"", ".a": b""}),
    "letters of the world": make_nupkg(files={"content/Über ﬁ 日本.txt": b""}),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
def test_a_good_package_is_read(content):
    manifest = manifest_of(content)
    assert (manifest.id, str(manifest.version)) == ("Acme.Core", "1.0.0")


def test_the_files_a_nuspec_names_come_with_it():
    content = make_nupkg(
        icon="images\\Icon.PNG",
        readme="docs/READ ME.md",
        license={"type": "file", "": "./LICENSE"},
        files={"images/icon.png": PNG, "docs/READ%20ME.md": b"# Core", "LICENSE": "©".encode()},
    )
    manifest = manifest_of(content)
    assert (manifest.icon, manifest.icon_file) == (PNG, "images/Icon.PNG")
    assert (manifest.readme, manifest.readme_file) == (b"# Core", "docs/READ ME.md")
    assert (manifest.license, manifest.license_file) == ("©".encode(), "LICENSE")
    assert manifest.license_expression is None
    assert manifest.nuspec.startswith(b"<?xml")


def test_a_package_that_names_no_files_has_none():
    manifest = manifest_of(make_nupkg())
    assert (manifest.icon, manifest.readme, manifest.license) == (None, None, None)


def test_files_of_exactly_a_mebibyte_are_taken():
    readme = b"x" * 2**20
    assert manifest_of(make_nupkg(readme="R.md", files={"R.md": readme})).readme == readme


def test_an_icon_is_what_its_bytes_say():
    assert image_type(PNG) == "image/png"
    assert image_type(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert image_type(b"<svg/>") is None
    assert manifest_of(make_nupkg(icon="i.jpg", files={"i.jpg": PNG})).icon == PNG


def test_with_a_clock_given_files_from_more_than_a_day_ahead_are_refused():
    content = make_nupkg()  # dated 1 January 2026, 00:00
    assert manifest_of(content).id == "Acme.Core"
    assert manifest_of(content, datetime(2025, 12, 31, 0, 0, tzinfo=UTC)).id == "Acme.Core"
    with pytest.raises(BadPackage, match=r"'Acme\.Core\.nuspec' .* in the future, 2026-01-01"):
        manifest_of(content, datetime(2025, 12, 30, 23, 59, 59, tzinfo=UTC))


def test_the_stream_stays_open_for_its_owner():
    stream = BytesIO(make_nupkg())
    read(stream)
    assert not stream.closed
