"""The stock NuGet clients: nuget.exe under Mono, and the dotnet command line."""

import json
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from parts import commands
from parts.required import missing, not_tried

# Where .ci/run puts nuget.exe.
INSTALLED = Path.home() / ".cache" / "ninety" / "nuget-exe"

FRAMEWORK = "net472"
SECONDS = 120


@dataclass(frozen=True, slots=True)
class ClientOutcome(commands.Outcome):
    """How a client's command ended and what the person at the terminal read."""

    @property
    def warnings(self) -> list[str]:
        """The text of each warning, in order, without the word the client puts before it."""
        found = []
        for line in self.text.splitlines():
            word, colon, sentence = line.strip().partition(": ")
            if colon and word.strip().lower() in ("warning", "warn"):
                found.append(sentence)
        return found


class Client(ABC):
    """One person's NuGet client, with a home folder, configuration and caches of its own.

    Commands take the name of a configured source, or the address of a service index.
    The caches are emptied before each, so that every answer is the feed's own.
    """

    config: Path

    def __init__(self, home: Path) -> None:
        self.home = home
        self.scratch = home / "scratch"
        self.scratch.mkdir(parents=True)
        self._sources: dict[str, str] = {}

    def configure(
        self, sources: Mapping[str, str], *, passwords: Mapping[str, str] | None = None
    ) -> None:
        """Write NuGet.Config: `sources` are addresses of service indexes by name, and the only
        ones there are; `passwords` are what reading a source of that name takes.
        """
        self._sources = dict(sources)
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(_configuration(sources, passwords or {}), encoding="utf-8")

    @abstractmethod
    def trust(self, certificate: Path) -> None:
        """Trust a server's certificate (PEM) that no authority signed."""

    @abstractmethod
    def push(self, package: Path, key: str | None, source: str, *more: str) -> ClientOutcome:
        """Push one .nupkg with an API key (None: without); `more` are further options."""

    @abstractmethod
    def delete(self, id: str, version: str, key: str | None, source: str) -> ClientOutcome:
        """Ask the feed to delete one version, which a feed may take as unlisting it."""

    @abstractmethod
    def install(self, id: str, version: str | None, source: str, into: Path) -> ClientOutcome:
        """Bring a package (None: its latest version) and what it needs below the folder `into`."""

    @abstractmethod
    def restore_packages_config(
        self, packages: Mapping[str, str], source: str, into: Path
    ) -> ClientOutcome:
        """Restore the exact versions by id that a packages.config names below `into`."""

    @abstractmethod
    def restore_graph(self, packages: Mapping[str, str], source: str, into: Path) -> ClientOutcome:
        """Restore a project that references `packages` (version ranges by id) below `into`."""

    @abstractmethod
    def search(self, words: str, source: str, *more: str) -> ClientOutcome:
        """Search a source."""

    @abstractmethod
    def _run(self, *words: str | Path) -> ClientOutcome: ...

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TMPDIR": str(self.scratch),
            "LANG": "C.UTF-8",
        }

    def _ask(self, *words: str | Path) -> ClientOutcome:
        """Run one command with empty caches."""
        for cache in (".local/share/NuGet", ".nuget/packages"):
            shutil.rmtree(self.home / cache, ignore_errors=True)
        outcome = commands.run(
            words, environment=self._environment(), folder=self.scratch, seconds=SECONDS
        )
        return ClientOutcome(outcome.code, outcome.stdout, outcome.stderr)


