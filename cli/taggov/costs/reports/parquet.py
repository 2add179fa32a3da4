"""Parquet files with exact decimals and texts, written by DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb

from cost_allocation.analysis.report import Report
from cost_allocation.exact import text
from taggov.costs.render.labels import AMOUNTS
from taggov.costs.reports.atomic import OutputError, whole_file

DIGITS = 38
"""Maximum digits of a decimal in Parquet and DuckDB."""
DECIMALS = 18
"""Minimum scale of an amount column; larger if an amount has more decimals."""

TEXT, TIME = "VARCHAR", "TIMESTAMP"
"""Column types; times are UTC."""


def write_parquet(report: Report, path: Path) -> None:
    """Write the rows of a report: its columns and `currency` as texts, amounts as `DECIMAL(38, 18)`.

    Raises:
        OutputError: the file cannot be written, or an amount has more digits than Parquet can hold.
    """
    names = (*report.columns, "currency")
    columns: dict[str, Sequence[str | None]] = {
        name: [(*row.values, row.currency)[index] for row in report.rows] for index, name in enumerate(names)
    }
    amounts = (
        [row.direct for row in report.rows],
        [row.shared for row in report.rows],
        [row.cost for row in report.rows],
    )
    types = dict.fromkeys(names, TEXT) | {
        name: decimal_type(path, column) for name, column in zip(AMOUNTS, amounts, strict=True)
    }
    columns |= {name: [text(amount) for amount in column] for name, column in zip(AMOUNTS, amounts, strict=True)}
    write_columns(path, columns, types)


def decimal_type(path: Path, amounts: Iterable[Decimal]) -> str:
    """Choose the decimal type that holds amounts exactly.

    Raises:
        OutputError: an amount has too many digits.
    """
    plain = [text(amount).lstrip("-").partition(".") for amount in amounts]
    decimals = max((len(fraction) for *_, fraction in plain), default=0)
    whole = max((len(whole) for whole, *_ in plain), default=0)
    scale = max(DECIMALS, decimals)
    if whole + scale > DIGITS:
        raise OutputError(
            f"{path} cannot be written: an amount has {whole} digits before and {decimals} after the point, "
            f"and Parquet holds {DIGITS} with at least {DECIMALS} after it; write CSV"
        )
    return f"DECIMAL({DIGITS}, {scale})"


def write_columns(path: Path, columns: Mapping[str, Sequence[str | None]], types: Mapping[str, str]) -> None:
    """Write columns of equal length, given as texts, with their types.

    Names are case insensitive in DuckDB: it renames the second of two, as in `tag:Team` and `tag:team_1`.

    Raises:
        OutputError: the file cannot be written.
    """
    # Pass whole columns as parameters: `executemany` takes a hundred times as long.
    given = ", ".join("unnest(?::VARCHAR[])" for _ in columns)
    aliases = ", ".join(f"c{index}" for index, _ in enumerate(columns))
    typed = ", ".join(f"c{index}::{types[name]} AS {_quote_identifier(name)}" for index, name in enumerate(columns))
    with whole_file(path) as temporary, duckdb.connect() as database:
        try:
            database.execute(f"CREATE TABLE rows({aliases}) AS SELECT {given}", list(columns.values()))
            database.sql(f"SELECT {typed} FROM rows").write_parquet(str(temporary))
        except duckdb.Error as error:
            raise OutputError(f"{path} cannot be written: {str(error).splitlines()[0]}") from error


def _quote_identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
