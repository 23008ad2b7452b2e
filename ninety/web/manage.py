"""What owners and admins do to a package in the browser: list, deprecate, and share it.

Every form leads on to a page that can be loaded again without sending it twice.
Rights are judged by the work itself, as the person who is signed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules import deprecation, rights, versions
from ninety.rules.deprecation import ANY_VERSION, Deprecation
from ninety.rules.errors import FieldRefused, LastOwner
from ninety.rules.records import PackageRecord
from ninety.store.index_reading import IndexReading
from ninety.web import security
from ninety.web.context import now, world
from ninety.web.session import person

bp = Blueprint("manage", __name__, url_prefix="/packages/<package_id>")

EVERY_VERSION = "all"
# A longer list helps nobody choose; an older version has a link on its own page.
MOST_OFFERED = 100


@dataclass(frozen=True, slots=True)
class Owner:
    """One owner in the list; `said` is empty for an account that was removed."""

    id: str
    said: str
    disabled: bool


@bp.post("/<version>/unlist")
def unlist(package_id: str, version: str) -> ResponseReturnValue:
    """Hide the version from searches."""
    record = world().stewardship.unlist(person(), package_id, version, now())
    flash(f"{record.id} {record.version} is unlisted now.")
    return _to_version(record.id, record.version.key)


@bp.post("/<version>/relist")
def relist(package_id: str, version: str) -> ResponseReturnValue:
    """Show the version in searches again."""
    record = world().stewardship.relist(person(), package_id, version, now())
    flash(f"{record.id} {record.version} is listed again.")
    return _to_version(record.id, record.version.key)


@bp.get("/deprecate")
def deprecate_form(package_id: str) -> ResponseReturnValue:
    """The form that says what is wrong with versions; `version` in the address chooses some."""
    return _deprecate_form(package_id)


@bp.post("/deprecate")
def deprecate(package_id: str) -> ResponseReturnValue:
    """Deprecate the chosen versions, in place of what was said of them before."""
    entered = request.form
    try:
        said = deprecation.checked(
            entered.getlist("reasons"),
            entered.get("message", ""),
            entered.get("alternative_id", ""),
            entered.get("alternative_range", ""),
        )
        marked = world().stewardship.deprecate(person(), package_id, _chosen(), said, now())
    except FieldRefused as refusal:
        return _deprecate_form(package_id, {refusal.field: str(refusal)}, status=422)
    return _marked(package_id, [one.key for one in marked], "deprecated")


@bp.post("/undeprecate")
def undeprecate(package_id: str) -> ResponseReturnValue:
    """Say nothing against the chosen versions any more."""
    try:
        marked = world().stewardship.undeprecate(person(), package_id, _chosen(), now())
    except FieldRefused as refusal:
        return _deprecate_form(package_id, {refusal.field: str(refusal)}, status=422)
    return _marked(package_id, [one.key for one in marked], "not deprecated any more")


@bp.get("/owners")
def owners(package_id: str) -> ResponseReturnValue:
    """Whose the package is, with forms to add and remove."""
    return _owners_page(package_id)


@bp.post("/owners")
def add_owner(package_id: str) -> ResponseReturnValue:
    """Make somebody an owner too."""
    try:
        added = world().stewardship.add_owner(
            person(), package_id, request.form.get("email", ""), now()
        )
    except FieldRefused as refusal:
        return _owners_page(package_id, {refusal.field: str(refusal)}, status=422)
    flash(f"{added.email} is an owner of {package_id}.")
    return redirect(url_for("manage.owners", package_id=package_id), 303)


@bp.post("/owners/remove")
def remove_owner(package_id: str) -> ResponseReturnValue:
    """Take the package from one owner, who may be the person themselves."""
    leaving = request.form.get("owner", "")
    try:
        package = world().stewardship.remove_owner(person(), package_id, leaving, now())
    except LastOwner as refusal:
        return _owners_page(package_id, notice=str(refusal), status=409)
    if leaving == person().id:
        flash(f"You do not own {package.id} any more.")
    else:
        flash(f"{_owner(leaving).said or 'The account'} does not own {package.id} any more.")
    if rights.may_change(person(), package.owners):
        return redirect(url_for("manage.owners", package_id=package.id), 303)
    return redirect(url_for("packages.package", package_id=package.id), 303)


@bp.get("/<version>/unlist")
@bp.get("/<version>/relist")
def back_to_version(package_id: str, version: str) -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the version."""
    return _to_version(package_id, version)