class NuGetClient(Client):
    """nuget.exe, under Mono where this is not Windows."""

    def __init__(self, home: Path, executable: Path) -> None:
        super().__init__(home)
        self.config = home / ".config" / "NuGet" / "NuGet.Config"
        self._command = ("mono", executable) if executable.suffix == ".exe" else (executable,)

    def trust(self, certificate: Path) -> None:
        if shutil.which("cert-sync") is None:
            missing("a certificate that Mono trusts", "install ca-certificates-mono")
        kept = commands.run(
            ["cert-sync", "--user", certificate],
            environment=self._environment(),
            folder=self.scratch,
        )
        assert kept.code == 0, kept.text

    def push(self, package: Path, key: str | None, source: str, *more: str) -> ClientOutcome:
        with_key = () if key is None else ("-ApiKey", key)
        return self._run("push", package, *with_key, "-Source", source, "-Timeout", "110", *more)

    def delete(self, id: str, version: str, key: str | None, source: str) -> ClientOutcome:
        with_key = () if key is None else ("-ApiKey", key)
        return self._run("delete", id, version, *with_key, "-Source", source)

    def install(self, id: str, version: str | None, source: str, into: Path) -> ClientOutcome:
        exact = () if version is None else ("-Version", version)
        return self._run(
            "install", id, *exact, "-Source", source, "-OutputDirectory", into, "-Framework", "any"
        )

    def restore_packages_config(
        self, packages: Mapping[str, str], source: str, into: Path
    ) -> ClientOutcome:
        lines = [
            f"  <package id={quoteattr(id)} version={quoteattr(version)} />"
            for id, version in packages.items()
        ]
        listed = self.scratch / "packages.config"
        listed.write_text("\n".join(["<packages>", *lines, "</packages>"]), encoding="utf-8")
        return self._run("restore", listed, "-Source", source, "-PackagesDirectory", into)

    def restore_graph(self, packages: Mapping[str, str], source: str, into: Path) -> ClientOutcome:
        # The file names addresses only; the client finds the password by the address.
        address = self._sources.get(source, source)
        graph = self.scratch / "application.dg"
        graph.write_text(json.dumps(_graph(packages, address, self.scratch, into)), "utf-8")
        return self._run("restore", graph)

    def search(self, words: str, source: str, *more: str) -> ClientOutcome:
        return self._run("search", words, "-Source", source, *more)

    def save_key(self, key: str, source: str) -> ClientOutcome:
        """Keep an API key for a source in the configuration (`nuget setapikey`)."""
        return self._run("setapikey", key, "-Source", source)

    def _run(self, *words: str | Path) -> ClientOutcome:
        return self._ask(*self._command, *words, "-NonInteractive", "-ForceEnglishOutput")


class DotNetClient(Client):
    """The `dotnet` command line. It refuses http sources that are not configured by name."""

    def __init__(self, home: Path, executable: Path) -> None:
        super().__init__(home)
        self.config = home / ".nuget" / "NuGet" / "NuGet.Config"
        self._executable = executable
        self._trusted: Path | None = None

    def trust(self, certificate: Path) -> None:
        self._trusted = certificate

    def push(self, package: Path, key: str | None, source: str, *more: str) -> ClientOutcome:
        with_key = () if key is None else ("--api-key", key)
        return self._run("nuget", "push", package, *with_key, "--source", source, *more)

    def delete(self, id: str, version: str, key: str | None, source: str) -> ClientOutcome:
        with_key = () if key is None else ("--api-key", key)
        return self._run(
            "nuget", "delete", id, version, *with_key, "--source", source, "--non-interactive"
        )

    def install(self, id: str, version: str | None, source: str, into: Path) -> ClientOutcome:
        return self.restore_graph({id: "*" if version is None else f"[{version}]"}, source, into)

    def restore_packages_config(
        self, packages: Mapping[str, str], source: str, into: Path
    ) -> ClientOutcome:
        not_tried("packages.config, which the dotnet command line does not read")

    def restore_graph(self, packages: Mapping[str, str], source: str, into: Path) -> ClientOutcome:
        references = "".join(
            f"<PackageReference Include={quoteattr(id)} Version={quoteattr(wanted)} />"
            for id, wanted in packages.items()
        )
        project = self.scratch / "application.csproj"
        project.write_text(
            '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup>'
            "<TargetFramework>netstandard2.0</TargetFramework>"
            "<DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>"
            f"</PropertyGroup><ItemGroup>{references}</ItemGroup></Project>",
            encoding="utf-8",
        )
        return self._run("restore", project, "--source", source, "--packages", into, "--no-cache")

    def search(self, words: str, source: str, *more: str) -> ClientOutcome:
        return self._run("package", "search", words, "--source", source, *more)

    def _environment(self) -> dict[str, str]:
        return {
            **super()._environment(),
            **({"SSL_CERT_FILE": str(self._trusted)} if self._trusted else {}),
            "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
            "DOTNET_CLI_UI_LANGUAGE": "en",
            "DOTNET_NOLOGO": "1",
            "MSBUILDDISABLENODEREUSE": "1",
        }

    def _run(self, *words: str | Path) -> ClientOutcome:
        return self._ask(self._executable, *words)


