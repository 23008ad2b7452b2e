"""Uploading packages in the browser, judged as a push is.

The form may be far larger than any other: it is taken apart as it streams past,
and the proof that it is ours is the first thing in it. What sends one file after
the other asks for JSON, and gets the same outcomes.
"""

from collections.abc import Iterator

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules.errors import PackageTooLarge, Refusal
from ninety.web import security
from ninety.web.bodies import MIB
from ninety.web.context import now, world
from ninety.web.push import uploaded
from ninety.web.refusals import STATUS
from ninety.web.session import person
from ninety.work import multipart
from ninety.work.multipart import Part
from ninety.work.uploading import Outcome

bp = Blueprint("upload", __name__, url_prefix="/upload")

JSON = "application/json"
PROOF = "csrf_token"
LONGEST_PROOF = 1024
# More sentences would be too long for the cookie that carries them to the next page.
MOST_SAID = 8


@bp.get("")
def form() -> ResponseReturnValue:
    """The form that takes packages."""
    return _page()


@bp.post("")
def receive() -> ResponseReturnValue:
    """Take the files of the form, and say of each what became of it."""
    try:
        parts = multipart.parts(uploaded(), request.content_type or "")
        security.check_proof(_proof(parts))
        outcomes = list(world().uploading.receive(person(), parts, now()))
    except Refusal as refusal:
        outcomes = [Outcome(file="", refusal=refusal)]
    if _for_script():
        return jsonify([_told(one) for one in outcomes]), _status(outcomes, 201)
    if not outcomes:
        return _page("Choose at least one package", status=422)
    if _status(outcomes, 201) != 201:
        return _page(outcomes=outcomes, status=_status(outcomes, 201))
    return _to_what_is_here(outcomes)


@security.shown_again_for("upload.receive")
def show_again(notice: str, status: int) -> ResponseReturnValue:
    """The form without its files, which no page can put into it."""
    if _for_script():
        return jsonify([{"file": "", "said": f"{notice}.", "page": ""}]), status
    return _page(notice, status=status)


def _page(
    problem: str = "", outcomes: list[Outcome] | None = None, status: int = 200
) -> ResponseReturnValue:
    limit = world().settings.max_package_mib
    page = render_template(
        "upload.html",
        problem=problem,
        outcomes=outcomes or [],
        limit_mib=limit,
        limit=limit * MIB,
        too_large=f"{PackageTooLarge(limit)}.",
    )
    return page, status


def _proof(parts: Iterator[Part]) -> str:
    """The proof that the form is ours, if that is the first part; else empty."""
    first = next(parts, None)
    if first is None or first.name != PROOF:
        return ""
    proof = b""
    for piece in first.content:
        proof += piece
        if len(proof) > LONGEST_PROOF:
            return ""
    return proof.decode("ascii", errors="replace")


def _for_script() -> bool:
    return request.accept_mimetypes.best == JSON


def _status(outcomes: list[Outcome], otherwise: int) -> int:
    """The status of the first refusal among the outcomes."""
    refused = (STATUS[type(one.refusal)][0] for one in outcomes if one.refusal)
    return next(refused, otherwise)


def _told(outcome: Outcome) -> dict[str, str]:
    return {"file": outcome.file, "said": outcome.said, "page": _address(outcome)}


def _address(outcome: Outcome) -> str:
    if outcome.record is None:
        return ""
    id, version = outcome.record.id, outcome.record.version.key
    return url_for("packages.package", package_id=id, version=version)


def _to_what_is_here(outcomes: list[Outcome]) -> ResponseReturnValue:
    """To the page of the version, or back to the form where there are several."""
    for one in outcomes[:MOST_SAID]:
        flash(one.said)
    if len(outcomes) > MOST_SAID:
        flash(f"And {len(outcomes) - MOST_SAID} more were taken.")
    where = _address(outcomes[0]) if len(outcomes) == 1 else url_for("upload.form")
    return redirect(where, 303)
