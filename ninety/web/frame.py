"""What stands around every page: who is signed in, where to go, and what is not working."""

from typing import Any

from flask import Flask, request

from ninety.web.address import public_base
from ninety.web.context import now, world
from ninety.web.session import visitor

PACKAGES = ("packages.listing", "Packages")
KEYS = ("account.keys", "Keys")
ADMIN = ("admin.overview", "Admin")
ADMIN_PLACES = (
    ("admin.overview", "Overview"),
    ("admin_people.everybody", "People"),
    ("admin_keys.listing", "Keys"),
    ("policy.page", "Policy"),
    ("admin_reminders.overview", "Reminders"),
    ("admin_packages.listing", "Packages"),
    ("admin_audit.trail", "Audit"),
)
# Pages of the admin's part that belong to another's place.
PART_OF = {"invitations": "admin_people", "people": "admin_people"}


def around() -> dict[str, Any]:
    """The facts that `base.html` and the pages in it want of this request."""
    person = visitor()
    zone = person.timezone if person else world().settings.timezone
    places = [PACKAGES]
    if person:
        places.append(KEYS)
    if person and person.admin:
        places.append(ADMIN)
    return {
        "person": person,
        "public": not world().settings.private,
        "zone": zone,
        "now": now(),
        "places": places,
        "place": _place(),
        "admin_places": ADMIN_PLACES,
        "admin_place": _admin_place(),
        "feed": f"{public_base()}/v3/index.json",
        "banners": world().health.banners(now(), zone) if person else [],
    }


def _place() -> str:
    """Which of the places this page belongs to; the settings are none."""
    return {
        "packages": PACKAGES[0],
        "package_files": PACKAGES[0],
        "manage": PACKAGES[0],
        "upload": PACKAGES[0],
        "account": KEYS[0],
        "key_changes": KEYS[0],
        "key_making": KEYS[0],
        "key_reminders": KEYS[0],
        "admin": ADMIN[0],
        "admin_audit": ADMIN[0],
        "admin_keys": ADMIN[0],
        "admin_packages": ADMIN[0],
        "admin_people": ADMIN[0],
        "admin_reminders": ADMIN[0],
        "invitations": ADMIN[0],
        "people": ADMIN[0],
        "policy": ADMIN[0],
    }.get(request.blueprint or "", "")


def _admin_place() -> str:
    """Which of the places in the admin's part this page belongs to, or none."""
    blueprint = PART_OF.get(request.blueprint or "", request.blueprint)
    found = (endpoint for endpoint, _ in ADMIN_PLACES if endpoint.split(".")[0] == blueprint)
    return next(found, "")


def init_app(app: Flask) -> None:
    """Give every page its frame."""
    app.context_processor(around)
