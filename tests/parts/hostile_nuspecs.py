"""Nuspecs that must be refused: dangerous XML, bad values, files that are not there."""

from parts.hostile_zips import Case, with_nuspec
from parts.packages import make_nupkg, make_nuspec, make_zip

MIB = 2**20


def _documents() -> dict[str, Case]:
    text = make_nuspec()
    doctype = "has a DOCTYPE"
    malformed = "not well-formed XML"
    entities = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    declared = "declares the encoding"
    nuspecs: dict[str, tuple[str | bytes, str]] = {
        "a doctype": (f"<!DOCTYPE package>{text[39:]}", doctype),
        "a billion laughs": (f"<!DOCTYPE p [{entities}]><p>&j;</p>", doctype),
        "a file as entity": ('<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><p/>', doctype),
        "a doctype from afar": ('<!DOCTYPE p SYSTEM "http://127.0.0.1/x.dtd"><p/>', doctype),
        "a doctype in UTF-16": ("<!DOCTYPE p><p/>".encode("utf-16"), doctype),
        "an entity nobody declared": ("<package>&secret;</package>", malformed),
        "nothing": ("", malformed),
        "text": ("id: Acme.Core", malformed),
        "JSON": ('{"id": "Acme.Core"}', malformed),
        "cut": (text[:200], malformed),
        "two roots": (text + text[39:], malformed),
        "an unbound prefix": ("<x:package/>", malformed),
        "a NUL": (text.replace("Acme", "\0"), "a NUL"),
        "the same attribute twice": ("<package a='1' a='2'/>", malformed),
        "Latin-1 declared": (text.replace("utf-8", "iso-8859-1"), declared),
        "Windows-1252 declared": (text.replace("utf-8", "windows-1252"), declared),
        "UTF-7 declared": (text.replace("utf-8", "utf-7"), declared),
        "UTF-16 declared, UTF-8 written": (text.replace("utf-8", "utf-16"), declared),
        "Latin-1 written": ("<a>\u00e4</a>".encode("latin-1"), "not encoded in UTF-8"),
        "UTF-8 with a surrogate": (b"<a>\xed\xa0\x80</a>", "not encoded in UTF-8"),
        "UTF-16 cut in a letter": (text.encode("utf-16")[:-1], "not encoded in UTF-8"),
        "UTF-16 without its mark": (text.encode("utf-16-le"), "a NUL"),
        "UTF-32": (text.encode("utf-32"), "a NUL"),
        "deep": ("<a>" * 10_000 + "</a>" * 10_000, "nested more than 32"),
        "wide": (f"<a>{'<b/>' * 200_000}</a>", "more than 20000 elements"),
        "no metadata": ("<package/>", "has 0 <metadata>"),
        "metadata too deep": ("<a><b><metadata/></b></a>", "has 0 <metadata>"),
        "two metadata": ("<p><metadata/><metadata/></p>", "has 2 <metadata>"),
        "two ids": (text.replace("<id>", "<id>Other</id><id>"), "two elements 'id'"),
        "two versions in two namespaces": (
            text.replace("<version>", "<version xmlns='urn:x'>2.0</version><version>"),
            "two elements 'version'",
        ),
        "an empty metadata": ("<package><metadata/></package>", "id is empty"),
    }
    cases = {
        f"xml: {name}": (
            with_nuspec(nuspec.encode() if isinstance(nuspec, str) else nuspec),
            wanted,
        )
        for name, (nuspec, wanted) in nuspecs.items()
    }
    in_folder = make_zip({"package/Acme.Core.nuspec": make_nuspec().encode()})
    return cases | {"nuspec in a folder": (in_folder, "missing the required nuspec")}


