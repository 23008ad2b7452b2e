"""The door for whoever found secrets: they stop, and nobody is told which were genuine.

Anybody may knock. The answer is the same whatever was sent, as long as it has
the form of a report.
"""

import json

from flask import Blueprint, Response, request

from ninety.rules import leaks
from ninety.web import json_requests
from ninety.web.context import now, world

bp = Blueprint("leak_reports", __name__, url_prefix="/api/v1/keys")

THANKS = "Thank you. What is genuine among these stops working now, and its owner is told."


@bp.post("/report")
def report() -> Response:
    """Revoke the keys whose secrets were found, given as JSON: `keys` and perhaps `found_at`."""
    world().leaks.admit(request.remote_addr or "", now())
    found = leaks.read(json_requests.wanted(*leaks.FIELDS))
    world().leaks.report(found, now())
    response = Response(json.dumps({"detail": THANKS}) + "\n", 202, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