@bp.get("/undeprecate")
def back_to_deprecate(package_id: str) -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the form."""
    return redirect(url_for("manage.deprecate_form", package_id=package_id), 303)


@bp.get("/owners/remove")
def back_to_owners(package_id: str) -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the owners."""
    return redirect(url_for("manage.owners", package_id=package_id), 303)


def _chosen() -> list[str] | None:
    """The versions that were chosen; None for every one."""
    chosen = request.form.getlist("versions")
    return None if EVERY_VERSION in chosen else chosen


def _marked(package_id: str, keys: Sequence[str], how: str) -> ResponseReturnValue:
    if len(keys) == 1:
        flash(f"{package_id} {keys[0]} is {how}.")
        return _to_version(package_id, keys[0])
    flash(f"{len(keys)} versions of {package_id} are {how}.")
    return redirect(url_for("packages.package", package_id=package_id), 303)


def _to_version(package_id: str, version: str) -> ResponseReturnValue:
    return redirect(url_for("packages.package", package_id=package_id, version=version), 303)


def _deprecate_form(
    package_id: str,
    problems: dict[str, str] | None = None,
    notice: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    package = world().stewardship.package(person(), package_id)
    sent = request.method == "POST"
    written = request.form.getlist("versions") if sent else request.args.getlist("version")
    chosen = {_key(one) for one in written}
    with world().index.reading() as index:
        there = list(reversed(index.versions(package.key)))
        before = None if sent else _said_before(index, package, chosen)
    first = [one for one in there if one.key in chosen]
    others = [one for one in there if one.key not in chosen]
    return render_template(
        "deprecate.html",
        package=package,
        offered=[*first, *others[:MOST_OFFERED]],
        total=len(there),
        chosen=chosen,
        any_deprecated=any(one.deprecated for one in there),
        reasons=deprecation.REASONS,
        longest_message=deprecation.LONGEST_MESSAGE,
        typed=_typed(before),
        problems=problems or {},
        notice=notice,
    ), status


@security.shown_again_for("manage.deprecate")
@security.shown_again_for("manage.undeprecate")
def _deprecate_form_again(notice: str, status: int) -> ResponseReturnValue:
    return _deprecate_form((request.view_args or {})["package_id"], notice=notice, status=status)


def _said_before(
    index: IndexReading, package: PackageRecord, chosen: set[str]
) -> Deprecation | None:
    """What is said against the one chosen version already, to start from."""
    found = [one for one in index.versions(package.key) if one.key in chosen]
    record = index.record(package.key, found[0].sort_key) if len(found) == 1 else None
    return record.deprecation if record else None


def _typed(before: Deprecation | None) -> dict[str, str | list[str]]:
    """What the form holds: what was sent with it, else what was said before."""
    if before is None:
        entered = request.form
        return {
            "reasons": entered.getlist("reasons"),
            "message": entered.get("message", ""),
            "alternative_id": entered.get("alternative_id", ""),
            "alternative_range": entered.get("alternative_range", ""),
        }
    return {
        "reasons": list(before.reasons),
        "message": before.message,
        "alternative_id": before.alternative_id,
        "alternative_range": before.alternative_range.replace(ANY_VERSION, ""),
    }


def _key(written: str) -> str:
    """The key of a version however it is written; of anything else the text itself."""
    try:
        return versions.parse(written).key
    except ValueError:
        return written


def _owners_page(
    package_id: str,
    problems: dict[str, str] | None = None,
    notice: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    package = world().stewardship.package(person(), package_id)
    return render_template(
        "owners.html",
        package=package,
        owners=[_owner(one) for one in package.owners],
        typed=request.form.get("email", ""),
        problems=problems or {},
        notice=notice,
    ), status


@security.shown_again_for("manage.add_owner")
@security.shown_again_for("manage.remove_owner")
def _owners_page_again(notice: str, status: int) -> ResponseReturnValue:
    return _owners_page((request.view_args or {})["package_id"], notice=notice, status=status)


def _owner(person_id: str) -> Owner:
    found = world().people.get(person_id)
    if found is None:
        return Owner(person_id, "", disabled=False)
    return Owner(person_id, found.said, disabled=found.disabled_at is not None)
