"""Where package files lie in the data folder, and what they are called.

    packages/<id>/package.json                     whose the id is
    packages/<id>/<version>/<id>.<version>.nupkg   exactly what was pushed
                            record.json            what the .nupkg cannot say
                            <id>.<version>.nupkg.sha512, <id>.nuspec, readme, icon, license
                            symbols/               debug symbols, see `symbol_files.py`

Whoever changes an id holds its folder locked. Ids and versions are lower case and
normalised, which makes this the layout of NuGet's own folder feeds.
"""

from ninety.rules import identifiers, versions
from ninety.rules.errors import BadPackage
from ninety.rules.metadata import Manifest
from ninety.rules.versions import Version

PACKAGES = "packages"
INCOMING = "incoming"
PACKAGE_JSON = "package.json"
RECORD_JSON = "record.json"
SYMBOLS = "symbols"
# Not a name any id can have.
PROOF = ".proof"


def nupkg_name(package_id: str, version: Version) -> str:
    """The name of a version's bytes: `acme.core.1.0.0.nupkg`."""
    return f"{identifiers.key(package_id)}.{version.key}.nupkg"


def snupkg_name(package_id: str, version: Version) -> str:
    """The name of a version's symbols package: `acme.core.1.0.0.snupkg`."""
    return f"{identifiers.key(package_id)}.{version.key}.snupkg"


def nuspec_name(package_id: str) -> str:
    """The name of a version's manifest: `acme.core.nuspec`."""
    return f"{identifiers.key(package_id)}.nuspec"


def sidecars(manifest: Manifest, sha512: str) -> dict[str, bytes]:
    """The files beside a .nupkg that are made from it alone, by name.

    `manifest` is the one read from it, with bytes; `sha512` its digest in base64.
    """
    optional = {"icon": manifest.icon, "readme": manifest.readme, "license": manifest.license}
    return {
        f"{nupkg_name(manifest.id, manifest.version)}.sha512": sha512.encode("ascii"),
        nuspec_name(manifest.id): manifest.nuspec,
        **{name: content for name, content in optional.items() if content is not None},
    }


def is_id_key(name: str) -> bool:
    """Whether `name` is the folder of an id rather than something a person left there."""
    try:
        return identifiers.key(identifiers.check_id(name)) == name
    except BadPackage:
        return False


def is_version_key(name: str) -> bool:
    """Whether `name` is the folder of a version."""
    try:
        return versions.parse(name).key == name
    except ValueError:
        return False
