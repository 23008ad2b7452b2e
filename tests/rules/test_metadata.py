"""The JSON kept beside a package says what the manifest said."""

import json
from dataclasses import replace

import pytest

from ninety.rules import nuspec
from ninety.rules.metadata import Manifest
from parts.packages import make_nuspec

FULL = make_nuspec(
    version="1.0.0-RC.1+build.7",
    title="\u00c4",
    tags="one two",
    projectUrl="https://acme.example/",
    license={"type": "expression", "": "MIT"},
    icon="i.png",
    developmentDependency=True,
    repository={"type": "git", "url": "https://acme.example/core.git"},
    package_types=[("DotnetTool", None), ("Template", "1.0")],
    dependencies={"net8.0": [("A", "1.0"), ("B", None)], None: []},
)


@pytest.mark.parametrize("text", [FULL, make_nuspec()])
def test_a_manifest_survives_json_without_its_bytes(text):
    manifest = nuspec.parse(text.encode())
    document = manifest.to_json()
    assert json.loads(json.dumps(document)) == document
    kept = Manifest.from_json(document)
    assert kept == replace(manifest, nuspec=b"")
    assert kept.version.full == manifest.version.full


def test_the_json_holds_every_field_but_the_bytes():
    document = nuspec.parse(FULL.encode()).to_json()
    assert document["version"] == "1.0.0-RC.1+build.7"
    assert document["dependency_groups"] == [
        {
            "target_framework": "net8.0",
            "dependencies": [{"id": "A", "range": "[1.0.0, )"}, {"id": "B", "range": "(, )"}],
        },
        {"target_framework": None, "dependencies": []},
    ]
    assert document["package_types"][1] == {"name": "Template", "version": "1.0"}
    assert document["repository"]["url"] == "https://acme.example/core.git"
    assert not {"nuspec", "icon", "readme", "license"} & set(document)


def test_fields_that_an_older_record_lacks_are_at_their_defaults():
    manifest = Manifest.from_json({"id": "A", "version": "1.0.0", "unknown": 1})
    without = nuspec.parse(make_nuspec("A", authors=None, description=None).encode())
    assert manifest == replace(without, nuspec=b"")


def test_what_is_no_record_is_an_error():
    for document in ({}, {"id": "A"}, {"id": "A", "version": "x"}):
        with pytest.raises((KeyError, ValueError)):
            Manifest.from_json(document)
