"""Python run in a process of its own, to be forked, starved or killed there."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]


def started(script: str, *arguments: object) -> "subprocess.Popen[str]":
    """Start `script`, the arguments in its sys.argv[1:], its input and output pipes of text."""
    return subprocess.Popen(
        [sys.executable, "-c", dedent(script), *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def finished(script: str, *arguments: object, seconds: float = 30) -> str:
    """What `script` printed; AssertionError where it failed, TimeoutExpired where it hung."""
    with started(script, *arguments) as process:
        try:
            printed, _ = process.communicate(timeout=seconds)
        finally:
            process.kill()
    assert process.returncode == 0, f"exit status {process.returncode}; it printed {printed!r}"
    return printed
