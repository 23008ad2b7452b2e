"""The feed's documents, as NuGet clients expect them."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest

from ninety.rules import feed, manifest
from ninety.rules.deprecation import Deprecation
from ninety.rules.feed import Page
from ninety.rules.links import SEMVER1, SEMVER2, Links
from ninety.rules.records import VersionRecord
from ninety.rules.versions import parse
from parts.packages import make_nupkg

BASE = "https://feed.example/team"
LINKS = Links(BASE)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


def record(id: str = "Acme.Core", version: str = "1.0.0", **more: Any) -> VersionRecord:
    return VersionRecord(
        manifest=manifest.read(BytesIO(make_nupkg(id, version, **more))),
        size=1000,
        sha512="abc=",
        published=datetime(2026, 11, 23, 14, 4, tzinfo=UTC),
    )


def entry(one: VersionRecord) -> dict[str, Any]:
    found: dict[str, Any] = feed.leaf(LINKS, one)["catalogEntry"]
    return found


def types() -> dict[str, str]:
    return {one["@type"]: one["@id"] for one in feed.service_index(BASE)["resources"]}


@pytest.mark.parametrize(
    ("type", "url"),
    [
        ("PackageBaseAddress/3.0.0", f"{BASE}/v3/package/"),
        ("PackagePublish/2.0.0", f"{BASE}/api/v2/package"),
        ("SearchQueryService", f"{BASE}/v3/search"),
        ("SearchQueryService/3.0.0-beta", f"{BASE}/v3/search"),
        ("SearchQueryService/3.0.0-rc", f"{BASE}/v3/search"),
        ("SearchQueryService/3.5.0", f"{BASE}/v3/search"),
        ("SearchAutocompleteService", f"{BASE}/v3/autocomplete"),
        ("SearchAutocompleteService/3.0.0-beta", f"{BASE}/v3/autocomplete"),
        ("SearchAutocompleteService/3.5.0", f"{BASE}/v3/autocomplete"),
        ("RegistrationsBaseUrl", f"{BASE}/v3/registration-semver1/"),
        ("RegistrationsBaseUrl/3.0.0-beta", f"{BASE}/v3/registration-semver1/"),
        ("RegistrationsBaseUrl/3.0.0-rc", f"{BASE}/v3/registration-semver1/"),
        ("RegistrationsBaseUrl/3.4.0", f"{BASE}/v3/registration-semver1/"),
        ("RegistrationsBaseUrl/3.6.0", f"{BASE}/v3/registration/"),
        ("RegistrationsBaseUrl/Versioned", f"{BASE}/v3/registration/"),
        ("PackageDetailsUriTemplate/5.1.0", f"{BASE}/packages/{{id}}/{{version}}"),
        (
            "ReadmeUriTemplate/6.13.0",
            f"{BASE}/v3/package/{{lower_id}}/{{lower_version}}/readme",
        ),
    ],
)
def test_the_service_index_names_what_clients_look_for(type: str, url: str) -> None:
    assert types()[type] == url


def test_the_service_index_promises_nothing_that_is_not_served() -> None:
    index = feed.service_index(BASE)
    assert index["version"] == "3.0.0"
    promised = {one["@type"].split("/")[0] for one in index["resources"]}
    assert not promised & {"RepositorySignatures", "VulnerabilityInfo", "LegacyGallery", "Catalog"}
    versioned = [one for one in index["resources"] if one["@type"].endswith("/Versioned")]
    assert [one["clientVersion"] for one in versioned] == ["4.3.0-alpha"]


def test_an_entry_says_what_clients_need() -> None:
    told = entry(record("Acme.Core", "1.0.0-Beta.1+build"))
    assert told["id"] == "Acme.Core"
    assert told["version"] == "1.0.0-Beta.1+build"
    assert told["listed"] is True
    assert told["published"] == "2026-11-23T14:04:00Z"
    assert told["packageContent"] == (
        f"{BASE}/v3/package/acme.core/1.0.0-beta.1/acme.core.1.0.0-beta.1.nupkg"
    )
    assert told["packageTypes"] == [{"name": "Dependency"}]
    assert entry(replace(record(), listed=False))["listed"] is False


def test_dependencies_are_told_by_group_with_normal_ranges() -> None:
    one = record(dependencies={"net8.0": [("Acme.Base", "1.0"), ("Any", None)], "net48": []})
    assert entry(one)["dependencyGroups"] == [
        {
            "targetFramework": "net8.0",
            "dependencies": [
                {
                    "id": "Acme.Base",
                    "range": "[1.0.0, )",
                    "registration": f"{BASE}/v3/registration/acme.base/index.json",
                },
                {
                    "id": "Any",
                    "range": "(, )",
                    "registration": f"{BASE}/v3/registration/any/index.json",
                },
            ],
        },
        {"targetFramework": "net48"},
    ]


def test_dependencies_for_every_framework_name_none() -> None:
    (group,) = entry(record(dependencies=[("Acme.Base", "[1.0]")]))["dependencyGroups"]
    assert "targetFramework" not in group
    assert [one["range"] for one in group["dependencies"]] == ["[1.0.0, 1.0.0]"]


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "https:///path",
        "http://ex ample.org",
        "http://example.org:99999/",
        "http://-x-.org/",
        "http://a..b/",
        "http://exämple.org/",
        "ftp://example.org/x",
        "http://example.org/a b",
        "http://[::1/",
        "javascript:alert(1)",
        "icon.png",
    ],
)
def test_an_address_a_client_might_choke_on_is_left_out(url: str) -> None:
    kept = record()
    odd = replace(
        kept,
        manifest=replace(kept.manifest, icon_url=url, project_url=url, license_url=url),
    )
    assert not {"iconUrl", "projectUrl", "licenseUrl"} & entry(odd).keys()
    assert "iconUrl" not in feed.search_result(LINKS, odd, [], {})


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/x.png?a=b&c=%20#d",
        "http://192.0.2.1:8080/i",
        "http://[2001:db8::1]/",
        "https://xn--exmple-cua.org/",
    ],
)
def test_a_plain_address_is_passed_on(url: str) -> None:
    kept = record()
    assert entry(replace(kept, manifest=replace(kept.manifest, icon_url=url)))["iconUrl"] == url


def test_embedded_files_are_told_by_addresses_of_the_feed() -> None:
    one = record(
        files={"i.png": PNG, "r.md": b"#", "l.txt": b"-"},
        icon="i.png",
        readme="r.md",
        license={"type": "file", "": "l.txt"},
        icon_url="https://elsewhere.example/i.png",
    )
    told, files = entry(one), f"{BASE}/v3/package/acme.core/1.0.0"
    assert told["iconUrl"] == f"{files}/icon"
    assert told["readmeUrl"] == f"{files}/readme"
    assert told["licenseUrl"] == f"{files}/license"


def test_a_license_expression_comes_with_an_address_to_read_it_at() -> None:
    told = entry(record(license={"type": "expression", "": "MIT OR (Apache-2.0)"}))
    assert told["licenseExpression"] == "MIT OR (Apache-2.0)"
    assert told["licenseUrl"] == "https://licenses.nuget.org/MIT%20OR%20%28Apache-2.0%29"


def test_a_deprecation_has_reasons_and_perhaps_an_alternative() -> None:
    bare = replace(record(), deprecation=Deprecation(reasons=("Legacy",)))
    assert entry(bare)["deprecation"] == {"reasons": ["Legacy"]}
    told = Deprecation(reasons=("Other",), message="Old.", alternative_id="Acme.New")
    assert entry(replace(record(), deprecation=told))["deprecation"] == {
        "reasons": ["Other"],
        "message": "Old.",
        "alternatePackage": {"id": "Acme.New", "range": "*"},
    }
    assert "deprecation" not in entry(record())


def test_a_page_holds_its_records_or_only_its_address() -> None:
    records = [record(version="1.0.0"), record(version="2.0.0")]
    pages = [
        Page(lowest="1.0.0", highest="2.0.0", count=2, records=records),
        Page(lowest="3.0.0", highest="4.0.0", count=2),
    ]
    index = feed.registration(LINKS, "Acme.Core", pages)
    inlined, named = index["items"]
    assert index["count"] == 2
    assert [one["catalogEntry"]["version"] for one in inlined["items"]] == ["1.0.0", "2.0.0"]
    assert "items" not in named
    assert named["@id"] == f"{BASE}/v3/registration/acme.core/page/3.0.0/4.0.0.json"
    assert (named["lower"], named["upper"], named["count"]) == ("3.0.0", "4.0.0", 2)
    assert {one["parent"] for one in (inlined, named)} == {index["@id"]}
    assert feed.registration_page(LINKS, "Acme.Core", pages[0]) == inlined


@pytest.mark.parametrize("hive", [SEMVER1, SEMVER2])
def test_documents_of_a_hive_name_only_that_hive(hive: str) -> None:
    one = record(dependencies=[("Acme.Base", "1.0")])
    page = Page(lowest="1.0.0", highest="1.0.0", count=1, records=[one])
    text = str(feed.registration(Links(BASE, hive), "acme.core", [page]))
    assert f"/v3/{hive}/" in text
    assert f"/v3/{ {SEMVER1: SEMVER2, SEMVER2: SEMVER1}[hive] }/" not in text


def test_a_search_result_counts_all_versions_that_fit() -> None:
    downloads = {"1.0.0": 3, "1.1.0": 4}
    shown = [parse("1.0.0"), parse("2.0+x")]
    result = feed.search_result(LINKS, record(version="2.0.0"), shown, downloads)
    assert result["version"] == "2.0.0"
    assert result["registration"] == f"{BASE}/v3/registration/acme.core/index.json"
    assert result["versions"] == [
        {
            "@id": f"{BASE}/v3/registration/acme.core/{key}.json",
            "version": full,
            "downloads": number,
        }
        for key, full, number in (("1.0.0", "1.0.0", 3), ("2.0.0", "2.0.0+x", 0))
    ]
    assert result["totalDownloads"] == 7, "of versions that are not shown too"
    assert feed.search_results(7, [result]) == {"totalHits": 7, "data": [result]}


def test_a_search_tells_that_the_newest_version_is_deprecated() -> None:
    told = Deprecation(
        reasons=("Legacy",), alternative_id="Acme.New", alternative_range="[2.0.0, )"
    )
    newest = replace(record(), deprecation=told)
    assert feed.search_result(LINKS, newest, [newest.version], {})["deprecation"] == {
        "reasons": ["Legacy"],
        "alternatePackage": {"id": "Acme.New", "range": "[2.0.0, )"},
    }
    assert "deprecation" not in feed.search_result(LINKS, record(), [newest.version], {})
