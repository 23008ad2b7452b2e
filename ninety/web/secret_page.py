"""The one page that shows a secret: the answer to the form that made it, kept nowhere."""

from flask import render_template
from flask.typing import ResponseReturnValue

from ninety.rules.errors import FormUsed
from ninety.web.address import public_base
from ninety.web.context import now, world
from ninety.work.lifecycle import Issued


def show(issued: Issued) -> ResponseReturnValue:
    """The secret, its end, and lines ready to paste that use it at this feed's address."""
    feed = f"{public_base()}/v3/index.json"
    # New clients take plain http only from a named source, so such a feed is named throughout.
    named = feed.startswith("http:")
    return render_template(
        "secret.html",
        key=issued.key,
        secret=issued.secret,
        feed=feed,
        named=named,
        config=render_template("nuget.config.xml", feed=feed, named=named, secret=issued.secret),
        standing=world().reminding.standing(issued.key, now()),
        predecessor=world().lifecycle.predecessor(issued.key),
    )


def form_used(used: FormUsed) -> ResponseReturnValue:
    """That a form was sent already, instead of its secret once more."""
    return render_template("form_used.html", key_id=used.key_id, name=used.name), 409
