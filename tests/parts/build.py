"""A build with an API key of a feed: it runs the recipes, and keeps what they hand on."""

import http.client
import json
import os
from dataclasses import dataclass
from pathlib import Path

from parts import commands
from parts.product import REPOSITORY, RunningProduct

RECIPES = REPOSITORY / "recipes"


@dataclass(frozen=True, slots=True)
class Build:
    """A build that has the key `name` in its environment and works in `folder`.

    Programs in `folder` are found before those of the machine.
    """

    feed: RunningProduct
    folder: Path
    name: str
    secret: str

    @property
    def stored(self) -> str:
        """What was stored last, byte for byte."""
        return (self.folder / "stored").read_text(encoding="ascii")

    def state(self, secret: str) -> str:
        """What the feed says of a secret: "alive", "retiring", or "dead" where it is refused."""
        connection = http.client.HTTPConnection("127.0.0.1", self.feed.port, timeout=30)
        try:
            connection.request("GET", "/api/v1/keys/self", headers={"X-NuGet-ApiKey": secret})
            answer = connection.getresponse()
            said = json.load(answer)
            return "dead" if answer.status == http.HTTPStatus.UNAUTHORIZED else said["state"]
        finally:
            connection.close()

    def run(self, *command: str | Path, **environment: str) -> commands.Outcome:
        """Run `command` as a pipeline does, with the feed's address and the key."""
        known = {
            "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "FEED_URL": self.feed.address,
            "FEED_KEY": self.secret,
        }
        return commands.run(command, environment={**known, **environment}, folder=self.folder)

    def rotate(self, *store: str, **environment: str) -> commands.Outcome:
        """Run rotate.sh; without a `store` command it keeps the new secret in `stored`."""
        keep = ("sh", "-c", "cat > stored")
        return self.run("sh", RECIPES / "rotate.sh", *(store or keep), **environment)
