"""What the forms of keys are filled in with: what was typed, or what a key usually may."""

import secrets
from datetime import timedelta
from typing import Any

from flask import request

from ninety.rules import scopes
from ninety.rules.keys import ApiKey
from ninety.rules.leaving import Handover
from ninety.web.context import now, world


def offer(
    name: str = "",
    days: str | None = None,
    key: ApiKey | Handover | None = None,
    most: int | None = None,
    sent: str = "",
) -> dict[str, Any]:
    """What the forms of a key are filled in with, and when a key made so would end.

    What was typed, where the field `sent` shows that a form was; else what `key`
    may do, or what a new one usually does.
    """
    ruled = world().governing.policy()
    most = most or ruled.max_days(ruled.usual_actions)
    actions = key.actions if key else ruled.usual_actions
    kept = key.actions if isinstance(key, ApiKey) else ()
    packages = " ".join(key.packages if key else scopes.EVERY_PACKAGE)
    if sent in request.form:
        actions = tuple(request.form.getlist("actions"))
        packages = request.form.get("packages", "")
    chosen = str(min(ruled.key_days, most)) if days is None else days
    fits = chosen.isascii() and chosen.isdigit() and len(chosen) <= 6 and 1 <= int(chosen) <= most
    ends = now() + timedelta(days=int(chosen)) if fits else None
    return {
        "name": name,
        "days": chosen,
        "most": most,
        "reading": ruled.read_key_max_days if scopes.READ in ruled.key_actions else 0,
        "ends": ends,
        "actions": actions,
        "packages": packages,
        "every_action": [
            (action, words)
            for action, words in scopes.SAID.items()
            if action in ruled.key_actions or action in kept
        ],
        "allowed": ruled.key_actions,
    }


def globs(typed: str) -> list[str]:
    """The package globs of a line with spaces or commas between them."""
    return typed.replace(",", " ").split()


def one_use() -> str:
    """The number of a form that makes a secret; sent twice, it makes one."""
    return secrets.token_urlsafe(16)
