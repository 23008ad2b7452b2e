"""Zips that must be refused: names, duplicates, lying directories, bombs."""

import struct

from parts.packages import PNG, make_nupkg, make_nuspec, make_zip
from parts.zips import Entry, deflated, raw_zip

MIB = 2**20
NUSPEC = make_nuspec().encode()
MANIFEST = Entry("Acme.Core.nuspec", NUSPEC)

Case = tuple[bytes, str]


def with_entry(name: str | bytes, **fields: object) -> bytes:
    """A package with one more file, called `name` and as the `fields` of Entry say."""
    return raw_zip([MANIFEST, Entry(name, **fields)])


def with_nuspec(content: bytes, **fields: object) -> bytes:
    """A package whose nuspec has this content and these fields of Entry."""
    return raw_zip([Entry("Acme.Core.nuspec", content, **fields)])


def _paths() -> dict[str, Case]:
    outside, absolute, empty = "could leave its folder", "absolute path", "an empty part"
    names: dict[str | bytes, str] = {
        "../evil": outside,
        "..": outside,
        ".": outside,
        "lib/../../evil": outside,
        "lib/..": outside,
        "lib/./evil": outside,
        "lib/.. /evil": outside,
        "lib/.../evil": outside,
        "lib/ /evil": outside,
        "..\\evil": outside,
        "lib\\..\\..\\evil": outside,
        "%2e%2e/evil": outside,
        "..%2fevil": outside,
        "..%5cevil": outside,
        "lib/%2E%2E/%2E./evil": outside,
        "/etc/passwd": absolute,
        "\\evil": absolute,
        "\\\\server\\share": absolute,
        "//server/share": absolute,
        "/": absolute,
        "%2fetc/passwd": absolute,
        "%5cevil": absolute,
        "C:/evil": "a colon",
        "C:\\evil": "a colon",
        "c:evil": "a colon",
        "c%3a/evil": "a colon",
        "lib/a.dll:stream": "a colon",
        "": empty,
        "lib//a.dll": empty,
        "lib\\\\a.dll": empty,
        "lib/%2fa.dll": empty,
        "lib//": empty,
        "a\x00b": "control character",
        "lib/a.dll\x00.txt": "control character",
        "a\nb": "control character",
        "a\x1b[31m": "control character",
        "a\x7fb": "control character",
        "a%00b": "control character",
        "a%0d%0ab": "control character",
    }
    return {f"path {name!r}": (with_entry(name), wanted) for name, wanted in names.items()}


def _duplicates() -> dict[str, Case]:
    pairs = [
        ("lib/a.dll", "lib/a.dll"),
        ("lib/a.dll", "LIB/A.DLL"),
        ("lib/a.dll", "lib\\a.dll"),
        ("lib/a b.dll", "lib/a%20b.dll"),
        ("lib", "lib/"),
        ("lib/\u00e4.dll", "lib/\u00c4.dll"),
    ]
    cases = {
        f"twice {one!r} {two!r}": (raw_zip([MANIFEST, Entry(one), Entry(two)]), "twice")
        for one, two in pairs
    }
    cases["twice the nuspec"] = (raw_zip([MANIFEST, MANIFEST]), "twice")
    cases["two nuspecs"] = (with_entry("other.NUSPEC", content=NUSPEC), "2 nuspec files")
    return cases


