"""The `flask …` commands."""

from flask import Flask

from ninety.cli import audit, key, mail, packages, reminders, user


def init_app(app: Flask) -> None:
    """Add Ninety's commands to `flask`."""
    for group in (user.group, key.group, packages.group, reminders.group, mail.group):
        app.cli.add_command(group)
    app.cli.add_command(audit.audit)
