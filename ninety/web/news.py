"""The newest versions for programs that read feeds: for everybody, or behind a secret link."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from ninety.rules import addresses, atom
from ninety.rules.reading_links import Kind
from ninety.rules.records import VersionRecord
from ninety.web.address import public_base
from ninety.web.context import world

bp = Blueprint("news", __name__)

MOST = 50


@bp.get("/feed.atom")
def newest() -> ResponseReturnValue:
    """The last listed versions; on a private feed for whoever has a link, which is `token`.

    Raises NotFound for a link that is not, or no more.
    """
    private = world().settings.private
    if private:
        world().reading_links.holder(Kind.NEWS, request.args.get("token", ""))
    with world().index.reading() as index:
        records = index.last_listed(MOST)
    base = public_base()
    # What the feed says its own address is has no token in it.
    body = atom.document(
        records,
        addresses.host_of(base),
        world().site.install_id(),
        f"{base}/feed.atom",
        f"{base}/",
        lambda record: base + _page(record),
    )
    response = Response(body, content_type=f"{atom.MIMETYPE}; charset=utf-8")
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache" if private else "public, max-age=300"
    return response.make_conditional(request)


def _page(record: VersionRecord) -> str:
    page = url_for("packages.package", package_id=record.id, version=record.version.key)
    return page.removeprefix(request.script_root)
