"""Where a request comes from, said to the audit trail before anything is done for it."""

from flask import Flask, request

from ninety.rules import uses
from ninety.rules.audit import By, Origin
from ninety.web.refusals import for_machines
from ninety.work import auditing


def init_app(app: Flask) -> None:
    """Note it at every request, and forget it after: threads serve one after another."""
    app.before_request(_note_origin)
    app.teardown_request(_forget_origin)


def _note_origin() -> None:
    by = By.CLIENT if for_machines() else By.PAGE
    client = uses.client_name(request.headers.get("User-Agent", ""))
    auditing.comes_from(Origin(by, request.remote_addr or "", client))


def _forget_origin(_error: BaseException | None) -> None:
    auditing.comes_from(None)
