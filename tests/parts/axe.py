"""axe-core, which finds in a page what keeps people from using it: https://github.com/dequelabs/axe-core."""

import os
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

from parts.required import missing

# Where .ci/run puts it.
INSTALLED = Path.home() / ".cache" / "ninety" / "axe-core" / "node_modules" / "axe-core"

# WCAG 2.1 to level AA, what is good practice beside it, and the size of targets (WCAG 2.2, 2.5.8).
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# What depends on the colours alone, for a page whose rest was looked at in others.
COLOURS = ("cat.color",)

RUN = """async (standards) => {
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: standards },
    rules: { "target-size": { enabled: true } },
    resultTypes: ["violations"],
  });
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`));
}"""


@cache
def _program() -> str:
    folder = Path(os.environ.get("AXE_CORE", INSTALLED))
    program = folder / "axe.min.js"
    if not program.is_file():
        missing("axe-core", "set AXE_CORE to the folder of the npm package axe-core")
    return program.read_text(encoding="utf-8")


def bring(page: Page) -> None:
    """Put axe-core into the document that `page` shows, past its Content-Security-Policy."""
    page.evaluate(_program())


def violations(page: Page, rules: tuple[str, ...] = STANDARDS) -> list[str]:
    """What axe-core finds wrong with the page as it looks now: rule, element, what to do."""
    found: list[str] = page.evaluate(RUN, list(rules))
    return [" ".join(one.split()) for one in found]
