"""Small FOCUS files in Parquet, from the same rows as `tests.support.focus`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

MAP = "map(varchar, varchar)"
_TYPES = {"ChargePeriodStart": "timestamp", "Tags": MAP, "AllocatedTags": MAP}


def write_parquet(path: Path, *charges: Mapping[str, str], **types: str) -> Path:
    """Write rows whose costs are decimals and whose tags are a map, unless `types` says otherwise by column."""
    names = list(charges[0])
    with duckdb.connect() as connection:
        texts = ", ".join(f'"{name}" varchar' for name in names)
        connection.execute(f"create table charges ({texts})")
        marks = ", ".join("?" for _ in names)
        connection.executemany(f"insert into charges values ({marks})", [list(row.values()) for row in charges])
        columns = ", ".join(_column(name, types.get(name, _type(name))) for name in names)
        connection.execute(f"copy (select {columns} from charges) to '{path}' (format parquet)")
    return path


def _type(name: str) -> str:
    return "decimal(38, 18)" if name.endswith("Cost") else _TYPES.get(name, "varchar")


def _column(name: str, declared: str) -> str:
    text = f"""nullif("{name}", '')"""
    source = f"cast({text} as json)" if name in ("Tags", "AllocatedTags") and declared != "varchar" else text
    return f'cast({source} as {declared}) as "{name}"'
