"""What NuGet clients read: the service index, package files, registrations and searches.

Below `/v3/` a private feed asks for Basic credentials whose password is an API
key; the user name does not matter. Only the service index is open to all: a
client that pushes asks for it without credentials.
"""

from flask import Blueprint, Response, request

from ninety.rules import feed, identifiers, versions
from ninety.rules.errors import BadPackage, NotFound
from ninety.rules.feed import PAGE_LENGTH, PAGED_FROM, Page
from ninety.rules.links import SEMVER1, SEMVER2, Links
from ninety.rules.versions import Version
from ninety.store.index_reading import Asker, IndexReading, Listing
from ninety.store.package_layout import nupkg_name, nuspec_name
from ninety.web import answers, basis, queries, readers
from ninety.web.address import public_base
from ninety.web.context import world
from ninety.web.downloads import counted
from ninety.work.counting import KEEP_SECONDS

bp = Blueprint("feed", __name__, url_prefix="/v3")

# What answers about all packages rest on, see `IndexReading.generation`.
EVERYTHING = "feed"

# As on nuget.org: far enough for people, and no query is endless work.
MOST_SKIPPED, MOST_TAKEN, TAKEN = 3000, 1000, 20


@bp.before_request
def require_reader() -> None:
    """Let in who may read, and everybody to the service index."""
    if request.endpoint != "feed.service_index":
        readers.require_reader()


@bp.get("/index.json")
def service_index() -> Response:
    """Where everything is (NuGet V3 "Service index")."""
    basis.on_address()
    return answers.document(feed.service_index(public_base()))


@bp.get("/package/<package_id>/index.json")
def version_list(package_id: str) -> Response:
    """Every version of an id, unlisted ones too (NuGet V3 "Package content")."""
    key = _id(package_id)
    with world().index.reading() as index:
        basis.on_index(index, _about(key))
        there = _known(index, key, semver2=True)
    return answers.document(feed.version_list(one.key for one in there))


@bp.get("/package/<package_id>/<version>/<name>")
def package_file(package_id: str, version: str, name: str) -> Response:
    """A file of a version: its bytes, nuspec, readme, icon or license.

    Any writing of the id and version will do, in the file's name too.
    """
    key, wanted = _id(package_id), _version(version)
    packages = world().packages
    match name.lower():
        case "readme":
            return answers.file(packages.file(key, wanted, "readme"), "text/markdown")
        case "license":
            return answers.file(packages.file(key, wanted, "license"), "text/plain")
        case "icon":
            return answers.icon(packages.file(key, wanted, "icon"))
        case nuspec if nuspec == nuspec_name(key):
            return answers.file(packages.file(key, wanted, nuspec), "application/xml")
        case nupkg if nupkg.startswith(f"{key}.") and nupkg.endswith(".nupkg"):
            if _version(nupkg.removeprefix(f"{key}.").removesuffix(".nupkg")) == wanted:
                path = packages.file(key, wanted, nupkg_name(key, wanted))
                basis.is_download(key, wanted.key)
                return counted(answers.file(path, "application/octet-stream"), key, wanted)
    raise NotFound("package file")


@bp.get(f"/<any('{SEMVER2}', '{SEMVER1}'):hive>/<package_id>/index.json")
def registration(hive: str, package_id: str) -> Response:
    """The metadata of every version of an id (NuGet V3 "Package metadata")."""
    key, semver2 = _id(package_id), hive == SEMVER2
    with world().index.reading() as index:
        basis.on_index(index, _about(key))
        there = _known(index, key, semver2=semver2)
        runs = [there[start : start + PAGE_LENGTH] for start in range(0, len(there), PAGE_LENGTH)]
        inlined = len(there) < PAGED_FROM
        pages = [_page(index, key, run, semver2=semver2, inlined=inlined) for run in runs]
    return answers.document(feed.registration(Links(public_base(), hive), key, pages))


@bp.get(f"/<any('{SEMVER2}', '{SEMVER1}'):hive>/<package_id>/page/<lowest>/<highest>.json")
def registration_page(hive: str, package_id: str, lowest: str, highest: str) -> Response:
    """The versions between two, both included.

    It need not be a page the index names now: whoever read an earlier index still
    finds its pages, with what was pushed between their bounds since.
    """
    key, semver2 = _id(package_id), hive == SEMVER2
    bounds = _version(lowest), _version(highest)
    with world().index.reading() as index:
        basis.on_index(index, _about(key))
        first, last = bounds[0].sort_key, bounds[1].sort_key
        records = index.records(key, first, last, semver2=semver2)
    if not records:
        raise NotFound("page of versions")
    page = Page(lowest=bounds[0].key, highest=bounds[1].key, count=len(records), records=records)
    return answers.document(feed.registration_page(Links(public_base(), hive), key, page))


