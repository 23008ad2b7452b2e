"""The examples for build servers: well-formed, weekly, and their steps do what they say."""

import re
import shutil
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from parts import commands
from parts.build import RECIPES
from parts.product import REPOSITORY

pytestmark = pytest.mark.journey

SCHEMAS = {
    "github-actions.yml": ("vendor.github-workflows",),
    "gitlab-ci.yml": ("vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
    "azure-pipelines.yml": (
        "vendor.azure-pipelines",
        *("--data-transform", "azure-pipelines", "--regex-variant", "nonunicode"),
    ),
}
WEEKLY = re.compile(r"(\d+|H) \d+ \* \* 1")
LOGIN = "secret-of-the-build-server"


def read(name: str):
    """A YAML file of the recipes, as plain lists and dicts."""
    return YAML(typ="safe", pure=True).load(RECIPES / name)


def github_step():
    """The step of the workflow that runs a command."""
    (step,) = [one for one in read("github-actions.yml")["jobs"]["rotate"]["steps"] if "run" in one]
    return step


def azure_step():
    """The step of the pipeline that runs a command."""
    steps = read("azure-pipelines.yml")["jobs"][0]["steps"]
    (step,) = [one for one in steps if one["task"] == "AzureCLI@2"]
    return step


def jenkins_step() -> str:
    """The one command of the Jenkinsfile."""
    (step,) = re.findall(r"^\s+sh '(.+)'$", (RECIPES / "Jenkinsfile").read_text("utf-8"), re.M)
    return step


def check(name: str, *files: Path) -> commands.Outcome:
    """Hold files against the schema for `name`, which comes with the checker."""
    # A proxy that nobody is: what the checker had to fetch would be missing.
    environment = {"HTTPS_PROXY": "http://127.0.0.1:9", "HOME": str(REPOSITORY)}
    schema, *options = SCHEMAS[name]
    checker = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *options)
    return commands.run([*checker, *files], environment=environment, folder=REPOSITORY)


@pytest.mark.parametrize(
    ("name", "word", "misspelt"),
    [
        ("github-actions.yml", "runs-on:", "run-on:"),
        ("gitlab-ci.yml", "script:", "scripts:"),
        ("azure-pipelines.yml", "cron:", "corn:"),
    ],
)
def test_a_pipeline_is_as_its_schema_says_and_a_misspelt_one_is_not(name, word, misspelt, tmp_path):
    bad = tmp_path / "misspelt.yml"
    bad.write_text((RECIPES / name).read_text("utf-8").replace(word, misspelt), "utf-8")
    checked = check(name, RECIPES / name, bad)
    assert checked.code == 1
    assert "Schema validation errors" in checked.text
    assert f"{bad}::" in checked.text
    assert f"{name}::" not in checked.text, checked.text


def blocks(text: str) -> list[str]:
    """The path of every block of a Jenkinsfile, in order; AssertionError where braces are odd."""
    bare = re.sub(r"//[^\n]*|'[^'\n]*'", "", text)
    assert bare.count("(") == bare.count(")")
    assert bare.count("[") == bare.count("]")
    open_, found = [], []
    for name, brace in re.findall(r"(\w*)\s*(?:\([^{}]*\))?\s*([{}])", bare):
        if brace == "{":
            open_.append(name)
            found.append("/".join(open_))
        else:
            assert open_.pop()
    assert open_ == []
    return found


def test_the_jenkinsfile_has_the_blocks_of_a_declarative_pipeline():
    steps = "pipeline/stages/stage/steps"
    assert blocks((RECIPES / "Jenkinsfile").read_text("utf-8")) == [
        "pipeline",
        *("pipeline/triggers", "pipeline/options", "pipeline/environment"),
        *("pipeline/stages", "pipeline/stages/stage", steps, f"{steps}/withCredentials"),
    ]


