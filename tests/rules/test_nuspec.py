"""What a good nuspec says, field by field; `test_manifest.py` refuses the bad ones."""

import pytest

from ninety.rules.metadata import Dependency, DependencyGroup, PackageType, RepositoryInfo
from ninety.rules.nuspec import parse
from parts.packages import make_nuspec


def manifest_of(*arguments, **fields):
    return parse(make_nuspec(*arguments, **fields).encode())


def test_every_field_is_read():
    manifest = manifest_of(
        "Acme.Core",
        "1.0.0.0-RC.1+build.7",
        title="Acme <Core>",
        authors="Alice, Bob",
        owners="nobody reads this",
        description=" Two\n lines ",
        summary="Short",
        tags="one, two;three  one\n four",
        releaseNotes="New",
        copyright="\u00a9 Acme",
        language="en-GB",
        projectUrl="https://acme.example/core?a=b&c",
        licenseUrl="http://acme.example:8080/license",
        iconUrl="https://[2001:db8::1]/icon.png",
        license={"type": "expression", "": "MIT OR Apache-2.0"},
        requireLicenseAcceptance="TRUE",
        developmentDependency=True,
        serviceable=False,
        min_client_version="2.12",
        repository={
            "type": "git",
            "url": "git@acme:core.git",
            "branch": "main",
            "commit": "c0ffee",
        },
        package_types=[("DotnetTool", None), (" Template ", "1.0")],
    )
    assert (manifest.id, manifest.version.full) == ("Acme.Core", "1.0.0-RC.1+build.7")
    assert (manifest.title, manifest.authors) == ("Acme <Core>", "Alice, Bob")
    assert (manifest.description, manifest.summary) == ("Two\n lines", "Short")
    assert manifest.tags == ("one", "two", "three", "four")
    assert (manifest.release_notes, manifest.copyright) == ("New", "\u00a9 Acme")
    assert manifest.language == "en-GB"
    assert manifest.project_url == "https://acme.example/core?a=b&c"
    assert manifest.license_url == "http://acme.example:8080/license"
    assert manifest.icon_url == "https://[2001:db8::1]/icon.png"
    assert (manifest.license_expression, manifest.license_file) == ("MIT OR Apache-2.0", None)
    assert manifest.require_license_acceptance
    assert manifest.development_dependency
    assert manifest.min_client_version == "2.12.0"
    assert manifest.repository == RepositoryInfo("git", "git@acme:core.git", "main", "c0ffee")
    assert manifest.package_types == (
        PackageType("DotnetTool", None),
        PackageType("Template", "1.0"),
    )


def test_only_id_and_version_are_needed():
    manifest = manifest_of(authors=None, description=None)
    assert (manifest.authors, manifest.description, manifest.tags) == ("", "", ())
    assert (manifest.project_url, manifest.repository, manifest.icon_file) == (None, None, None)
    assert (manifest.dependency_groups, manifest.package_types) == ((), ())
    assert not manifest.require_license_acceptance


def test_empty_elements_say_nothing():
    empty = dict.fromkeys(("projectUrl", "icon", "readme", "developmentDependency", "tags"), "")
    manifest = manifest_of(**empty, repository={})
    assert (manifest.project_url, manifest.icon_file, manifest.readme_file) == (None, None, None)
    assert (manifest.tags, manifest.repository) == ((), None)


@pytest.mark.parametrize(
    "namespace",
    [
        "",
        "http://schemas.microsoft.com/packaging/2010/07/nuspec.xsd",
        "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd",
        "http://schemas.microsoft.com/packaging/2011/10/nuspec.xsd",
        "http://schemas.microsoft.com/packaging/2012/06/nuspec.xsd",
        "http://schemas.microsoft.com/packaging/2013/01/nuspec.xsd",
        "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd",
        "urn:of-the-future",
    ],
)
def test_the_namespace_is_no_matter(namespace):
    assert manifest_of(namespace=namespace).id == "Acme.Core"
    on_metadata = make_nuspec(namespace="").replace("<metadata", f"<metadata xmlns='{namespace}'")
    assert parse(on_metadata.encode()).id == "Acme.Core"


def test_utf_16_is_read():
    assert (
        parse(make_nuspec(title="\u00c4").replace("utf-8", "utf-16").encode("utf-16")).title
        == "\u00c4"
    )


def test_flat_dependencies_are_one_group_for_any_framework():
    manifest = manifest_of(dependencies=[("Acme.Base", "1.0"), ("Acme.More", None), ("C", "")])
    assert manifest.dependency_groups == (
        DependencyGroup(
            None,
            (
                Dependency("Acme.Base", "[1.0.0, )"),
                Dependency("Acme.More", "(, )"),
                Dependency("C", "(, )"),
            ),
        ),
    )


def test_groups_are_kept_the_empty_ones_too():
    manifest = manifest_of(
        dependencies={"net8.0": [("A", "[1.0,2.0)")], ".NETFramework4.5": [], None: [("A", "1")]}
    )
    assert manifest.dependency_groups == (
        DependencyGroup("net8.0", (Dependency("A", "[1.0.0, 2.0.0)"),)),
        DependencyGroup(".NETFramework4.5", ()),
        DependencyGroup(None, (Dependency("A", "[1.0.0, )"),)),
    )


def test_a_group_may_have_many_dependencies():
    many = [(f"Acme.Part{number}", "1.0") for number in range(500)]
    assert len(manifest_of(dependencies=many).dependency_groups[0].dependencies) == 500


@pytest.mark.parametrize(
    ("version", "dependencies", "semver2"),
    [
        ("1.0.0-beta", [("A", "1.0")], False),
        ("1.0.0-beta.1", [], True),
        ("1.0.0+build", [], True),
        ("1.0.0", [("A", "[1.0, 2.0-rc.1)")], True),
    ],
)
def test_semver_2_comes_from_the_version_or_from_a_dependency(version, dependencies, semver2):
    assert manifest_of(version=version, dependencies=dependencies).is_semver2 is semver2


def test_lengths_up_to_the_limit_are_taken():
    manifest = manifest_of("x" * 100, "1.0-" + "a" * 60, title="t" * 256, releaseNotes="n" * 35_000)
    assert (len(manifest.id), len(str(manifest.version))) == (100, 66)
