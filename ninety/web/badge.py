"""A small picture that names a package and its newest version, for the readme of a project."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from ninety.rules.errors import NotFound
from ninety.web.context import world
from ninety.web.packages import id_key

bp = Blueprint("badge", __name__)

LETTER = 6.6
"""Pixels of a letter, on average; the picture stretches its words to exactly that."""
MARGIN = 8


@bp.get("/packages/<package_id>/badge.svg")
def badge(package_id: str) -> ResponseReturnValue:
    """The badge of a package, whose picture needs nothing from elsewhere. Raises NotFound."""
    with world().index.reading() as index:
        record = index.newest(id_key(package_id))
    if record is None:
        raise NotFound("package")
    picture = render_template(
        "badge.svg",
        margin=MARGIN,
        name=record.id,
        name_width=round(len(record.id) * LETTER),
        version=str(record.version),
        version_width=round(len(str(record.version)) * LETTER),
    )
    response = Response(picture, mimetype="image/svg+xml")
    response.add_etag()
    audience = "private, no-cache" if world().settings.private else "public, max-age=300"
    response.headers["Cache-Control"] = audience
    return response.make_conditional(request)
