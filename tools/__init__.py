"""Development tools: emulators, demo, benchmark, generators. They are not part of the deployed functions."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""Root of the checkout."""

WORK = ROOT / ".work"
"""Logs, emulator state and working copies; ignored by git."""

# What is developed here is imported from the checkout, installed or not.
sys.path[:0] = [str(ROOT / "cli"), str(ROOT / "lambda_src")]
