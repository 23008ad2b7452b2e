"""What is inside a package, for people: the list of its files, and those that stand beside it."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from ninety.rules.archive import open_archive
from ninety.rules.errors import BadPackage, NotFound
from ninety.rules.records import VersionRecord
from ninety.store.package_layout import nupkg_name, nuspec_name
from ninety.web import answers
from ninety.web.context import world
from ninety.web.downloads import counted
from ninety.web.packages import id_key, named, page_number

bp = Blueprint("package_files", __name__, url_prefix="/packages/<package_id>/<version>")

ON_A_PAGE = 200
BESIDE = "icon", "readme", "license", "nuspec", "nupkg"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a package: the `folder` it is in, with a slash at its end, and its bytes."""

    folder: str
    name: str
    size: int


@bp.get("/files")
def files(package_id: str, version: str) -> ResponseReturnValue:
    """The files in a version, by name; `page` in the address.

    Only the directory of the zip is read. Raises NotFound.
    """
    record = _record(package_id, version)
    page = page_number()
    try:
        entries = _entries(record)
    except BadPackage as damaged:
        entries, problem = [], str(damaged)
    else:
        problem = ""
    first = (page - 1) * ON_A_PAGE
    return render_template(
        "package_files.html",
        record=record,
        entries=entries[first : first + ON_A_PAGE],
        total=len(entries),
        unpacked=sum(one.size for one in entries),
        problem=problem,
        page=page,
        more=first + ON_A_PAGE < len(entries),
    )


@bp.get(f"/<any({', '.join(BESIDE)}):name>")
def file(package_id: str, version: str, name: str) -> Response:
    """The bytes of a version, or a file out of it, as text where it is one. Raises NotFound."""
    record = _record(package_id, version)
    key, number = id_key(record.id), record.version
    packages = world().packages
    match name:
        case "nupkg":
            path = packages.nupkg(key, number)
            saved_as = nupkg_name(key, number)
            response = answers.file(path, "application/octet-stream", saved_as)
            response.headers["Content-Disposition"] = f'attachment; filename="{saved_as}"'
            return counted(response, key, number)
        case "icon":
            return answers.icon(packages.file(key, number, "icon"))
        case "nuspec":
            return _text(record, nuspec_name(key))
        case _:
            return _text(record, name)


def _text(record: VersionRecord, name: str) -> Response:
    """A file as plain text, which no browser takes for anything else."""
    path = world().packages.file(record.id, record.version, name)
    return answers.file(path, "text/plain")


def _record(package_id: str, version: str) -> VersionRecord:
    with world().index.reading() as index:
        record = index.record(id_key(package_id), named(version).sort_key)
    if record is None:
        raise NotFound("package version")
    return record


def _entries(record: VersionRecord) -> list[Entry]:
    try:
        with world().packages.nupkg(record.id, record.version).open("rb") as stream:
            archive = open_archive(stream)
            sizes = sorted((name, archive.size(name)) for name in archive.names)
    except FileNotFoundError:
        raise NotFound("package file") from None
    found = []
    for path, size in sizes:
        folder, slash, name = path.rpartition("/")
        found.append(Entry(folder + slash, name, size))
    return found
