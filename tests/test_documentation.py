"""What the documentation says is what the code does."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest
from flask import Flask

from ninety.settings import Settings

REPOSITORY = Path(__file__).parents[1]
README = REPOSITORY / "README.md"

# What Flask brings along; its own documentation tells of them.
FLASKS_OWN = frozenset({"run", "shell", "routes"})


@pytest.fixture
def application(tmp_path: Path) -> Flask:
    """The application with nothing in it."""
    from app import create_app

    return create_app(Settings(data=tmp_path / "data"))


def section(text: str, heading: str) -> str:
    """What stands under `## heading`, up to the next heading of that level."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert found, f"there is no '## {heading}'"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the Markdown tables in `text`, without head and rule."""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = {number - 1 for number, row in enumerate(cells) if set("".join(row)) <= set("-:")}
    return [row for number, row in enumerate(cells) if not heads & {number, number - 1}]


def code(text: str) -> set[str]:
    """Everything between backticks or in fenced blocks, one entry for each line."""
    fenced = re.findall(r"^```.*?\n(.*?)^```", text, re.M | re.S)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    return {line.strip() for block in (*fenced, *inline) for line in block.splitlines()}


def default_shown(setting: object, about: dict[str, str]) -> str:
    """How a default is written for people: `code`, words where it is computed, or nothing."""
    if "default_text" in about:
        return about["default_text"]
    if isinstance(setting, bool):
        return f"`{str(setting).lower()}`"
    return f"`{setting}`" if str(setting) else ""


def commands(group: click.Group, *above: str) -> Iterator[str]:
    """Every command below `group` as typed after `flask`."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)
        else:
            yield " ".join((*above, name))


def test_the_table_of_settings_is_the_settings() -> None:
    told = rows(section(README.read_text(encoding="utf-8"), "Settings"))
    assert told == [
        [
            f"`{one.metadata['name']}`",
            default_shown(one.default, dict(one.metadata)),
            one.metadata["unit"],
            one.metadata["meaning"],
        ]
        for one in fields(Settings)
    ]


def test_every_command_is_documented_and_no_other(application: Flask) -> None:
    told = code(section(README.read_text(encoding="utf-8"), "Commands"))
    typed = {line.removeprefix("flask ") for line in told if line.startswith("flask ")}
    real = {name for name in commands(application.cli) if name not in FLASKS_OWN}
    assert {name for name in real if not any(begins(line, name) for line in typed)} == set()
    assert {line for line in typed if not any(begins(line, name) for name in real)} == set()


def test_every_address_is_documented_and_no_other(application: Flask) -> None:
    page = REPOSITORY / "docs" / "api.md"
    told = {
        nameless(address)
        for line in code(page.read_text(encoding="utf-8"))
        for address in re.findall(r"(?:^|\s)(/[^\s?]*)", line)
    }
    real = {nameless(str(rule)) for rule in application.url_map.iter_rules()}
    assert told == real


def test_pictures_say_what_they_show_and_follow_the_theme() -> None:
    pictures = sorted((REPOSITORY / "docs").glob("*.svg"))
    assert pictures
    for picture in pictures:
        drawn = picture.read_text(encoding="utf-8")
        root = ElementTree.fromstring(drawn)
        named = root.attrib["aria-labelledby"].split()
        said = {one.attrib.get("id"): (one.text or "").strip() for one in root.iter()}
        assert root.attrib["role"] == "img"
        assert all(said[name] for name in named)
        assert "prefers-color-scheme: dark" in drawn


def begins(line: str, name: str) -> bool:
    """Whether `line` is the command `name`, with or without arguments."""
    return line == name or line.startswith(f"{name} ")


def nameless(address: str) -> str:
    """An address whose parts that vary are all written {}, whatever they are called.

    With and without a slash at its end it is one.
    """
    return re.sub(r"\{\w+\}|<[^<>]+>", "{}", address).rstrip("/") or "/"
