"""From a .nupkg to its checked manifest.

Only the nuspec and the files it names (icon, readme, license) are inflated;
everything else in the package is judged by the zip's directory alone.
"""

from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO

from ninety.rules import nuspec
from ninety.rules.archive import Archive, open_archive
from ninety.rules.errors import BadPackage
from ninety.rules.metadata import Manifest
from ninety.rules.quoting import quoted

__all__ = ["Manifest", "image_type", "read", "without_files"]

LARGEST_NUSPEC = 2**20
LARGEST_FILE = 2**20
"""Bytes of an icon, a readme or a license."""

_IMAGES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def read(stream: BinaryIO, now: datetime | None = None) -> Manifest:
    """The manifest of the package in `stream` (seekable, all of it), with its files' bytes.

    Raises BadPackage with one sentence that names what is wrong, and nothing
    else whatever the bytes are. `now` is for `open_archive`.
    """
    archive = open_archive(stream, now)
    manifest = without_files(archive)
    return _with_license(_with_readme(_with_icon(manifest, archive), archive), archive)


def without_files(archive: Archive) -> Manifest:
    """The manifest of a package whose icon, readme and license are not looked for.

    Raises BadPackage.
    """
    return nuspec.parse(archive.read(_nuspec_name(archive), LARGEST_NUSPEC))


def image_type(icon: bytes) -> str | None:
    """The media type of an icon by its first bytes, whatever it is called; None if it has none."""
    return next((kind for start, kind in _IMAGES.items() if icon.startswith(start)), None)


def _nuspec_name(archive: Archive) -> str:
    """The one .nuspec at the root; its name need not be the package's."""
    found = [name for name in archive.names if name.lower().endswith(".nuspec") and "/" not in name]
    if not found:
        raise BadPackage("The package is missing the required nuspec file")
    if len(found) > 1:
        raise BadPackage(
            f"The package has {len(found)} nuspec files, {quoted(found[0])} and "
            f"{quoted(found[1])} among them; it must have one"
        )
    return found[0]


def _with_icon(manifest: Manifest, archive: Archive) -> Manifest:
    if manifest.icon_file is None:
        return manifest
    name, icon = _file(archive, "icon", manifest.icon_file, (".png", ".jpg", ".jpeg"))
    if image_type(icon) is None:
        raise BadPackage(f"The icon {quoted(name)} is neither a PNG nor a JPEG image")
    return replace(manifest, icon_file=name, icon=icon)


def _with_readme(manifest: Manifest, archive: Archive) -> Manifest:
    if manifest.readme_file is None:
        return manifest
    name, readme = _text_file(archive, "readme", manifest.readme_file, (".md",))
    return replace(manifest, readme_file=name, readme=readme)


def _with_license(manifest: Manifest, archive: Archive) -> Manifest:
    if manifest.license_file is None:
        return manifest
    name, text = _text_file(archive, "license", manifest.license_file, (".txt", ".md", ""))
    return replace(manifest, license_file=name, license=text)


def _file(
    archive: Archive, role: str, written: str, extensions: tuple[str, ...]
) -> tuple[str, bytes]:
    """The name and bytes of the file that the nuspec's element `role` calls `written`.

    Nuspecs name files with either slash, from the root of the package.
    """
    name = written.replace("\\", "/").removeprefix("./").lstrip("/")
    if _extension(name) not in extensions:
        allowed = ", ".join(extension or "none" for extension in extensions)
        raise BadPackage(f"The {role} {quoted(written)} has none of the endings {allowed}")
    if name not in archive:
        raise BadPackage(f"The {role} {quoted(written)} is not in the package")
    return name, archive.read(name, LARGEST_FILE)


def _text_file(
    archive: Archive, role: str, written: str, extensions: tuple[str, ...]
) -> tuple[str, bytes]:
    name, content = _file(archive, role, written, extensions)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as undecodable:
        raise BadPackage(f"The {role} {quoted(written)} is not UTF-8 text") from undecodable
    return name, content


def _extension(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
