"""Programs that tests need and pip does not have."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import gettempdir

import pytest

_DEADLINE = 600
"""Seconds that an installation may take."""


@cache
def need(program: str, package: str) -> str:
    """The path of a program. Root on Debian gets it installed; everybody else is told what to install, and skips.

    Args:
        program: as it is found on `PATH`.
        package: Debian's name for what brings it.
    """
    if not shutil.which(program) and os.geteuid() == 0 and shutil.which("apt-get"):
        # Tests run in several processes, and only one of them can install at a time.
        with Path(gettempdir(), "taggov-tests.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not shutil.which(program):
                _install(package)
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not here, and could not be installed: apt-get install {package}")
    return path


def _install(package: str) -> None:
    unattended = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", package]):
        # Whether it worked is seen by whether the program is there.
        subprocess.run(["apt-get", *command], env=unattended, capture_output=True, timeout=_DEADLINE, check=False)