def _values() -> dict[str, Case]:
    ids = ["", ".", "..", "a..b", "-a", "a b", "a/b", "$id$", "a\u00e4", "\u0410cme", "x" * 101]
    wrong_versions = ["", "x", "1..2", "1.2.3.4.5", "1.0-", "1.0-00", "1.0+", "$version$", "1.*"]
    wrong_versions += ["2147483648.0", "\uff11.0", "1." + "0" * 70, "1.0-\u00e9", "1.0\u200b"]
    ranges = [
        "x",
        "1.*",
        "*",
        "[1.0",
        "(1.0)",
        "[2.0,1.0]",
        "[1,2,3]",
        "(,)",
        "1.0+build",
        "\uff11",
    ]
    urls = ["x", "/x", "www.example.org", "ftp://a/b", "javascript:alert(1)", "file:///etc/passwd"]
    urls += ["http://", "http:///x", "http://a b/", "http://a:x/", "http://[::1", "http://<x>/"]
    urls += ["http://a/\nb", "https://a/" + "x" * 4000]
    lengths = {"title": 256, "releaseNotes": 35_000} | dict.fromkeys(
        ["authors", "description", "summary", "tags", "copyright", "language"], 4_000
    )
    cases = {f"id {value[:9]!r}": (make_nupkg(nuspec=make_nuspec(value)), "id") for value in ids}
    cases |= {f"version {v[:9]!r}": (make_nupkg(version=v), "version") for v in wrong_versions}
    cases |= {
        f"range {value!r}": (make_nupkg(dependencies=[("Acme.Base", value)]), "dependency")
        for value in ranges
    }
    cases |= {
        f"{name} {url[:24]!r}": (make_nupkg(**{name: url}), f"<{name}>")
        for name in ("projectUrl", "iconUrl", "licenseUrl")
        for url in urls
    }
    cases |= {
        f"{name} too long": (make_nupkg(**{name: "x" * (most + 1)}), f"{most} are allowed")
        for name, most in lengths.items()
    }
    for name in ("requireLicenseAcceptance", "developmentDependency", "serviceable"):
        cases[f"{name} maybe"] = (make_nupkg(**{name: "maybe"}), "must be true or false")
    return cases | {
        "no id": (make_nupkg(nuspec=make_nuspec(None)), "id is empty"),
        "no version": (make_nupkg(nuspec=make_nuspec(version=None)), "version is wrong"),
        "minClientVersion": (make_nupkg(min_client_version="new"), "minClientVersion is wrong"),
        "dependency id": (make_nupkg(dependencies=[("a b", "1.0")]), "'a b' is not a package id"),
        "dependency without id": (make_nupkg(dependencies=[("", "1.0")]), "id is empty"),
        "dependency twice": (
            make_nupkg(dependencies={"net8.0": [("A", "1"), ("B", "1"), ("a", "2")]}),
            "'a' is named twice for 'net8.0'",
        ),
        "dependencies in and out of groups": (
            make_nupkg(
                nuspec=make_nuspec(dependencies=[("A", "1.0")]).replace(
                    "<dependencies>", "<dependencies><group/>"
                )
            ),
            "inside groups and outside",
        ),
        "target framework too long": (make_nupkg(dependencies={"n" * 257: []}), "target framework"),
        "package type without name": (make_nupkg(package_types=[(" ", None)]), "has no name"),
        "package type too long": (make_nupkg(package_types=[("x" * 257, None)]), "package type"),
        "package type version": (make_nupkg(package_types=[("T", "1.0-a")]), "'1.0-a'"),
        "repository too long": (make_nupkg(repository={"url": "x" * 4001}), "repository's url"),
    }


def _files() -> dict[str, Case]:
    def of_kind(kind: str | None, text: str) -> dict[str, str | None]:
        return {"type": kind, "": text}

    missing, ending = "is not in the package", "none of the endings"
    binary = {"L.txt": b"\xff\xfe\xfd", "R.md": b"\xff\xfe\xfd", "i.png": b"GIF89a", "x": b""}
    large = {"L.txt": b"x" * (MIB + 1), "R.md": b"x" * (MIB + 1)}
    metadata: dict[str, tuple[dict[str, object], dict[str, bytes], str]] = {
        "license of no kind": ({"license": "MIT"}, {}, "license type ''"),
        "license of some kind": ({"license": of_kind("url", "x")}, {}, "license type 'url'"),
        "license empty": ({"license": of_kind("expression", "")}, {}, "not a license expression"),
        "license too long": ({"license": of_kind("file", "x" * 501)}, {}, "500 are allowed"),
        "license file unnamed": ({"license": of_kind("file", " ")}, {}, "names no file"),
        "license file missing": ({"license": of_kind("file", "L.txt")}, {}, missing),
        "license file ending": ({"license": of_kind("file", "L.exe")}, {}, ending),
        "license file binary": ({"license": of_kind("file", "L.txt")}, binary, "not UTF-8 text"),
        "license file large": ({"license": of_kind("file", "L.txt")}, large, "than 1024 KiB"),
        "license outside": ({"license": of_kind("file", "../L.txt")}, {}, missing),
        "icon missing": ({"icon": "i.png"}, {}, missing),
        "icon ending": ({"icon": "i.svg"}, {}, ending),
        "icon without ending": ({"icon": "x"}, binary, ending),
        "icon of another kind": ({"icon": "i.png"}, binary, "neither a PNG nor a JPEG"),
        "readme missing": ({"readme": "R.md"}, {}, missing),
        "readme ending": ({"readme": "R.html"}, {}, ending),
        "readme binary": ({"readme": "R.md"}, binary, "not UTF-8 text"),
        "readme large": ({"readme": "R.md"}, large, "than 1024 KiB"),
        "readme a folder": ({"readme": "docs.md/"}, {"docs.md/": b""}, missing),
        "readme outside": ({"readme": "..\\..\\R.md"}, {}, missing),
    }
    return {
        f"file: {name}": (make_nupkg(files=files, **wrong), wanted)
        for name, (wrong, files, wanted) in metadata.items()
    }


HOSTILE_NUSPECS: dict[str, Case] = {**_documents(), **_values(), **_files()}