def find_nuget() -> Path | None:
    """nuget.exe: NUGET_EXE in the environment, else what .ci/run installed, else on the PATH."""
    named = os.environ.get("NUGET_EXE")
    installed = sorted(INSTALLED.glob("node_modules/nuget-exe/nuget-*.exe"))
    on_path = shutil.which("nuget")
    candidates = [Path(named)] if named else [*installed, *([Path(on_path)] if on_path else [])]
    return next((path for path in candidates if path.is_file()), None)


def make_client(kind: str, home: Path) -> Client:
    """A new client of a `kind`, "nuget.exe" or "dotnet"; skips or fails the test without one."""
    if kind == "dotnet":
        dotnet = shutil.which("dotnet")
        return DotNetClient(home, Path(dotnet)) if dotnet else not_tried("dotnet")
    executable = find_nuget()
    if executable is None:
        missing("nuget.exe", "set NUGET_EXE to its path")
    if executable.suffix == ".exe" and shutil.which("mono") is None:
        missing("nuget.exe", "install mono-devel, which runs it")
    return NuGetClient(home, executable)


@pytest.fixture(params=["nuget.exe", "dotnet"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Client:
    """A NuGet client with nothing configured yet, once of each kind that is on this machine."""
    return make_client(request.param, tmp_path / "client")


def _configuration(sources: Mapping[str, str], passwords: Mapping[str, str]) -> str:
    """NuGet.Config as text. Clients since 2024 need `allowInsecureConnections` for plain http."""
    listed = "\n".join(
        f"    <add key={quoteattr(name)} value={quoteattr(address)}"
        ' protocolVersion="3" allowInsecureConnections="true" />'
        for name, address in sources.items()
    )
    credentials = "\n".join(
        f"    <{name}>\n"
        '      <add key="Username" value="any" />\n'
        f'      <add key="ClearTextPassword" value={quoteattr(password)} />\n'
        f"    </{name}>"
        for name, password in passwords.items()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        "<configuration>\n"
        f"  <packageSources>\n    <clear />\n{listed}\n  </packageSources>\n"
        f"  <packageSourceCredentials>\n{credentials}\n  </packageSourceCredentials>\n"
        "</configuration>\n"
    )


def _graph(
    packages: Mapping[str, str], address: str, folder: Path, into: Path
) -> dict[str, object]:
    """What msbuild would tell nuget.exe of a project that references `packages`.

    A restore from this file takes the same way through the client as one of a project.
    """
    project = str(folder / "application.csproj")
    return {
        "format": 1,
        "restore": {project: {}},
        "projects": {
            project: {
                "restore": {
                    "projectUniqueName": project,
                    "projectName": "application",
                    "projectPath": project,
                    "packagesPath": str(into),
                    "outputPath": str(folder / "obj"),
                    "projectStyle": "PackageReference",
                    "originalTargetFrameworks": [FRAMEWORK],
                    "sources": {address: {}},
                    "frameworks": {FRAMEWORK: {"projectReferences": {}}},
                },
                "frameworks": {
                    FRAMEWORK: {
                        "dependencies": {
                            id: {"target": "Package", "version": wanted}
                            for id, wanted in packages.items()
                        }
                    }
                },
            }
        },
    }
