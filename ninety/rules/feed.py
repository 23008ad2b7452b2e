"""The documents of the feed, from records to what NuGet clients read (NuGet V3 server API).

Every function returns a dict of JSON values. Addresses are made from the
feed's public base, so the same records give the same documents anywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ninety.rules import instants, web_addresses
from ninety.rules.deprecation import Deprecation
from ninety.rules.links import SEMVER1, SEMVER2, Links
from ninety.rules.manifest import Manifest
from ninety.rules.metadata import DEFAULT_PACKAGE_TYPE, DependencyGroup
from ninety.rules.records import VersionRecord
from ninety.rules.versions import Version

Document = dict[str, Any]

# From this many versions on, the pages of a registration are documents of their
# own; a page holds this many versions (NuGet V3 "Registration pages and leaves").
PAGED_FROM = 128
PAGE_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A run of versions, lowest first: the normalised bounds, and the records if they are inlined.

    `lowest` and `highest` are without metadata; `records` is None where the page
    is a document of its own.
    """

    lowest: str
    highest: str
    count: int
    records: Sequence[VersionRecord] | None = None


def service_index(base: str) -> Document:
    """Where everything is, under every type that old and new clients look for.

    Old clients take the first type they know from a fixed list of theirs, so the
    hive for SemVer 2 is also named by `Versioned`, which clients since 4.3 prefer.
    """
    v3 = f"{base}/v3"
    resources = [
        _resource(f"{v3}/package/", "PackageBaseAddress/3.0.0"),
        _resource(f"{base}/api/v2/package", "PackagePublish/2.0.0"),
        _resource(f"{base}/api/v2/symbolpackage", "SymbolPackagePublish/4.9.0"),
        *_resources(f"{v3}/search", "SearchQueryService", ("", "3.0.0-beta", "3.0.0-rc", "3.5.0")),
        *_resources(
            f"{v3}/autocomplete",
            "SearchAutocompleteService",
            ("", "3.0.0-beta", "3.0.0-rc", "3.5.0"),
        ),
        *_resources(
            f"{v3}/{SEMVER1}/",
            "RegistrationsBaseUrl",
            ("", "3.0.0-beta", "3.0.0-rc", "3.4.0"),
        ),
        _resource(f"{v3}/{SEMVER2}/", "RegistrationsBaseUrl/3.6.0"),
        {
            **_resource(f"{v3}/{SEMVER2}/", "RegistrationsBaseUrl/Versioned"),
            "clientVersion": "4.3.0-alpha",
        },
        _resource(f"{base}/packages/{{id}}/{{version}}", "PackageDetailsUriTemplate/5.1.0"),
        _resource(
            f"{v3}/package/{{lower_id}}/{{lower_version}}/readme", "ReadmeUriTemplate/6.13.0"
        ),
    ]
    return {"version": "3.0.0", "resources": resources}


def version_list(keys: Iterable[str]) -> Document:
    """The versions of an id, normalised and in lower case, unlisted ones too."""
    return {"versions": list(keys)}


def registration(links: Links, package_id: str, pages: Sequence[Page]) -> Document:
    """All versions of an id: pages whole, or as addresses where they have no records."""
    url = links.registration(package_id)
    return {
        "@id": url,
        "@type": ["catalog:CatalogRoot", "PackageRegistration", "catalog:Permalink"],
        "count": len(pages),
        "items": [registration_page(links, package_id, page) for page in pages],
    }


def registration_page(links: Links, package_id: str, page: Page) -> Document:
    """One page of a registration, inside the index or as a document of its own."""
    url = links.page(package_id, page.lowest, page.highest)
    document: Document = {
        "@id": url,
        "@type": "catalog:CatalogPage",
        "count": page.count,
        "lower": page.lowest,
        "upper": page.highest,
        "parent": links.registration(package_id),
    }
    if page.records is not None:
        document["items"] = [_leaf_item(links, record) for record in page.records]
    return document


def leaf(links: Links, record: VersionRecord) -> Document:
    """One version as a document of its own."""
    return {
        "@id": links.leaf(record.id, record.version),
        "@type": ["Package", "http://schema.nuget.org/catalog#Permalink"],
        "catalogEntry": _catalog_entry(links, record),
        "listed": record.listed,
        "packageContent": links.content(record.id, record.version),
        "published": instants.text(record.published),
        "registration": links.registration(record.id),
    }


