"""Processes that are measured, and how figures of them are written."""

from __future__ import annotations

import os
import subprocess
import sys

from tools import ROOT


def output(module: str, *arguments: str) -> str:
    """Run a module in a process of its own, with our packages on its path, and take what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "cli", ROOT / "lambda_src")))},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed: {done.stderr}")
    return done.stdout


def figure(name: str, unit: str, value: float, rival: str, rival_value: float, **more: object) -> dict[str, object]:
    """Write a value beside that of a rival."""
    return {
        "figure": name,
        "unit": unit,
        "value": round(value, 2),
        "rival": rival,
        "rival_value": round(rival_value, 2),
        "ratio": round(value / rival_value, 3),
        **more,
    }
