"""Files of the checkout, and copies of it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tools import ROOT


def files(*patterns: str) -> list[str]:
    """List the files that git has, or would take, by their path below the root.

    Args:
        patterns: pathspecs of git; all files by default.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def copy_repository(destination: Path, *patterns: str) -> Path:
    """Copy the `files` to a fresh folder."""
    shutil.rmtree(destination, ignore_errors=True)
    for name in files(*patterns):
        target = destination / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return destination
