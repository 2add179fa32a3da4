"""Files of several runs of an export, and their total and warnings."""

from __future__ import annotations

import json
from pathlib import Path

from cost_allocation.exact import text
from cost_allocation.query import CostQuery
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import write_parquet

MAY = "BILLING_PERIOD=2026-05"
"""Folder of AWS Data Exports."""


def answered(*paths: Path) -> tuple[str, list[str]]:
    """Return the total and the warnings, with paths relative to the first one."""
    table = FocusFiles([str(path) for path in paths]).fetch(CostQuery("BilledCost", None, None))
    (total,) = table.sums().values()
    return text(total), [warning.replace(f"{paths[0]}/", "") for warning in table.warnings]


def put(path: Path, *costs: str, **columns: str) -> Path:
    """Write a file with a row for each cost. The other columns are equal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write = write_parquet if path.suffix == ".parquet" else write_focus
    return write(path, *({**charge(cost), **columns} for cost in costs))


def manifest(path: Path, *files: str) -> None:
    """Write a manifest of AWS Data Exports."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"dataFiles": [f"s3://bucket/prefix/{file}" for file in files]}))
