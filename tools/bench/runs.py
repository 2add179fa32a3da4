"""Measured processes, and the format of figures."""

from __future__ import annotations

import os
import subprocess
import sys

from tools import ROOT


def output(module: str, *arguments: str) -> str:
    """Run a module in a new process with our packages on its path. Return its output."""
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
    """Build a figure with its alternative."""
    return {
        "figure": name,
        "unit": unit,
        "value": round(value, 2),
        "rival": rival,
        "rival_value": round(rival_value, 2),
        "ratio": round(value / rival_value, 3),
        **more,
    }
