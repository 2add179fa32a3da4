"""Parquet files through DuckDB: exact decimals and texts."""

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
"""The most that a decimal of Parquet and DuckDB has."""
DECIMALS = 18
"""Decimals of an amount; more where an amount of the column has more."""

TEXT, TIME = "VARCHAR", "TIMESTAMP"
"""Types of columns; times are UTC."""


def write_parquet(report: Report, path: Path) -> None:
    """Write the rows of a report: its columns and `currency` as texts, amounts as `DECIMAL(38, 18)`.

    Raises:
        OutputError: the file can not be written, or an amount has more digits than Parquet can hold.
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
    """The type that holds amounts to the last digit.

    Raises:
        OutputError: there is none.
    """
    plain = [text(amount).lstrip("-").partition(".") for amount in amounts]
    decimals = max((len(fraction) for *_, fraction in plain), default=0)
    whole = max((len(whole) for whole, *_ in plain), default=0)
    scale = max(DECIMALS, decimals)
    if whole + scale > DIGITS:
        raise OutputError(
            f"{path} can not be written: an amount has {whole} digits before and {decimals} after the point, "
            f"and Parquet holds {DIGITS} with at least {DECIMALS} after it; write CSV"
        )
    return f"DECIMAL({DIGITS}, {scale})"


def write_columns(path: Path, columns: Mapping[str, Sequence[str | None]], types: Mapping[str, str]) -> None:
    """Write columns of equal length, given as texts, in their types.

    DuckDB does not tell names apart by letter case: it numbers the second one, `tag:team_1` after `tag:Team`.

    Raises:
        OutputError: the file can not be written.
    """
    # Whole columns as parameters: `executemany` takes a hundred times as long.
    given = ", ".join("unnest(?::VARCHAR[])" for _ in columns)
    aliases = ", ".join(f"c{index}" for index, _ in enumerate(columns))
    typed = ", ".join(f"c{index}::{types[name]} AS {_quoted(name)}" for index, name in enumerate(columns))
    with whole_file(path) as temporary, duckdb.connect() as database:
        try:
            database.execute(f"CREATE TABLE rows({aliases}) AS SELECT {given}", list(columns.values()))
            database.sql(f"SELECT {typed} FROM rows").write_parquet(str(temporary))
        except duckdb.Error as error:
            raise OutputError(f"{path} can not be written: {str(error).splitlines()[0]}") from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