def _containers() -> dict[str, Case]:
    whole = raw_zip([MANIFEST, Entry("lib/a.dll")])
    no_zip, elsewhere = "not end as a zip", "not where the zip says"
    miscounted, overlap = "not hold what the zip says", "overlap"
    return {
        "no bytes": (b"", no_zip),
        "one byte": (b"P", no_zip),
        "text": (b"not a package\n" * 100, no_zip),
        "zeros": (bytes(70_000), no_zip),
        "html": (b"<!doctype html><title>502</title>", no_zip),
        "half an end record": (b"PK\x05\x06" + bytes(17), no_zip),
        "an empty zip": (raw_zip([]), "missing the required nuspec"),
        "cut before the end": (whole[:-1], no_zip),
        "cut in the directory": (whole[:-60], no_zip),
        "cut in half": (whole[: len(whole) // 2], no_zip),
        "a byte after the end": (whole + b"\0", "follows the end"),
        "a comment cut": (raw_zip([MANIFEST], comment=b"x", comment_size=9), "follows the end"),
        "an end in the comment": (raw_zip([MANIFEST], comment=b"PK\x05\x06" + bytes(9)), no_zip),
        "bytes before": (b"MZ" * 99 + whole, elsewhere),
        "bytes between": (raw_zip([MANIFEST], between=b"gap"), elsewhere),
        "directory past the end": (raw_zip([MANIFEST], directory_start=10**9), elsewhere),
        "directory too long": (raw_zip([MANIFEST], directory_size=10**6), elsewhere),
        "directory of 4 GiB": (raw_zip([MANIFEST], directory_size=2**32 - 1), "bytes; 8388608"),
        "zip64": (raw_zip([MANIFEST], between=b"PK\x06\x07" + bytes(16)), "ZIP64"),
        "one part of several": (raw_zip([MANIFEST], disk=1), "one part of several"),
        "count too low": (raw_zip([MANIFEST, Entry("a")], count=1), miscounted),
        "count too high": (raw_zip([MANIFEST], count=2), miscounted),
        "count of 65,535": (raw_zip([MANIFEST], count=2**16 - 1), "65535 files; 20000"),
        "20,001 files": (
            raw_zip([Entry(f"{number}", b"", 0) for number in range(20_001)]),
            "20001 files; 20000",
        ),
        "50,000 files said to be 1": (
            raw_zip([Entry(f"{number}", b"", 0) for number in range(50_000)], count=1),
            miscounted,
        ),
        "two entries, one place": (
            raw_zip([MANIFEST, Entry("a", offset=0), Entry("b", offset=0)]),
            overlap,
        ),
        "an entry inside another": (raw_zip([MANIFEST, Entry("a", offset=9)]), overlap),
        "an entry past the end": (with_entry("a", offset=10**9), overlap),
        "an entry longer than the file": (with_entry("a", packed_size=10**6), overlap),
        "an entry that starts late": (with_nuspec(NUSPEC, offset=1), "is damaged"),
        "no local header": (_without_local_header(), "is damaged"),
    }


def _without_local_header() -> bytes:
    return raw_zip([MANIFEST]).replace(b"PK\x03\x04", b"PK\x00\x00")


def _entries() -> dict[str, Case]:
    bomb, damaged = "a zip bomb", "is damaged"
    long_xml = NUSPEC + b" " * MIB
    cases = {
        f"method {method}": (with_entry("a", method=method), f"method {method};")
        for method in (1, 6, 9, 12, 14, 93, 95, 98, 99)
    }
    return cases | {
        "encrypted": (with_entry("a", flags=0x1), "encrypted"),
        "strongly encrypted": (with_entry("a", flags=0x40), "encrypted"),
        "directory masked": (with_entry("a", flags=0x2000), "encrypted"),
        "encrypted nuspec": (with_nuspec(NUSPEC, flags=0x801), "encrypted"),
        "needs version 9.9": (with_entry("a", needs_version=99), "damaged directory"),
        "a name that is not UTF-8": (with_entry(b"\xff\xfe"), "damaged directory"),
        "an extra field cut": (with_entry("a", extra=b"\x01\x00\x08\x00"), "damaged directory"),
        "a zip64 field cut": (
            with_entry("a", size=2**32 - 1, extra=struct.pack("<HHL", 1, 4, 9)),
            "damaged directory",
        ),
        "stored with two sizes": (with_entry("a", method=0, size=9), "two different sizes"),
        "patched data": (with_nuspec(NUSPEC, flags=0x820), damaged),
        "another local name": (with_nuspec(NUSPEC, local_name="Other.nuspec"), damaged),
        "a wrong checksum": (with_nuspec(NUSPEC, checksum=1), damaged),
        "not deflated": (with_nuspec(NUSPEC, packed=b"\xff" * 99), damaged),
        "deflated and cut": (with_nuspec(NUSPEC, packed=deflated(NUSPEC)[:-9]), damaged),
        "smaller than said": (with_nuspec(NUSPEC, size=len(NUSPEC) + 1), "the zip says"),
        "larger than said": (with_nuspec(NUSPEC, size=len(NUSPEC) - 9), "the zip says"),
        "larger than said, checksum to match": (
            with_nuspec(NUSPEC[:-9], packed=deflated(NUSPEC)),
            damaged,
        ),
        "nuspec over 1 MiB": (with_nuspec(long_xml), "larger than 1024 KiB"),
        "nuspec over 1 MiB said to be small": (with_nuspec(long_xml, size=99), "more bytes than"),
        "nuspec of 4 GiB in words": (with_nuspec(NUSPEC, size=2**32 - 2), bomb),
        "icon over 1 MiB": (
            make_nupkg(icon="i.png", files={"i.png": PNG + bytes(MIB)}),
            "larger than 1024 KiB",
        ),
        "32 MiB of zeros": (make_zip({"a.nuspec": NUSPEC, "a": bytes(32 * MIB)}), bomb),
        "a bomb of many": (make_zip({f"{n}": bytes(MIB) for n in range(18)}), bomb),
        "5 GiB in words": (
            raw_zip([MANIFEST, *(Entry(f"{n}", size=2**30) for n in range(5))]),
            "unpacks to 53687",
        ),
    }


HOSTILE_ZIPS: dict[str, Case] = {**_paths(), **_duplicates(), **_containers(), **_entries()}