def test_each_looks_weekly_and_never_twice_at_once():
    github, azure = read("github-actions.yml"), read("azure-pipelines.yml")
    jenkins = (RECIPES / "Jenkinsfile").read_text("utf-8")
    gitlab = read("gitlab-ci.yml")["rotate-feed-key"]
    crons = [
        github["on"]["schedule"][0]["cron"],
        azure["schedules"][0]["cron"],
        *re.findall(r"cron\('(.+)'\)", jenkins),
        *re.findall(r"once a week \((.+?)\)", (RECIPES / "gitlab-ci.yml").read_text("utf-8")),
    ]
    assert len(crons) == 4
    assert [one for one in crons if not WEEKLY.fullmatch(one)] == []
    assert gitlab["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]
    assert github["concurrency"]["group"] == gitlab["resource_group"] == "rotate-feed-key"
    assert azure["schedules"][0]["batch"] == "true"
    assert "disableConcurrentBuilds()" in jenkins


class BuildServer(HTTPServer):
    """Remembers the one request it was sent, and answers `status`."""

    status = 200
    asked = ""
    headers: dict[str, str]
    body = b""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Remember(BaseHTTPRequestHandler):
    server: BuildServer

    def do_PUT(self) -> None:
        self.server.asked, self.server.headers = f"{self.command} {self.path}", dict(self.headers)
        self.server.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.do_PUT()

    def log_message(self, format: str, *values: object) -> None:
        """Say nothing."""


@pytest.fixture
def build_server() -> Iterator[BuildServer]:
    """What stands for the build server's own interface, where secrets are stored."""
    with BuildServer(("127.0.0.1", 0), Remember) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def checkout(build):
    """A build that has the recipes in ci/, and a key that ends in 13 days."""

    def make(name: str):
        one = build(name, days=13)
        (one.folder / "ci").mkdir()
        for script in RECIPES.glob("*.sh"):
            shutil.copy(script, one.folder / "ci")
        return one

    return make


def pretend(folder: Path, program: str) -> None:
    """A program that keeps its arguments in `arguments` and its stdin in `stored`."""
    path = folder / program
    path.write_text('#!/bin/sh\necho "$0" "$@" > arguments\ncat /dev/stdin > stored\n', "ascii")
    path.chmod(0o755)


def test_github_gets_the_new_secret_of_the_repository(checkout):
    one, step = checkout("github"), github_step()
    assert step["env"]["FEED_KEY"] == "${{ secrets.FEED_KEY }}"
    pretend(one.folder, "gh")
    done = one.run("bash", "-e", "-c", step["run"], GITHUB_REPOSITORY="acme/core")
    assert done.code == 0, done.text
    arguments = (one.folder / "arguments").read_text("ascii").split(maxsplit=1)[1]
    assert arguments == "secret set FEED_KEY --repo acme/core\n"
    assert one.state(one.stored) == "alive"
    assert one.state(one.secret) == "retiring"


def test_a_key_vault_gets_the_new_secret(checkout):
    one, step = checkout("azure"), azure_step()
    assert step["env"]["FEED_KEY"] == "$(feed-key)"
    pretend(one.folder, "az")
    done = one.run("bash", "-c", step["inputs"]["inlineScript"])
    assert done.code == 0, done.text
    assert "keyvault secret set --vault-name" in (one.folder / "arguments").read_text("ascii")
    assert one.state(one.stored) == "alive"


def test_gitlab_gets_the_new_value_of_the_variable(checkout, build_server):
    one = checkout("gitlab")
    (step,) = read("gitlab-ci.yml")["rotate-feed-key"]["script"]
    (one.folder / "login").write_text(f"PRIVATE-TOKEN: {LOGIN}\n", "ascii")
    known = {
        "CI_API_V4_URL": f"{build_server.address}/api/v4",
        "CI_PROJECT_ID": "90",
        "ROTATE_LOGIN": str(one.folder / "login"),
    }
    build_server.status = 403
    refused = one.run("sh", "-c", step, **known)
    assert refused.code == 1
    assert "'curl' did not store the new secret. FEED_KEY still works" in refused.stderr
    build_server.status = 200
    done = one.run("sh", "-c", step, **known)
    assert done.code == 0, done.text
    assert build_server.asked == "PUT /api/v4/projects/90/variables/FEED_KEY"
    assert build_server.headers["PRIVATE-TOKEN"] == LOGIN
    (value,) = re.findall(rb'name="value"\r\n\r\n(.+)\r\n--', build_server.body)
    assert one.state(value.decode()) == "alive"


def test_jenkins_gets_the_new_secret_of_the_credential(checkout, build_server):
    one = checkout("jenkins")
    (one.folder / "login").write_text(f"machine 127.0.0.1 login rotation password {LOGIN}\n")
    done = one.run(
        *("sh", "-xe", "-c", jenkins_step()),
        JENKINS_URL=f"{build_server.address}/jenkins/",
        JENKINS_LOGIN=str(one.folder / "login"),
    )
    assert done.code == 0, done.text
    assert build_server.asked == (
        "POST /jenkins/credentials/store/system/domain/_/credential/feed-key/config.xml"
    )
    assert build_server.headers["Authorization"].startswith("Basic ")
    assert build_server.headers["Content-Type"] == "application/xml"
    credential = ET.fromstring(build_server.body)
    assert credential.tag.endswith("plaincredentials.impl.StringCredentialsImpl")
    assert credential.findtext("id") == "feed-key"
    assert one.state(credential.findtext("secret", "")) == "alive"
    assert credential.findtext("secret", "") not in done.text
