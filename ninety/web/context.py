"""What a request works with: the wired product, and the one instant it happens at."""

from datetime import datetime

from flask import current_app, g

from ninety.wiring import Ninety


def world() -> Ninety:
    """The product of the current app."""
    ninety = current_app.extensions["ninety"]
    assert isinstance(ninety, Ninety)
    return ninety


def now() -> datetime:
    """The instant of this request, read once, so that all of an answer agrees."""
    if "now" not in g:
        g.now = world().clock()
    instant = g.now
    assert isinstance(instant, datetime)
    return instant