def search_result(
    links: Links,
    newest: VersionRecord,
    versions: Iterable[Version],
    downloads: Mapping[str, int],
) -> Document:
    """One found id: told by its newest version, with all versions that fit the asker.

    `downloads` are those of any version of the id, by the version's key; there
    are none of a version that is not in it.
    """
    manifest = newest.manifest
    result: Document = {
        "@id": links.registration(newest.id),
        "@type": "Package",
        "registration": links.registration(newest.id),
        "id": newest.id,
        "version": newest.version.full,
        **_told(links, manifest),
        "packageTypes": _package_types(manifest),
        "totalDownloads": sum(downloads.values()),
        "versions": [
            {
                "@id": links.leaf(newest.id, version),
                "version": version.full,
                "downloads": downloads.get(version.key, 0),
            }
            for version in versions
        ],
    }

    if newest.deprecation:
        result["deprecation"] = _deprecation(newest.deprecation)
    return result


def search_results(total: int, results: Sequence[Document]) -> Document:
    """What was found; `total` counts all that fits, before anything was skipped."""
    return {"totalHits": total, "data": list(results)}


def id_suggestions(total: int, ids: Sequence[str]) -> Document:
    """Ids to complete what was typed."""
    return {"totalHits": total, "data": list(ids)}


def version_suggestions(versions: Sequence[str]) -> Document:
    """Versions to complete an id with, lowest first."""
    return {"data": list(versions)}


def _resource(url: str, kind: str) -> Document:
    return {"@id": url, "@type": kind}


def _resources(url: str, kind: str, kind_versions: Sequence[str]) -> list[Document]:
    return [_resource(url, f"{kind}/{one}" if one else kind) for one in kind_versions]


def _leaf_item(links: Links, record: VersionRecord) -> Document:
    return {
        "@id": links.leaf(record.id, record.version),
        "@type": "Package",
        "catalogEntry": _catalog_entry(links, record),
        "packageContent": links.content(record.id, record.version),
        "registration": links.registration(record.id),
    }


def _catalog_entry(links: Links, record: VersionRecord) -> Document:
    manifest = record.manifest
    entry: Document = {
        "@id": links.leaf(record.id, record.version),
        "@type": "PackageDetails",
        "id": record.id,
        "version": record.version.full,
        **_told(links, manifest),
        "language": manifest.language,
        "requireLicenseAcceptance": manifest.require_license_acceptance,
        "listed": record.listed,
        "published": instants.text(record.published),
        "packageContent": links.content(record.id, record.version),
        "packageTypes": _package_types(manifest),
        "dependencyGroups": [_group(links, group) for group in manifest.dependency_groups],
    }
    if manifest.min_client_version:
        entry["minClientVersion"] = manifest.min_client_version
    if record.deprecation:
        entry["deprecation"] = _deprecation(record.deprecation)
    return entry


def _told(links: Links, manifest: Manifest) -> Document:
    """What a package says about itself, in the words search and registration share.

    An address a client cannot parse may cost it the whole document, so only
    those that are surely good are passed on.
    """
    files = links.file(manifest.id, manifest.version)
    told: Document = {
        "title": manifest.title or manifest.id,
        "authors": [manifest.authors],
        "description": manifest.description,
        "summary": manifest.summary,
        "tags": list(manifest.tags),
    }
    addresses = {
        "iconUrl": f"{files}/icon" if manifest.icon_file else manifest.icon_url,
        "licenseUrl": _license_url(files, manifest),
        "projectUrl": manifest.project_url,
        "readmeUrl": f"{files}/readme" if manifest.readme_file else None,
    }
    told |= {name: url for name, url in addresses.items() if url and web_addresses.surely_good(url)}
    if manifest.license_expression:
        told["licenseExpression"] = manifest.license_expression
    return told


def _license_url(files: str, manifest: Manifest) -> str | None:
    if manifest.license_expression:
        return f"https://licenses.nuget.org/{quote(manifest.license_expression)}"
    return f"{files}/license" if manifest.license_file else manifest.license_url


def _package_types(manifest: Manifest) -> list[Document]:
    kinds = [
        {"name": kind.name, "version": kind.version} if kind.version else {"name": kind.name}
        for kind in manifest.package_types
    ]
    return kinds or [{"name": DEFAULT_PACKAGE_TYPE}]


def _group(links: Links, group: DependencyGroup) -> Document:
    """A group; without a framework it is for all, without dependencies it needs nothing."""
    document: Document = {}
    if group.target_framework:
        document["targetFramework"] = group.target_framework
    if group.dependencies:
        document["dependencies"] = [
            {"id": one.id, "range": one.range, "registration": links.registration(one.id)}
            for one in group.dependencies
        ]
    return document


def _deprecation(deprecation: Deprecation) -> Document:
    document: Document = {"reasons": list(deprecation.reasons)}
    if deprecation.message:
        document["message"] = deprecation.message
    if deprecation.alternative_id:
        document["alternatePackage"] = {
            "id": deprecation.alternative_id,
            "range": deprecation.alternative_range,
        }
    return document
