"""Folders as other feeds leave them: the same packages in each layout an import may meet."""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from parts.packages import make_nupkg

Package = tuple[str, str]
"""An id and a version, as their manifest writes them."""

PACKAGES: tuple[Package, ...] = (
    ("Acme.Core", "1.0.0"),
    ("Acme.Core", "1.10.0-Beta.1+build"),
    ("Acme.Tools", "2.0.0.0"),
)

LAYOUTS = ("flat", "folder feed", "bagetter", "nuget.server")


def write(folder: Path, layout: str, packages: Iterable[Package] = PACKAGES) -> list[Path]:
    """Put small packages below `folder` as the layout has them, with what else lies there."""
    written = []
    for id, version in packages:
        path = folder / _place(layout, id, version)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make_nupkg(id, version))
        if layout != "flat":
            path.with_name(f"{path.name}.sha512").write_text("as the other feed wrote it")
            (path.parent / f"{id.lower()}.nuspec").write_text("<package/>")
        written.append(path)
    return written


def dated(path: Path, instant: datetime) -> None:
    """Have the file last written at `instant`."""
    os.utime(path, (instant.timestamp(), instant.timestamp()))


def _place(layout: str, id: str, version: str) -> str:
    plain = version.partition("+")[0]
    lower = f"{id.lower()}.{plain.lower()}.nupkg"
    match layout:
        case "flat":
            return f"{id}.{plain}.nupkg"
        case "folder feed":
            return f"{id.lower()}/{plain.lower()}/{lower}"
        case "bagetter":
            return f"packages/{id.lower()}/{plain.lower()}/{lower}"
        case _:
            return f"Packages/{id}/{plain}/{id}.{plain}.nupkg"
