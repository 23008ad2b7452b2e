"""Small valid packages made in memory, the same bytes each time."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

NAMESPACE = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
"""Enough of an image to be taken for one."""

Dependencies = Sequence[tuple[str, str | None]]
"""Pairs of id and range; None leaves the `version` attribute out."""


def make_nupkg(
    id: str = "Acme.Core",
    version: str = "1.0.0",
    *,
    files: Mapping[str, bytes] | None = None,
    nuspec: str | bytes | None = None,
    dependencies: Dependencies | Mapping[str | None, Dependencies] = (),
    **metadata: object,
) -> bytes:
    """The bytes of one .nupkg with a nuspec at its root and `files` beside it.

    `nuspec` replaces the whole manifest text; otherwise `make_nuspec` writes it
    from the other arguments. Without `files` there is one assembly of a few bytes.
    """
    if nuspec is None:
        nuspec = make_nuspec(id, version, dependencies=dependencies, **metadata)
    manifest = nuspec.encode() if isinstance(nuspec, str) else nuspec
    contents = {f"lib/netstandard2.0/{id}.dll": b"MZ"} if files is None else files
    return make_zip({f"{id}.nuspec": manifest, **contents})


def make_zip(files: Mapping[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    """A zip of `files` in their order, each dated 1 January 2026."""
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        for name, content in files.items():
            entry = ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            entry.compress_type = method
            archive.writestr(entry, content)
    return stream.getvalue()


def make_nuspec(
    id: str | None = "Acme.Core",
    version: str | None = "1.0.0",
    *,
    dependencies: Dependencies | Mapping[str | None, Dependencies] = (),
    package_types: Sequence[tuple[str, str | None]] = (),
    namespace: str = NAMESPACE,
    **metadata: object,
) -> str:
    """A nuspec as text.

    `dependencies` is a flat list, or one list per target framework (None for the
    group without one). Further arguments become elements: `project_url="https://…"`
    is `<projectUrl>`; a bool becomes `true` or `false`; a mapping gives attributes,
    its key "" the text: `license={"type": "file", "": "LICENSE.txt"}`. The argument
    `min_client_version` becomes the attribute of `<metadata>`. None leaves an element
    out, `id` and `version` too.
    """
    elements: dict[str, object] = {
        "authors": "Acme",
        "description": "A package for tests.",
        **metadata,
    }
    minimum = elements.pop("min_client_version", None)
    attribute = "" if minimum is None else f" minClientVersion={quoteattr(str(minimum))}"
    lines = [_element("id", id), _element("version", version)]
    lines += [_element(_camel(name), value) for name, value in elements.items()]
    if package_types:
        lines.append("    <packageTypes>")
        lines += [
            f"      <packageType{_attributes({'name': name, 'version': type_version})}/>"
            for name, type_version in package_types
        ]
        lines.append("    </packageTypes>")
    if dependencies:
        lines += ["    <dependencies>", *_dependency_lines(dependencies), "    </dependencies>"]
    body = "\n".join(line for line in lines if line)
    xmlns = f" xmlns={quoteattr(namespace)}" if namespace else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f"<package{xmlns}>\n  <metadata{attribute}>\n{body}\n  </metadata>\n</package>\n"
    )


def _dependency_lines(dependencies: Dependencies | Mapping[str | None, Dependencies]) -> list[str]:
    if not isinstance(dependencies, Mapping):
        return [_dependency(name, wanted) for name, wanted in dependencies]
    lines = []
    for framework, inside in dependencies.items():
        lines.append(f"      <group{_attributes({'targetFramework': framework})}>")
        lines += [_dependency(name, wanted) for name, wanted in inside]
        lines.append("      </group>")
    return lines


def _dependency(name: str, wanted: str | None) -> str:
    return f"        <dependency{_attributes({'id': name, 'version': wanted})}/>"


def _element(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        attributes = {key: text for key, text in value.items() if key}
        return f"    <{name}{_attributes(attributes)}>{escape(value.get('', ''))}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"    <{name}>{escape(text)}</{name}>"


def _attributes(values: Mapping[str, str | None]) -> str:
    return "".join(
        f" {name}={quoteattr(value)}" for name, value in values.items() if value is not None
    )


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
