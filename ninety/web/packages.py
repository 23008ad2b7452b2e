"""The pages for people who look for a package: the list with its search, and one package."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules import identifiers, rights, search, versions
from ninety.rules.errors import BadPackage, NotFound
from ninety.rules.records import VersionRecord
from ninety.rules.search import Query, Term
from ninety.rules.versions import Version
from ninety.store.index_reading import Asker, IndexReading, Order
from ninety.web import package_view, queries
from ninety.web.address import public_base
from ninety.web.context import world
from ninety.web.session import visitor

bp = Blueprint("packages", __name__)

ON_A_PAGE = 20
VERSIONS_ON_A_PAGE = 100
LAST_PAGE = 5000
# So many stand on the page of a package; the rest has pages of its own.
FEW_VERSIONS, FEW_DEPENDENTS = 8, 8
EVERYTHING = Asker(prerelease=True, semver2=True)
RELEASES = Asker(prerelease=False, semver2=True)
ORDERS = {Order.BEST: "Best match", Order.UPDATED: "Last updated", Order.NAME: "Name"}


@dataclass(frozen=True, slots=True)
class Shelved:
    """A package in the list, by its newest version."""

    record: VersionRecord
    downloads: int
    owners: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the list was asked for: the words typed, the order, and whether only releases."""

    typed: str
    order: Order
    only_releases: bool
    page: int

    def address(self, page: int) -> str:
        """Where another page of the same list is."""
        return url_for(
            "packages.listing",
            q=self.typed or None,
            sort=None if self.order is Order.BEST else self.order.value,
            releases="1" if self.only_releases else None,
            page=page if page > 1 else None,
        )


@bp.get("/")
def listing() -> ResponseReturnValue:
    """Every package, or those that fit what was typed.

    In the address: `q`, `sort` (a value of Order), `releases` and `page`. Nothing typed,
    nothing is the best match, and the last updated come first.
    """
    asked = _asked()
    order = asked.order if asked.typed or asked.order is not Order.BEST else Order.UPDATED
    with world().index.reading() as index:
        total, records = index.find(
            queries.read(asked.typed),
            RELEASES if asked.only_releases else EVERYTHING,
            (asked.page - 1) * ON_A_PAGE,
            ON_A_PAGE,
            order,
        )
        packages = _shelved(index, records)
    return render_template(
        "packages.html",
        asked=asked,
        orders=ORDERS,
        total=total,
        packages=packages,
        first=(asked.page - 1) * ON_A_PAGE + 1,
        more=asked.page * ON_A_PAGE < total,
    )


@bp.get("/packages/<package_id>")
@bp.get("/packages/<package_id>/<version>")
def package(package_id: str, version: str = "") -> ResponseReturnValue:
    """One version of a package (the newest listed one where none is named), and what else there is.

    Raises NotFound for an id or version that is not here, or cannot be one.
    """
    key = id_key(package_id)
    with world().index.reading() as index:
        newest = index.newest(key)
        record = index.record(key, named(version).sort_key) if version else newest
        if record is None or newest is None:
            raise NotFound("package version" if version else "package")
        owners = index.owners(key)
        dependents, used_by = index.find(_needing(key), EVERYTHING, 0, FEW_DEPENDENTS)
        about = {
            "advice": package_view.advice(record, index),
            "last_pushed": index.last_published(key),
            "needs": package_view.needs(record, index),
            "versions": package_view.rows(index.newest_first(key, 0, FEW_VERSIONS)),
            "total": index.count(key),
        }
    feed = f"{public_base()}/v3/index.json"
    person = visitor()
    return render_template(
        "package.html",
        record=record,
        newest=newest,
        lead=package_view.lead(record),
        description=package_view.paragraphs(record.manifest.description),
        notes=package_view.paragraphs(record.manifest.release_notes),
        readme=package_view.readme(record),
        used_by=used_by,
        dependents=dependents,
        downloads=world().counting.of([key])[key],
        owners=package_view.people(owners) if person else [],
        may_change=person is not None and rights.may_change(person, owners),
        # New clients take plain http only from a source that NuGet.config names.
        ways=package_view.ways(record, "ninety" if feed.startswith("http:") else feed),
        **about,
    )


@bp.get("/packages/<package_id>/versions")
def all_versions(package_id: str) -> ResponseReturnValue:
    """Every version of a package, the newest first; `page` in the address. Raises NotFound."""
    key = id_key(package_id)
    page = page_number()
    with world().index.reading() as index:
        newest = index.newest(key)
        if newest is None:
            raise NotFound("package")
        total = index.count(key)
        skipped = (page - 1) * VERSIONS_ON_A_PAGE
        versions = package_view.rows(index.newest_first(key, skipped, VERSIONS_ON_A_PAGE))
    return render_template(
        "package_versions.html",
        newest=newest,
        versions=versions,
        total=total,
        page=page,
        more=page * VERSIONS_ON_A_PAGE < total,
        downloads=world().counting.of([key])[key],
    )


def page_number() -> int:
    """The page that the address asks for; what is no number counts as the first."""
    text = request.args.get("page", "1")
    fits = text.isascii() and text.isdigit() and len(text) <= len(str(LAST_PAGE))
    return min(max(int(text), 1), LAST_PAGE) if fits else 1


def id_key(package_id: str) -> str:
    """The identity of an id that somebody wrote. Raises NotFound where it cannot be one."""
    try:
        return identifiers.key(identifiers.check_id(package_id))
    except BadPackage:
        raise NotFound("package") from None


def named(written: str) -> Version:
    """The version that somebody wrote. Raises NotFound where it cannot be one."""
    try:
        return versions.parse(written)
    except ValueError:
        raise NotFound("package version") from None


def _asked() -> Asked:
    chosen = request.args.get("sort", "")
    return Asked(
        typed=request.args.get("q", "").strip(),
        order=next((one for one in Order if one.value == chosen), Order.BEST),
        only_releases=bool(request.args.get("releases")),
        page=page_number(),
    )


def _shelved(index: IndexReading, records: list[VersionRecord]) -> list[Shelved]:
    keys = [identifiers.key(record.id) for record in records]
    downloads = world().counting.of(keys)
    person = visitor()
    return [
        Shelved(
            record,
            sum(downloads[key].values()),
            package_view.people(index.owners(key)) if person else [],
        )
        for key, record in zip(keys, records, strict=True)
    ]


def _needing(key: str) -> Query:
    return Query("", (Term(search.NEEDS, key),))
