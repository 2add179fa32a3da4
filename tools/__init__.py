"""Development tooling: emulators, demo, benchmark, generators. Never part of the deployed function."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The checkout."""

WORK = ROOT / ".work"
"""Logs, emulator state and working copies; ignored by git."""
