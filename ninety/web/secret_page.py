"""The one page that shows a secret: the answer to the form that made it, kept nowhere."""

from flask import render_template
from flask.typing import ResponseReturnValue

from ninety.rules.errors import FormUsed
from ninety.web.address import public_base
from ninety.web.context import now, world
from ninety.work.lifecycle import Issued

# For so long a page with a script shows the secret.
SHOWN_MINUTES = 10


def show(issued: Issued) -> ResponseReturnValue:
    """The secret, its end, and lines ready to paste that use it at this feed's address."""
    base = public_base()
    feed = f"{base}/v3/index.json"
    # New clients take plain http only from a named source, so such a feed is named throughout.
    named = feed.startswith("http:")
    source = "ninety" if named else feed
    return render_template(
        "secret.html",
        key=issued.key,
        secret=issued.secret,
        shown_minutes=SHOWN_MINUTES,
        base=base,
        feed=feed,
        named=named,
        source=source,
        config=render_template("lines/nuget.config.xml", feed=feed, named=named),
        github=render_template("lines/github-actions.yml", source=source),
        gitlab=render_template("lines/gitlab-ci.yml", source=source),
        standing=world().reminding.standing(issued.key, now()),
        predecessor=world().lifecycle.predecessor(issued.key),
    )


def form_used(used: FormUsed) -> ResponseReturnValue:
    """That a form was sent already, instead of its secret once more."""
    return render_template("form_used.html", key_id=used.key_id, name=used.name), 409
