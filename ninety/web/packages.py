"""The pages for people who look for a package: the list with its search, and one package."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ninety.rules import deprecation, identifiers, rights, versions
from ninety.rules.errors import BadPackage, NotFound
from ninety.rules.ranges import parse_range
from ninety.rules.records import VersionRecord
from ninety.rules.versions import Version
from ninety.store.index_reading import Asker, IndexReading, Listing
from ninety.web import queries
from ninety.web.address import public_base
from ninety.web.context import world
from ninety.web.session import visitor

bp = Blueprint("packages", __name__)

ON_A_PAGE = 20
LAST_PAGE = 5000
EVERYTHING = Asker(prerelease=True, semver2=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A deprecation in words: what to use `instead`, if anything, and whether it `is_here`.

    `versions` says which versions of it, empty where any will do.
    """

    reasons: list[str]
    message: str
    instead: str
    versions: str
    is_here: bool


@bp.get("/")
def listing() -> ResponseReturnValue:
    """Every package, or those that fit what was typed; `q` and `page` in the address."""
    typed = request.args.get("q", "").strip()
    page = _page_number(request.args.get("page", "1"))
    with world().index.reading() as index:
        found = index.search(
            queries.read(typed), EVERYTHING, skip=(page - 1) * ON_A_PAGE, take=ON_A_PAGE
        )
    return render_template(
        "packages.html",
        typed=typed,
        page=page,
        total=found.total,
        packages=[hit.newest for hit in found.hits],
        more=page * ON_A_PAGE < found.total,
    )


@bp.get("/packages/<package_id>")
@bp.get("/packages/<package_id>/<version>")
def package(package_id: str, version: str = "") -> ResponseReturnValue:
    """One version of a package (the newest listed one where none is named), and what else there is.

    Raises NotFound for an id or version that is not here, or cannot be one.
    """
    key = _id_key(package_id)
    with world().index.reading() as index:
        there = index.versions(key)
        chosen = _named(there, version) if version else _newest(there)
        record = index.record(key, chosen.sort_key)
        owners = index.owners(key)
        last_pushed = index.last_published(key)
        if record is None:
            raise NotFound("package")
        advice = _advice(record, index)
    feed = f"{public_base()}/v3/index.json"
    person = visitor()
    return render_template(
        "package.html",
        record=record,
        description=_description(record),
        others=list(reversed(there)),
        chosen=chosen,
        advice=advice,
        last_pushed=last_pushed,
        downloads=world().counting.of([key])[key],
        owners=_addresses(owners) if person else [],
        may_change=person is not None and rights.may_change(person, owners),
        # New clients take plain http only from a source that NuGet.config names.
        source="ninety" if feed.startswith("http:") else feed,
    )


def _page_number(text: str) -> int:
    fits = text.isascii() and text.isdigit() and len(text) <= len(str(LAST_PAGE))
    return min(max(int(text), 1), LAST_PAGE) if fits else 1


def _id_key(package_id: str) -> str:
    try:
        return identifiers.key(identifiers.check_id(package_id))
    except BadPackage:
        raise NotFound("package") from None


def _named(there: list[Listing], written: str) -> Listing:
    wanted = _version(written)
    for one in there:
        if one.key == wanted.key:
            return one
    raise NotFound("package version")


def _version(written: str) -> Version:
    try:
        return versions.parse(written)
    except ValueError:
        raise NotFound("package version") from None


def _newest(there: list[Listing]) -> Listing:
    """The newest listed release, else the newest listed version, else the newest."""
    if not there:
        raise NotFound("package")
    listed = [one for one in there if one.listed]
    releases = [one for one in listed if not versions.parse(one.key).is_prerelease]
    return (releases or listed or there)[-1]


def _description(record: VersionRecord) -> list[str]:
    """What the package says of itself, in paragraphs."""
    text = record.manifest.description or record.manifest.summary
    return [part.strip() for part in text.split("\n") if part.strip()]


def _advice(record: VersionRecord, index: IndexReading) -> Advice | None:
    """What is said against the version, None where nothing is."""
    said = record.deprecation
    if said is None:
        return None
    instead, wanted = said.alternative_id, said.alternative_range
    return Advice(
        reasons=[deprecation.REASONS[reason] for reason in said.reasons],
        message=said.message,
        instead=instead,
        versions=parse_range(wanted).in_words if wanted != deprecation.ANY_VERSION else "",
        is_here=bool(index.versions(identifiers.key(instead))),
    )


def _addresses(people: tuple[str, ...]) -> list[str]:
    """The e-mail addresses of those of `people` who still have an account."""
    found = (world().people.get(person) for person in people)
    return [person.said for person in found if person]
