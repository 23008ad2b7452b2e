"""Furnishing a Flask app: every part of the edge, joined in the one order that works."""

from wsgiref.types import WSGIApplication

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from ninety import cli
from ninety.processes import renewal
from ninety.web import (
    account,
    address,
    admin,
    admin_audit,
    admin_keys,
    admin_packages,
    admin_people,
    admin_reminders,
    assets,
    badge,
    calendar,
    doors,
    feed,
    filters,
    frame,
    holders,
    invitations,
    joining,
    key_api,
    key_changes,
    key_making,
    key_reminders,
    leak_reports,
    manage,
    news,
    origin,
    package_files,
    packages,
    password_reset,
    people,
    policy,
    push,
    reading_links,
    refusals,
    security,
    session,
    sessions,
    settings,
    sign_in,
    symbols,
    taken_over,
    two_factor,
    unsubscribing,
    upload,
)
from ninety.web.bodies import PacedBodies
from ninety.web.prefix import Mounted
from ninety.web.read_cache import ReadCache
from ninety.wiring import Ninety


def furnish(app: Flask, ninety: Ninety) -> Flask:
    """Make `app` serve `ninety`: who may be asked by which name comes before any door."""
    app.extensions["ninety"] = ninety
    app.secret_key = ninety.session_key
    parts = (origin, address, session, security, assets, doors, filters, frame, holders, refusals)
    for part in (*parts, cli):
        part.init_app(app)
    for pages in (
        account,
        admin,
        admin_audit,
        admin_keys,
        admin_packages,
        admin_people,
        admin_reminders,
        badge,
        calendar,
        feed,
        invitations,
        joining,
        key_api,
        key_changes,
        key_making,
        key_reminders,
        leak_reports,
        manage,
        news,
        package_files,
        packages,
        password_reset,
        people,
        policy,
        push,
        reading_links,
        sessions,
        settings,
        sign_in,
        symbols,
        two_factor,
        unsubscribing,
        taken_over,
        upload,
    ):
        app.register_blueprint(pages.bp)
    app.add_url_rule("/healthz", "healthz", healthz)
    app.wsgi_app = _outer_layers(app, ninety)  # type: ignore[assignment,method-assign]
    return app


def _outer_layers(app: Flask, ninety: Ninety) -> WSGIApplication:
    """What stands before Flask.

    Patience with uploads; trust in proxies; the prefix below them; and what is remembered
    under the names that these settled.
    """
    routes = app.url_map.bind("")

    def known(path: str) -> bool:
        return bool(routes.allowed_methods(path))

    inner: WSGIApplication = app.wsgi_app
    if mib := ninety.settings.read_cache_mib:
        inner = ReadCache(inner, ninety, mib)
    inner = Mounted(inner, ninety.set_address, known)
    if hops := ninety.settings.proxies:
        inner = ProxyFix(inner, x_for=hops, x_proto=hops, x_host=hops, x_port=hops, x_prefix=hops)
    return PacedBodies(inner, ninety.settings.max_package_mib, renew=renewal.renew)


def healthz() -> tuple[str, dict[str, str]]:
    """Says that the web server answers, and nothing else."""
    return "ok\n", {"Content-Type": "text/plain", "Cache-Control": "no-store"}
