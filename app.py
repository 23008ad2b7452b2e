"""Ninety: `create_app` makes the web application, `python app.py` runs the whole product."""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Flask

    from ninety.settings import Settings
    from ninety.work.sending import Mail

OLDEST_PYTHON = (3, 11)


def create_app(
    settings: "Settings | None" = None,
    *,
    clock: "Callable[[], datetime] | None" = None,
    mail: "Mail | None" = None,
) -> "Flask":
    """The web application over `settings`, or over those of the environment.

    `clock` and `mail` stand in for the wall clock and the mail server. Nothing is
    imported before it is called, so that a start that is refused says so at once.
    """
    from flask import Flask

    from ninety import clock as wall_clock
    from ninety.settings import SettingRefused, Settings
    from ninety.web.application import furnish
    from ninety.wiring import open_ninety

    try:
        settings = settings or Settings.from_environment(os.environ)
        ninety = open_ninety(settings, clock=clock or wall_clock.now, mail=mail)
    except SettingRefused as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(2)
    return furnish(Flask(__name__), ninety)


def create_serving_app() -> "Flask":
    """The application of a process that serves, with what it does in the background.

    What the index missed is read, and downloads are counted.
    """
    app = create_app()
    ninety = app.extensions["ninety"]
    ninety.index.catch_up_in_background()
    ninety.counting.keep_in_background()
    ninety.using.keep_in_background()
    return app


def main() -> int:
    """Run the product until it is told to stop; returns the exit status."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        print(f"Ninety needs Python 3.11 or later; this is {found}", file=sys.stderr)
        return 2
    from ninety import running
    from ninety.processes import embedded_redis, single_instance, start, tree
    from ninety.settings import SettingRefused, Settings

    try:
        settings = Settings.from_environment(os.environ)
        return tree.run(
            settings,
            prepare=lambda: running.tidy(settings),
            announce=lambda: running.greet(settings),
            sending=lambda: running.sending(settings),
        )
    except (
        SettingRefused,
        start.CannotStart,
        single_instance.AlreadyRunning,
        embedded_redis.RedisNotFound,
    ) as refusal:
        print(refusal, file=sys.stderr)
        return start.REFUSED


if __name__ == "__main__":
    sys.exit(main())