@bp.get(f"/<any('{SEMVER2}', '{SEMVER1}'):hive>/<package_id>/<version>.json")
def leaf(hive: str, package_id: str, version: str) -> Response:
    """The metadata of one version."""
    key, wanted = _id(package_id), _version(version)
    with world().index.reading() as index:
        basis.on_index(index, _about(key))
        record = index.record(key, wanted.sort_key)
    if record is None or (hive == SEMVER1 and record.manifest.is_semver2):
        raise NotFound("package version")
    return answers.document(feed.leaf(Links(public_base(), hive), record))


@bp.get("/search")
def find() -> Response:
    """Packages that fit a query (NuGet V3 "Search").

    Downloads are added up every few seconds, so a search that is as old tells as much.
    """
    asker, query = _asker(), queries.read(request.args.get("q", ""))
    links = Links(public_base(), SEMVER2 if asker.semver2 else SEMVER1)
    with world().index.reading() as index:
        # Whose address an owner has now, the index does not know.
        if not query.names_owners:
            basis.on_index(index, EVERYTHING, KEEP_SECONDS)
        found = index.search(query, asker, _skip(), _take())
    keys = [identifiers.key(hit.newest.id) for hit in found.hits]
    downloads = world().counting.of(keys)
    results = [
        feed.search_result(links, hit.newest, hit.versions, downloads[key])
        for key, hit in zip(keys, found.hits, strict=True)
    ]
    return answers.document(feed.search_results(found.total, results))


@bp.get("/autocomplete")
def autocomplete() -> Response:
    """Ids that go on from `q`, or the versions of `id` (NuGet V3 "Autocomplete")."""
    asker = _asker()
    wanted = request.args.get("id")
    with world().index.reading() as index:
        if wanted is not None:
            basis.on_index(index, _about(identifiers.key(wanted)))
            return answers.document(feed.version_suggestions(index.suggest_versions(wanted, asker)))
        query = queries.read(request.args.get("q", ""))
        if not query.names_owners:
            basis.on_index(index, EVERYTHING)
        total, ids = index.suggest(query, asker, _skip(), _take())
    return answers.document(feed.id_suggestions(total, ids))


def _about(key: str) -> str:
    """What answers about an id rest on, see `IndexReading.generation`."""
    return f"id:{key}"


def _known(index: IndexReading, key: str, *, semver2: bool) -> list[Listing]:
    """The versions of an id; NotFound where it has none, never an empty list."""
    there = index.versions(key, semver2=semver2)
    if not there:
        raise NotFound("package")
    return there


def _page(
    index: IndexReading, key: str, run: list[Listing], *, semver2: bool, inlined: bool
) -> Page:
    records = None
    if inlined:
        records = index.records(key, run[0].sort_key, run[-1].sort_key, semver2=semver2)
    return Page(lowest=run[0].key, highest=run[-1].key, count=len(run), records=records)


def _id(text: str) -> str:
    try:
        return identifiers.key(identifiers.check_id(text))
    except BadPackage:
        raise NotFound("package") from None


def _version(text: str) -> Version:
    try:
        return versions.parse(text)
    except ValueError:
        raise NotFound("package version") from None


def _asker() -> Asker:
    """What this client wants to see and can read, from its query.

    Old and new clients name the filter by type differently; an empty one is none.
    """
    arguments = request.args
    kinds = [*arguments.getlist("packageType"), *arguments.getlist("packageTypeFilter")]
    return Asker(
        prerelease=arguments.get("prerelease", "").strip().lower() == "true",
        semver2=_reads_semver2(arguments.get("semVerLevel", "")),
        package_types=tuple(kind.strip() for kind in kinds if kind.strip()),
    )


def _reads_semver2(level: str) -> bool:
    try:
        return versions.parse(level).numbers >= (2, 0, 0, 0)
    except ValueError:
        return False


def _skip() -> int:
    return _number("skip", 0, MOST_SKIPPED)


def _take() -> int:
    return _number("take", TAKEN, MOST_TAKEN)


def _number(name: str, default: int, most: int) -> int:
    """A whole number of the query, held between 0 and `most`; what is none counts as not given."""
    text = request.args.get(name, "").strip()
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit():
        return default
    return 0 if text != digits else min(int(digits[:9]), most)
