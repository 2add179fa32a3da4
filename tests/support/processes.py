"""Servers that a test starts, ended for certain."""

from __future__ import annotations

import subprocess
from typing import Any

_SECONDS = 10


def end(process: subprocess.Popen[Any], seconds: float = _SECONDS) -> None:
    """End a process; kill it and fail if it does not end in time."""
    process.terminate()
    try:
        process.wait(seconds)
    finally:
        process.kill()
        process.wait(seconds)
